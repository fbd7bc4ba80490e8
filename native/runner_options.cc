#include "runner_options.h"

#include <cstdlib>
#include <cstring>

namespace ur {
namespace {

template <typename Value, size_t size>
bool choose(const char* text, const char* const (&names)[size], Value* value) {
  for (size_t i = 0; i < size; i++) {
    if (strcmp(text, names[i]) == 0) {
      *value = static_cast<Value>(i);
      return true;
    }
  }
  return false;
}

bool parse_u32(const char* text, uint32_t* value) {
  uint64_t wide = 0;
  if (!parse_number(text, &wide) || wide > UINT32_MAX) return false;
  *value = static_cast<uint32_t>(wide);
  return true;
}

// One digit per op, as in enum Lane.
bool parse_lanes(const char* text, std::vector<uint8_t>* lanes) {
  lanes->clear();
  for (; *text != '\0'; text++) {
    if (*text != '0' + kLaneDirect && *text != '0' + kLaneRing) return false;
    lanes->push_back(static_cast<uint8_t>(*text - '0'));
  }
  return true;
}

constexpr const char* kOrders[] = {"trace", "deps"};
constexpr const char* kWindows[] = {"sliding", "barrier"};
constexpr const char* kAffinities[] = {"any", "same", "other"};
constexpr const char* kSetups[] = {"auto", "defer", "coop", "default", "sqpoll"};

// One option with its value; false when either is not known.
bool parse_option(const char* name, const char* value, RunnerOptions* options) {
  const auto is = [&](const char* known) { return strcmp(name, known) == 0; };
  EngineOptions& engine = options->engine;
  if (is("--engine")) return engine.engine = value, true;
  if (is("--order")) return choose(value, kOrders, &engine.order);
  if (is("--window")) return choose(value, kWindows, &engine.window);
  if (is("--setup")) return choose(value, kSetups, &engine.setup);
  if (is("--affinity")) return choose(value, kAffinities, &engine.affinity);
  if (is("--batch")) return parse_u32(value, &engine.batch);
  if (is("--variant")) return engine.variant = value, true;
  if (is("--threads")) return parse_u32(value, &engine.threads);
  if (is("--workers")) return parse_u32(value, &engine.workers);
  if (is("--lanes")) return parse_lanes(value, &engine.lanes);
  if (is("--passes")) return parse_number(value, &options->passes);
  if (is("--root")) return options->root = value, true;
  return false;
}

}  // namespace

bool parse_number(const char* text, uint64_t* value) {
  char* end = nullptr;
  *value = strtoull(text, &end, 10);
  return *text != '\0' && *text != '-' && *end == '\0';
}

bool parse_options(int count, const char* const* words, RunnerOptions* options) {
  for (int i = 0; i < count; i++) {
    const auto is = [&](const char* known) { return strcmp(words[i], known) == 0; };
    if (is("--no-links")) {
      options->engine.links = false;
    } else if (is("--no-direct")) {
      options->engine.direct = false;
    } else if (is("--count")) {
      options->count = true;
    } else if (is("--probe")) {
      options->probe = true;
    } else if (strncmp(words[i], "--", 2) == 0) {
      if (i + 1 == count || !parse_option(words[i], words[i + 1], options)) return false;
      i++;
    } else if (options->program == nullptr) {
      options->program = words[i];
    } else {
      return false;
    }
  }
  return true;
}

}  // namespace ur
