// Counts the kernel entries of some threads through the tracepoint raw_syscalls:sys_enter. While one is open,
// every system call on the host takes the slower way through the tracepoint, so never during a timed pass.
#pragma once

#include <cstdint>
#include <vector>

namespace ur {

class SyscallCounter {
 public:
  SyscallCounter() = default;
  SyscallCounter(const SyscallCounter&) = delete;
  SyscallCounter& operator=(const SyscallCounter&) = delete;
  ~SyscallCounter() { close(); }

  // `tracepoint`: its number from tracefs. 0, or -errno where perf is not permitted.
  int open(int64_t tracepoint, const std::vector<int>& threads);
  // Of all of them since open(), threads that have ended included.
  uint64_t total() const;
  void close();

 private:
  std::vector<int> fds_;
};

}  // namespace ur
