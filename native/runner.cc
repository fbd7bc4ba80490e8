// The static door: takes a program file, replays it, prints JSON. For guests without Node, for sanitizers.
//
//   uring-runner PROGRAM [--engine serial|ring|threads|hybrid|mmap|dedup|nop] [--variant NAME] [--threads N]
//                [--order trace|deps] [--batch N] [--window sliding|barrier] [--workers N]
//                [--setup auto|defer|coop|default|sqpoll] [--no-links] [--no-direct]
//                [--passes N] [--root DIR] [--count]
//   uring-runner --probe
//   uring-runner --time [...] CMD... times a command instead, see time_command.h
//
// Exit status: 0 done, 1 a pass diverged, 2 wrong usage, bad program, or no io_uring.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <new>
#include <vector>

#include "confine.h"
#include "probe.h"
#include "session.h"
#include "time_command.h"
#include "tracepoint.h"

namespace ur {
namespace {

struct Options {
  EngineOptions engine;
  const char* program = nullptr;
  const char* root = nullptr;
  uint64_t passes = 1;
  bool count = false;
  bool probe = false;
};

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

template <typename Value>
bool parse_number(const char* text, Value* value) {
  char* end = nullptr;
  const unsigned long long parsed = strtoull(text, &end, 10);
  if (*text == '\0' || *text == '-' || *end != '\0') return false;
  *value = static_cast<Value>(parsed);
  return static_cast<unsigned long long>(*value) == parsed;
}

constexpr const char* kOrders[] = {"trace", "deps"};
constexpr const char* kWindows[] = {"sliding", "barrier"};
constexpr const char* kSetups[] = {"auto", "defer", "coop", "default", "sqpoll"};

// One option with its value; false when either is not known.
bool parse_option(const char* name, const char* value, Options* options) {
  const auto is = [&](const char* known) { return strcmp(name, known) == 0; };
  EngineOptions& engine = options->engine;
  if (is("--engine")) return engine.engine = value, true;
  if (is("--order")) return choose(value, kOrders, &engine.order);
  if (is("--window")) return choose(value, kWindows, &engine.window);
  if (is("--setup")) return choose(value, kSetups, &engine.setup);
  if (is("--batch")) return parse_number(value, &engine.batch);
  if (is("--variant")) return engine.variant = value, true;
  if (is("--threads")) return parse_number(value, &engine.threads);
  if (is("--workers")) return parse_number(value, &engine.workers);
  if (is("--passes")) return parse_number(value, &options->passes);
  if (is("--root")) return options->root = value, true;
  return false;
}

bool parse(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; i++) {
    const auto is = [&](const char* known) { return strcmp(argv[i], known) == 0; };
    if (is("--no-links")) {
      options->engine.links = false;
    } else if (is("--no-direct")) {
      options->engine.direct = false;
    } else if (is("--count")) {
      options->count = true;
    } else if (is("--probe")) {
      options->probe = true;
    } else if (strncmp(argv[i], "--", 2) == 0) {
      if (i + 1 == argc || !parse_option(argv[i], argv[i + 1], options)) return false;
      i++;
    } else if (options->program == nullptr) {
      options->program = argv[i];
    } else {
      return false;
    }
  }
  return options->probe || options->program != nullptr;
}

Error read_file(const char* path, std::vector<uint64_t>* words, size_t* size) {
  FILE* file = fopen(path, "rbe");
  if (file == nullptr)
    return {"UR_USAGE", std::string(path) + ": " + strerror(errno), "name a program file", errno};
  std::vector<char> bytes;
  char block[65536];
  for (size_t got; (got = fread(block, 1, sizeof(block), file)) > 0;)
    bytes.insert(bytes.end(), block, block + got);
  const bool failed = ferror(file);
  fclose(file);
  if (failed) return {"UR_USAGE", std::string(path) + ": " + strerror(errno), "name a program file", errno};
  words->resize((bytes.size() + 7) / 8);
  if (!bytes.empty()) memcpy(words->data(), bytes.data(), bytes.size());
  *size = bytes.size();
  return {};
}

template <typename Values>
void numbers(JsonWriter& json, const char* key, const Values& values) {
  json.key(key).open('[');
  for (const auto value : values) json.number(static_cast<int64_t>(value));
  json.close(']');
}

void write_run(JsonWriter& json, const RunReport& report) {
  numbers(json, "wallNs", report.wall_ns);
  numbers(json, "cpuNs", report.cpu_ns);
  numbers(json, "divergences", report.divergences);
  json.key("divergent").open('[');
  for (const Divergence& one : report.divergent) {
    json.open('{').key("op").number(one.op).key("line").number(one.line).key("what").string(one.what);
    json.key("expected").number(one.expected).key("got").number(one.got).close('}');
  }
  json.close(']');
  json.key("syscalls").number(static_cast<int64_t>(report.syscalls));
  json.key("voluntarySwitches").number(static_cast<int64_t>(report.voluntary_switches));
  json.key("involuntarySwitches").number(static_cast<int64_t>(report.involuntary_switches));
  json.key("minorFaults").number(static_cast<int64_t>(report.minor_faults));
  json.key("majorFaults").number(static_cast<int64_t>(report.major_faults));
  json.key("blocksRead").number(static_cast<int64_t>(report.blocks_read));
  json.key("passes").number(static_cast<int64_t>(report.wall_ns.size()));
}

void write_count(JsonWriter& json, const CountReport& report) {
  const auto names = [&](const char* key, const std::map<std::string, uint64_t>& counts) {
    json.key(key).open('{');
    for (const auto& [name, count] : counts) json.key(name).number(static_cast<int64_t>(count));
    json.close('}');
  };
  json.key("count").open('{');
  names("inline", report.inline_);
  names("punted", report.punted);
  names("direct", report.direct);
  json.key("source").string(report.source).close('}');
}

Error replay(const Options& options, JsonWriter& json, bool* diverged) {
  std::vector<uint64_t> words;
  size_t size = 0;
  Error error = read_file(options.program, &words, &size);
  if (!error.ok()) return error;
  Session session(std::move(words), options.engine);
  error = session.open(size);
  if (options.count) tracepoint_id();  // while /sys is in sight
  if (error.ok() && options.root != nullptr) error = enter_root(options.root);
  if (!error.ok()) return error;
  isolate_thread();
  if (in_root()) drop_capabilities();
  error = session.prepare(in_root());
  RunReport run;
  CountReport count;
  if (error.ok()) error = session.run(options.passes, &run);
  if (error.ok() && options.count) error = session.count(&count);
  if (!error.ok()) return error;
  json.open('{');
  write_run(json, run);
  if (options.count) write_count(json, count);
  json.key("engine").open('{');
  session.describe(json);
  json.close('}').close('}');
  for (const uint32_t divergences : run.divergences) *diverged |= divergences > 0;
  return {};
}

int main_of_runner(int argc, char** argv) {
  if (argc >= 3 && strcmp(argv[1], "--time") == 0) return time_command(argv + 2);
  Options options;
  if (!parse(argc, argv, &options)) {
    fprintf(stderr, "usage: uring-runner PROGRAM [options], see native/runner.cc\n");
    return 2;
  }
  if (options.probe) {
    puts(probe_json().c_str());
    return 0;
  }
  JsonWriter json;
  bool diverged = false;
  Error error;
  try {
    error = replay(options, json, &diverged);
  } catch (const std::bad_alloc&) {
    error = {"UR_LIMIT", "not enough memory for this program", "replay a part of the log", ENOMEM};
  }
  if (!error.ok()) {
    fprintf(stderr, "%s: %s\n", error.code.c_str(), error.message.c_str());
    if (!error.remedy.empty()) fprintf(stderr, "remedy: %s\n", error.remedy.c_str());
    return 2;
  }
  puts(json.text().c_str());
  return diverged ? 1 : 0;
}

}  // namespace
}  // namespace ur

int main(int argc, char** argv) { return ur::main_of_runner(argc, argv); }
