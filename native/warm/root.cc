#include "root.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20  // Linux 5.12
#endif

namespace ur {
namespace {

// File systems whose files are interfaces of the kernel (linux/magic.h): reading them can wait, consume or
// trigger.
constexpr uint64_t kKernelInterfaces[] = {
    0x9fa0,      // proc
    0x62656572,  // sysfs
    0x64626720,  // debugfs
    0x74726163,  // tracefs
    0x73636673,  // securityfs
    0x27e0eb,    // cgroup
    0x63677270,  // cgroup2
    0x6165676c,  // pstore
    0xde5e81e4,  // efivarfs
    0x62656570,  // configfs
    0xcafe4a11,  // bpf
    0xf97cff8c,  // selinux
    0x43415d53,  // smack
    0x6c6f6f70,  // binder
    0x65735543,  // fusectl
    0x0187,      // autofs
    0x42494e4d,  // binfmt_misc
    0x67596969,  // rpc_pipefs
    0x6e736673,  // nsfs
    0x1cd1,      // devpts
    0x19800202,  // mqueue
};

constexpr int kRetriesMax = 8;  // openat2(2): EAGAIN when something was renamed while `..` was walked

int open_in(int directory, const char* path, uint64_t flags, uint64_t resolve) {
  open_how how = {};
  how.flags = flags;
  how.resolve = resolve;
  const long fd = syscall(SYS_openat2, directory, path, &how, sizeof(how));
  return fd < 0 ? -errno : static_cast<int>(fd);
}

}  // namespace

uint64_t Root::flags(bool follow) { return O_PATH | O_CLOEXEC | (follow ? 0 : O_NOFOLLOW); }

uint64_t Root::resolve(bool cached) {
  return RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (cached ? RESOLVE_CACHED : 0);
}

Root::~Root() {
  if (directory_ >= 0) close(directory_);
  if (descriptors_ >= 0) close(descriptors_);
}

Error Root::open(const char* directory) {
  directory_ = ::open(directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
  if (directory_ < 0)
    return {"UR_ROOT", std::string(directory) + ": " + strerror(errno), "Name a directory with --root.",
            errno};
  const int probe = open_in(directory_, "/", flags(true), resolve(false));
  if (probe < 0)
    return {"UR_ROOT", std::string("openat2 is not to be had: ") + strerror(-probe),
            "It needs Linux 5.6, and a seccomp filter that allows it.", -probe};
  close(probe);
  descriptors_ = ::open("/proc/self/fd", O_PATH | O_DIRECTORY | O_CLOEXEC);
  euid_ = geteuid();
  return {};
}

int Root::find(const char* path, bool follow, bool cached, Found* found) const {
  int fd = -EAGAIN;
  for (int i = 0; fd == -EAGAIN && i < (cached ? 1 : kRetriesMax); i++)
    fd = open_in(directory_, path, flags(follow), resolve(cached));
  return fd < 0 ? fd : inspect(fd, cached, found);
}

int Root::inspect(int fd, bool cached, Found* found) const {
  struct statx seen;
  const int sync = cached ? AT_STATX_DONT_SYNC : AT_STATX_SYNC_AS_STAT;
  if (statx(fd, "", AT_EMPTY_PATH | sync, STATX_TYPE | STATX_MODE | STATX_UID | STATX_SIZE, &seen) != 0) {
    const int error = -errno;
    close(fd);
    return error;
  }
  found->fd = fd;
  found->mode = seen.stx_mode;
  found->uid = seen.stx_uid;
  found->size = seen.stx_size;
  found->device = (uint64_t{seen.stx_dev_major} << 32) | seen.stx_dev_minor;
  return 0;
}

bool Root::readable(const Found& found) {
  if (!S_ISREG(found.mode) && !S_ISDIR(found.mode)) return false;
  return descriptors_ >= 0 && !is_kernel_interface(found);
}

bool Root::is_kernel_interface(const Found& found) {
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const auto& [device, kernels] : devices_) {
    if (device == found.device) return kernels;
  }
  struct statfs seen;
  bool kernels = fstatfs(found.fd, &seen) != 0;
  for (const uint64_t magic : kKernelInterfaces) kernels |= static_cast<uint32_t>(seen.f_type) == magic;
  devices_.emplace_back(found.device, kernels);
  return kernels;
}

int Root::reopen_flags(const Found& found) const {
  const int noatime = euid_ == 0 || euid_ == found.uid ? O_NOATIME : 0;
  return O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | noatime;
}

int Root::reopen(const Found& found) const {
  char name[16];
  snprintf(name, sizeof(name), "%d", found.fd);
  const int flags = reopen_flags(found);
  int fd = openat(descriptors_, name, flags);
  // Root of a user namespace does not own everything (open(2)).
  if (fd < 0 && errno == EPERM) fd = openat(descriptors_, name, flags & ~O_NOATIME);
  return fd < 0 ? -errno : fd;
}

}  // namespace ur
