#include "settings.h"

#include <cstdlib>
#include <cstring>

#include "crew.h"

namespace ur {

const char* const kWarmUsage =
    "usage: uring-warm [options] PLAN [-- CMD ARGS...]\n"
    "  looks up, opens and reads what the plan names, beside CMD where one is given\n"
    "  --before                      CMD starts when the warming is done\n"
    "  --engine auto|ring|threads    who does it (auto: whichever is ahead in the first moments)\n"
    "  --width N                     so many at once (default: as many as the storage rewards)\n"
    "  --budget TIME                 stop after so long (default: 5s)\n"
    "  --max-bytes BYTES             read at most so much (K, M, G; default: 256M)\n"
    "  --root DIR                    the directory that paths begin in and cannot leave (default: /)\n"
    "  --report FILE|-               what was done, as JSON (- is standard error beside a CMD)\n"
    "  --report-fd N                 the same to an open descriptor, which CMD does not inherit\n"
    "  --check                       compare the disk with what was recorded; status 1 if they differ\n"
    "example: uring-warm start.plan -- python3 app.py\n";

namespace {

struct Unit {
  const char* name;
  double factor;
};
constexpr Unit kTimes[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
constexpr Unit kSizes[] = {{"", 1}, {"K", 1024.0}, {"M", 1048576.0}, {"G", 1073741824.0}};
constexpr double kTimeMaxNs = 3600e9;
constexpr double kSizeMax = 1ull << 50;

template <size_t count>
bool parse_amount(const char* text, const Unit (&units)[count], double max, uint64_t* value) {
  char* unit = nullptr;
  if (*text < '0' || *text > '9') return false;
  const double number = strtod(text, &unit);
  for (const Unit& known : units) {
    if (strcmp(unit, known.name) != 0 || number * known.factor > max) continue;
    *value = static_cast<uint64_t>(number * known.factor);
    return true;
  }
  return false;
}

bool parse_count(const char* text, unsigned min, unsigned max, unsigned* value) {
  char* end = nullptr;
  const unsigned long number = strtoul(text, &end, 10);
  if (*text < '0' || *text > '9' || *end != '\0' || number < min || number > max) return false;
  *value = static_cast<unsigned>(number);
  return true;
}

bool parse_engine(const char* text, WarmEngine* engine) {
  constexpr const char* kNames[] = {"auto", "ring", "threads"};
  for (int i = 0; i < 3; i++) {
    if (strcmp(text, kNames[i]) == 0) return *engine = static_cast<WarmEngine>(i), true;
  }
  return false;
}

bool parse_option(const char* name, const char* value, WarmSettings* settings) {
  const auto is = [&](const char* known) { return strcmp(name, known) == 0; };
  unsigned fd = 0;
  if (is("--engine")) return parse_engine(value, &settings->engine);
  if (is("--width")) return parse_count(value, 1, kWidthMax, &settings->width);
  if (is("--budget")) return parse_amount(value, kTimes, kTimeMaxNs, &settings->budget_ns);
  if (is("--max-bytes")) return parse_amount(value, kSizes, kSizeMax, &settings->bytes_max);
  if (is("--root")) return settings->root = value, true;
  if (is("--report")) return settings->report = value, true;
  if (!is("--report-fd") || !parse_count(value, 0, 1u << 20, &fd)) return false;
  settings->report_fd = static_cast<int>(fd);
  return true;
}

}  // namespace

bool parse_warm(int argc, char** argv, WarmSettings* settings, std::string* wrong) {
  for (int i = 1; i < argc; i++) {
    const auto is = [&](const char* known) { return strcmp(argv[i], known) == 0; };
    if (is("--")) {
      if (i + 1 < argc) settings->command = argv + i + 1;
      break;
    }
    if (is("--before")) {
      settings->before = true;
    } else if (is("--check")) {
      settings->check = true;
    } else if (strncmp(argv[i], "--", 2) == 0) {
      if (i + 1 == argc || !parse_option(argv[i], argv[i + 1], settings)) {
        *wrong = std::string(argv[i]) + (i + 1 < argc ? std::string(" ") + argv[i + 1] : "") +
                 " is not an option with its value";
        return false;
      }
      i++;
    } else if (settings->plan == nullptr) {
      settings->plan = argv[i];
    } else {
      *wrong = std::string(argv[i]) + " comes after the plan: a command stands behind --";
      return false;
    }
  }
  if (settings->plan == nullptr) *wrong = "no plan is named";
  if (settings->check && settings->command != nullptr) *wrong = "--check goes without a command";
  return wrong->empty();
}

}  // namespace ur
