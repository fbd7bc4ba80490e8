#include "cached.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>

#ifndef RESOLVE_CACHED
#define RESOLVE_CACHED 0x20
#endif

namespace ur {
namespace {

constexpr uint64_t kPageBytes = 4096;

// Of cachestat(2).
constexpr long kSysCachestat = 451;
struct CachestatRange {
  uint64_t offset, bytes;
};
struct Cachestat {
  uint64_t cached, dirty, writeback, evicted, recently_evicted;
};

// Where cachestat is not to be had: reads a byte unless that would have to wait. File systems that cannot
// tell (EOPNOTSUPP) are taken at their best.
bool has_page(int fd, uint64_t offset) {
  char byte;
  const iovec vector = {&byte, 1};
  return preadv2(fd, &vector, 1, static_cast<off_t>(offset), RWF_NOWAIT) >= 0 || errno != EAGAIN;
}

}  // namespace

bool has_pages(int fd, uint64_t size, const PlanRange& range) {
  if (range.offset >= size || range.bytes == 0) return true;
  const uint64_t end = range.offset + range.bytes < size ? range.offset + range.bytes : size;
  CachestatRange asked = {range.offset, end - range.offset};
  Cachestat seen = {};
  if (syscall(kSysCachestat, fd, &asked, &seen, 0) != 0)
    return has_page(fd, range.offset) && has_page(fd, end - 1);
  const uint64_t pages = (end + kPageBytes - 1) / kPageBytes - range.offset / kPageBytes;
  return seen.cached >= pages;
}

int open_cached(const char* file, int flags) {
  open_how how = {};
  how.flags = static_cast<uint64_t>(flags);
  how.resolve = RESOLVE_CACHED;
  const long fd = syscall(SYS_openat2, AT_FDCWD, file, &how, sizeof(how));
  if (fd >= 0) return static_cast<int>(fd);
  return errno == EINVAL || errno == ENOSYS ? -EAGAIN : -errno;
}

}  // namespace ur
