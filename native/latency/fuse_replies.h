// Replies to the kernel, sent when their time has come. However many wait, each waits its own time only:
// the work is done when the request arrives, one thread sleeps until shortly before the earliest deadline,
// spins for the rest, and sends.
//
// In a crowd, where spinning for each would take more than half of a CPU from those who wait, it doesn't:
// it has itself woken as early as half of the wake-ups need, and sends whatever is due within 1 % of the
// latency, so that one wake-up serves several and as many are a little early as late.
#pragma once

#include <cstdint>
#include <mutex>
#include <queue>
#include <vector>

#include "error.h"
#include "served_latency.h"
#include "wake_lead.h"

namespace ur {

// CLOCK_MONOTONIC.
uint64_t monotonic_ns();

class FuseReplies {
 public:
  // `device`: of /dev/fuse, borrowed. `latency_ns`: of delayed replies.
  FuseReplies(int device, uint64_t latency_ns) : device_(device), latency_ns_(latency_ns) {}
  FuseReplies(const FuseReplies&) = delete;
  FuseReplies& operator=(const FuseReplies&) = delete;

  // Starts the sending thread, which runs until the process ends.
  Error start();
  // At once, on this thread. `message`: header and body, complete.
  void send(const std::vector<char>& message) const;
  // The latency after `arrived_ns`, the arrival of its request.
  void send_later(uint64_t arrived_ns, std::vector<char> message);
  // Of the delayed replies since the last call.
  ServedLatency take_served();

 private:
  struct Waiting {
    uint64_t deadline_ns;
    uint64_t sent_ns;
    std::vector<char> message;
    bool operator<(const Waiting& other) const { return deadline_ns > other.deadline_ns; }  // earliest on top
  };

  void loop();
  void arm(uint64_t deadline_ns);
  bool wait();
  bool crowded() const;
  std::vector<Waiting> take_next();

  const int device_;
  const uint64_t latency_ns_;
  int timer_ = -1;
  std::mutex mutex_;
  std::priority_queue<Waiting> waiting_;
  WakeLead lead_;
  uint64_t armed_ns_ = 0;  // when the timer goes off
  ServedLatency served_;
};

}  // namespace ur
