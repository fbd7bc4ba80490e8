// Counts requests handed to io-wq exactly, through the kernel's tracepoint
// io_uring:io_uring_queue_async_work (include/trace/events/io_uring.h): one perf counter per opcode.
#pragma once

#include <cstdint>
#include <vector>

namespace ur {

// The tracepoint's number from tracefs, or -1. Looked up once.
int64_t tracepoint_id();

class PuntCounters {
 public:
  PuntCounters() = default;
  PuntCounters(const PuntCounters&) = delete;
  PuntCounters& operator=(const PuntCounters&) = delete;
  ~PuntCounters();

  // For the calling thread. False where perf or tracefs is not permitted.
  bool open(const std::vector<uint8_t>& opcodes);
  void start();
  void stop();
  uint64_t read(uint8_t opcode) const;

 private:
  struct Counter {
    uint8_t opcode;
    int fd;
  };
  std::vector<Counter> counters_;
};

}  // namespace ur
