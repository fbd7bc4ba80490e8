// What the runner's command line and the requests of its server say in common (runner.cc, serve.cc).
#pragma once

#include <cstdint>

#include "engine.h"

namespace ur {

struct RunnerOptions {
  EngineOptions engine;
  const char* program = nullptr;
  const char* root = nullptr;
  uint64_t passes = 1;
  bool count = false;
  bool probe = false;
};

// `words` are options with their values and at most one program; false where one is not known.
bool parse_options(int count, const char* const* words, RunnerOptions* options);
// A whole number that fits in `value`.
bool parse_number(const char* text, uint64_t* value);

}  // namespace ur
