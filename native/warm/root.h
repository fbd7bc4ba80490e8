// The directory that a warming may not leave, and the only calls that open anything in it: openat2(2) with
// RESOLVE_IN_ROOT, so that neither `..` nor a symlink nor a link of /proc leads out. What is found is held
// with O_PATH, which has no effect on a device or FIFO, looked at, and only then opened through the
// descriptor.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

#include "error.h"

namespace ur {

struct Found {
  int fd = -1;  // O_PATH
  unsigned mode = 0;
  unsigned uid = 0;
  uint64_t size = 0;
  uint64_t device = 0;
};

class Root {
 public:
  Root() = default;
  ~Root();
  Root(const Root&) = delete;
  Root& operator=(const Root&) = delete;

  // UR_ROOT: the directory cannot be opened, or openat2(2) (Linux 5.6) is not to be had.
  Error open(const char* directory);

  // Looks `path` up. 0, or a negative errno (-EAGAIN: `cached` and the kernel would have to ask the storage).
  int find(const char* path, bool follow, bool cached, Found* found) const;
  // The same from a descriptor that openat2 with these parameters has returned; closes it on failure.
  int inspect(int fd, bool cached, Found* found) const;
  // Whether it may be opened for reading: a regular file or directory, and none that a kernel interface
  // invents.
  bool readable(const Found& found);
  // Opens what has been found. A descriptor, or a negative errno.
  int reopen(const Found& found) const;

  // For engines that issue the calls themselves.
  int directory() const { return directory_; }
  int descriptors() const { return descriptors_; }
  static uint64_t flags(bool follow);
  static uint64_t resolve(bool cached);
  int reopen_flags(const Found& found) const;

 private:
  bool is_kernel_interface(const Found& found);

  int directory_ = -1;
  int descriptors_ = -1;  // /proc/self/fd
  unsigned euid_ = 0;
  std::mutex mutex_;
  std::vector<std::pair<uint64_t, bool>>
      devices_;  // file systems met, and whether each is one of the kernel's
};

}  // namespace ur
