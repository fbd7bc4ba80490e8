#include "bound_root.h"

#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <string>

namespace ur {

int enter_bound_root(const char* root, const std::vector<const char*>& binds) {
  if (unshare(CLONE_NEWNS) != 0) return -errno;
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return -errno;
  for (const char* dir : binds) {
    const std::string target = std::string(root) + dir;
    // MS_REC: /dev/pts, /sys/fs/cgroup and the like lie on mounts of their own.
    if (mount(dir, target.c_str(), nullptr, MS_BIND | MS_REC, nullptr) != 0) return -errno;
  }
  return chroot(root) == 0 && chdir("/") == 0 ? 0 : -errno;
}

}  // namespace ur
