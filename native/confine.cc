#include "confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

#include "ring_queue.h"
#include "tracepoint.h"

namespace ur {
namespace {

#ifndef SYS_close_range
#define SYS_close_range 436
#endif
constexpr unsigned kCloseRangeUnshare = 2;  // CLOSE_RANGE_UNSHARE, Linux 5.9

std::atomic<bool> entered{false};

struct Capabilities {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};

  bool get() { return syscall(SYS_capget, &header, data) == 0; }
  bool set() { return syscall(SYS_capset, &header, data) == 0; }
};

}  // namespace

Error enter_root(const char* dir) {
  tracepoint_id();  // both are remembered: tracefs and /proc are out of reach afterwards
  uring_disabled_sysctl();
  if (chroot(dir) != 0) {
    const int err = errno;
    const bool forbidden = err == EPERM;
    return {"UR_ROOT", std::string("chroot(\"") + dir + "\") failed with " + errno_name(err),
            forbidden ? "start through `unshare --user --map-root-user`, or as root"
                      : "name a directory that exists",
            err};
  }
  entered = true;
  if (chdir("/") != 0)
    return {"UR_ROOT", "chdir(\"/\") in the sandbox failed with " + errno_name(errno), "", errno};
  return {};
}

bool in_root() { return entered; }

bool isolate_thread() {
  bool descriptors = syscall(SYS_close_range, 3u, ~0u, kCloseRangeUnshare) == 0;
  if (!descriptors && unshare(CLONE_FILES) == 0) {  // before Linux 5.9
    const long limit = sysconf(_SC_OPEN_MAX);
    for (int fd = 3; fd < limit && fd < 65536; fd++) close(fd);
    descriptors = true;
  }
  return unshare(CLONE_FS) == 0 && descriptors;
}

void drop_capabilities() {
  Capabilities capabilities;
  if (!capabilities.get()) return;
  capabilities.data[0].effective = capabilities.data[1].effective = 0;
  capabilities.set();
}

RaisedCapabilities::RaisedCapabilities() : raised_(false) {
  Capabilities capabilities;
  if (!capabilities.get()) return;
  for (auto& half : capabilities.data) {
    raised_ |= half.effective != half.permitted;
    half.effective = half.permitted;
  }
  if (raised_) raised_ = capabilities.set();
}

RaisedCapabilities::~RaisedCapabilities() {
  if (raised_) drop_capabilities();
}

}  // namespace ur
