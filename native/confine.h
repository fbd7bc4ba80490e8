// What keeps a replay from the rest of the system: the sandbox as root directory, a thread with descriptors
// and a working directory of its own, and no capabilities while calls are replayed.
#pragma once

#include "error.h"

namespace ur {

// chroot(dir) and chdir("/"), for the rest of the process's life. Needs CAP_SYS_CHROOT. UR_ROOT on failure.
Error enter_root(const char* dir);
bool in_root();

// Gives the calling thread a descriptor table that holds only 0, 1 and 2, and a working directory of its
// own. Returns false where the kernel or a seccomp filter forbids it: then both stay the process's.
bool isolate_thread();

// Takes the effective capabilities away from the calling thread, so that permission bits count for root
// too. They stay permitted: the kernel looks at effective ones only.
void drop_capabilities();

// Effective capabilities back for as long as it lives (perf_event_open needs CAP_PERFMON).
class RaisedCapabilities {
 public:
  RaisedCapabilities();
  ~RaisedCapabilities();

 private:
  bool raised_;
};

}  // namespace ur
