// Replies to the kernel, sent when their time has come. However many wait, each waits its own time only:
// the work is done when the request arrives, one thread sleeps until the earliest deadline and sends.
#pragma once

#include <cstdint>
#include <mutex>
#include <queue>
#include <vector>

#include "error.h"

namespace ur {

// CLOCK_MONOTONIC.
uint64_t monotonic_ns();

// How long requests took from their arrival here to their reply.
struct ServedLatency {
  uint64_t replies = 0;
  uint64_t total_ns = 0;
  uint64_t max_ns = 0;
};

class FuseReplies {
 public:
  // `device`: of /dev/fuse, borrowed.
  explicit FuseReplies(int device) : device_(device) {}
  FuseReplies(const FuseReplies&) = delete;
  FuseReplies& operator=(const FuseReplies&) = delete;

  // Starts the sending thread, which runs until the process ends.
  Error start();
  // At once, on this thread. `message`: header and body, complete.
  void send(const std::vector<char>& message) const;
  void send_at(uint64_t deadline_ns, uint64_t arrived_ns, std::vector<char> message);
  // Of the delayed replies since the last call.
  ServedLatency take_served();

 private:
  struct Waiting {
    uint64_t deadline_ns;
    uint64_t arrived_ns;
    std::vector<char> message;
    bool operator<(const Waiting& other) const { return deadline_ns > other.deadline_ns; }  // earliest on top
  };

  void loop();
  void arm(uint64_t deadline_ns) const;
  std::vector<Waiting> take_due();

  const int device_;
  int timer_ = -1;
  std::mutex mutex_;
  std::priority_queue<Waiting> waiting_;
  ServedLatency served_;
};

}  // namespace ur
