// The command line of uring-warm.
#pragma once

#include <cstdint>
#include <string>

namespace ur {

enum class WarmEngine { kAuto, kRing, kThreads };

struct WarmSettings {
  WarmEngine engine = WarmEngine::kAuto;
  unsigned width = 0;  // 0: as wide as the storage rewards
  uint64_t budget_ns = 5000000000u;
  uint64_t bytes_max = 256u << 20;
  const char* root = "/";
  const char* report = nullptr;  // a file, or "-"
  int report_fd = -1;
  bool before = false;
  bool check = false;
  const char* plan = nullptr;
  char** command = nullptr;  // ends with a null pointer; null: none
};

extern const char* const kWarmUsage;

// False: `wrong` says what is wrong.
bool parse_warm(int argc, char** argv, WarmSettings* settings, std::string* wrong);

}  // namespace ur
