// Who touches the records of a plan: each engine is a crew that takes them from one queue, in the plan's
// order, as many at a time as its width says. It works on threads of its own, so that whoever leads it can
// watch.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>

#include "error.h"
#include "touch.h"

namespace ur {

// The records still to be touched.
class Queue {
 public:
  explicit Queue(const Plan& plan) : plan_(plan) {}
  // The next record, nullptr when none is left.
  const PlanRecord* take() {
    const uint32_t index = next_.fetch_add(1, std::memory_order_relaxed);
    return index < plan_.size() ? plan_.records + index : nullptr;
  }

 private:
  const Plan& plan_;
  std::atomic<uint32_t> next_{0};
};

class Crew {
 public:
  virtual ~Crew() = default;
  virtual const char* name() const = 0;
  // Takes records, at most `width` at once; called again with more it widens. UR_NO_URING, UR_WARM.
  virtual Error widen(unsigned width) = 0;
  // Takes no more records than it has in hand.
  virtual void dismiss() = 0;
  // How many at once it has been widened to.
  virtual unsigned width() const = 0;
  // Whether nothing is in hand any more, after the queue has run dry or it was dismissed.
  virtual bool finished() const = 0;
  // Records that have been touched, and for how long the one that has taken longest is already in hand.
  virtual uint64_t touched() const = 0;
  virtual uint64_t longest_ns() const = 0;
};

constexpr unsigned kWidthMax = 1024;

// `wake`: an eventfd that is written when the crew has finished. All references outlive the process's last
// thread: crews are never joined, since a thread may wait for a storage that does not answer.
std::unique_ptr<Crew> make_thread_crew(Toucher& toucher, Queue& queue, int wake);
std::unique_ptr<Crew> make_ring_crew(Toucher& toucher, Queue& queue, int wake);

}  // namespace ur
