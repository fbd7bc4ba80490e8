#include "syscall_counter.h"

#include <linux/perf_event.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ur {

int SyscallCounter::open(int64_t tracepoint, const std::vector<int>& threads) {
  perf_event_attr attr;
  memset(&attr, 0, sizeof(attr));
  attr.type = PERF_TYPE_TRACEPOINT;
  attr.size = sizeof(attr);
  attr.config = static_cast<uint64_t>(tracepoint);
  attr.inherit = 1;
  for (const int thread : threads) {
    const long fd = syscall(SYS_perf_event_open, &attr, thread, -1, -1, PERF_FLAG_FD_CLOEXEC);
    if (fd < 0) {
      const int err = errno;
      if (err == ESRCH) continue;  // it has ended meanwhile
      close();
      return -err;
    }
    fds_.push_back(static_cast<int>(fd));
  }
  return 0;
}

uint64_t SyscallCounter::total() const {
  uint64_t sum = 0;
  for (const int fd : fds_) {
    uint64_t value = 0;
    if (::read(fd, &value, sizeof(value)) == sizeof(value)) sum += value;
  }
  return sum;
}

void SyscallCounter::close() {
  for (const int fd : fds_) ::close(fd);
  fds_.clear();
}

}  // namespace ur
