// uring-warm: brings what a program's start-up reads into memory, alone or beside the program. Needs neither
// Node nor shared libraries.
//
// Exit status: the command's where there is one; else 0 done, 1 --check found differences, 2 wrong usage or
// no plan.
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <new>

#include "check.h"
#include "command.h"
#include "report.h"
#include "settings.h"
#include "warm.h"

namespace ur {
namespace {

// True: it was done.
bool warm_and_report(const WarmSettings& settings, int command_fd) {
  WarmReport report;
  try {
    report = warm(settings, command_fd);
  } catch (const std::bad_alloc&) {
    report.error = {"UR_LIMIT", "not enough memory for this plan", "", ENOMEM};
    report.json = "null";
  }
  if (!report.error.ok()) {
    const char* rest = settings.command == nullptr ? "" : " (the command runs without a warming)";
    dprintf(2, "uring-warm: %s%s\n", report.error.message.c_str(), rest);
    if (!report.error.remedy.empty()) dprintf(2, "  %s\n", report.error.remedy.c_str());
  }
  const bool written = !wants_report(settings) || write_report(settings, report.json);
  return report.error.ok() && written;
}

// Saves the processes for a warming that would find everything in memory. These few looks wait for nothing. A
// report may have to wait for its reader, so it is left to the process beside the command.
bool is_needless(const WarmSettings& settings) {
  try {
    return !wants_report(settings) && warm_is_needless(settings);
  } catch (const std::bad_alloc&) {
    return false;
  }
}

void warm_beside(const WarmSettings& settings, int command_fd) { warm_and_report(settings, command_fd); }

int main_of(int argc, char** argv) {
  if (argc == 2 && strcmp(argv[1], "--help") == 0) return fputs(kWarmUsage, stdout), 0;
  WarmSettings settings;
  std::string wrong;
  if (!parse_warm(argc, argv, &settings, &wrong)) {
    fprintf(stderr, "uring-warm: %s\n%s", wrong.c_str(), kWarmUsage);
    return 2;
  }
  if (settings.check) return check_plan(settings);
  if (settings.command != nullptr)
    return run_with_command(settings, is_needless(settings) ? nullptr : warm_beside);
  // _exit: threads may still wait for the storage.
  const int status = warm_and_report(settings, -1) ? 0 : 2;
  fflush(stdout);
  _exit(status);
}

}  // namespace
}  // namespace ur

int main(int argc, char** argv) { return ur::main_of(argc, argv); }
