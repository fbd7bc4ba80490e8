// The ring engine's parts, for its own files: ring.cc (the picture, and a pass), ring_prepare.cc (what comes
// before and after), ring_count.cc.
#pragma once

#include <vector>

#include "engine.h"
#include "ring_ops.h"
#include "ring_queue.h"
#include "schedule.h"
#include "session.h"

namespace ur {

enum State : uint8_t {
  kStarted = 1,  // prepared, submitted or done
  kDone = 2,
  kLinked = 4,    // follows another entry in a chain
  kLeads = 8,     // is followed by one
  kAgain = 16,    // in again_, waiting for its next attempt
  kPlainly = 32,  // the next attempt is a plain call
};

class RingEngine : public Engine {
 public:
  explicit RingEngine(const EngineOptions& options) : options_(options) {}

  Error prepare(Session& session) override;
  void before_pass(Session& session) override;
  Error run(Session& session) override;
  void after_pass(Session& session) override;
  Error count(Session& session, CountReport* report) override;
  Error timeline(Session& session, TimelineReport* report) override;
  void describe(JsonWriter& json) const override;
  uint64_t syscalls() const override { return queue_.enters() + plain_calls_; }

 protected:
  // Last of prepare(): puts other requests and calls in place of the program's.
  virtual void adapt(Session&) {}
  // Another engine of the same kind, to count with.
  virtual std::unique_ptr<RingEngine> another(const EngineOptions& options) const {
    return std::make_unique<RingEngine>(options);
  }

  RingPlan plan_;
  const Call* calls_ = nullptr;

 private:
  void run_trace_order();
  void run_deps_order();
  void start(uint32_t index, bool linked);
  void start_with_followers(uint32_t index);
  void plain(uint32_t index);
  void enter(uint32_t least);
  void reap();
  void complete(uint32_t index, int32_t value);
  void release(uint32_t index);
  bool try_again(uint32_t index, int32_t value);
  void again(uint32_t index);
  void restart();
  void drain();
  // ring_count.cc: of passes that are watched and not timed.
  int watched_submit(uint32_t least);
  int timed_submit(uint32_t least);
  void note_started(uint32_t index);
  void note_completed(uint32_t index);

  bool ready(uint32_t index) const {
    const Op& op = program_->ops[index];
    const uint32_t* deps = program_->edges + op.dep_start;
    for (uint32_t i = 0; i < op.dep_count; i++) {
      if (!(state_[deps[i]] & kDone)) return false;
    }
    return true;
  }
  void done(uint32_t index) {
    state_[index] |= kDone;
    if (options_.order == Order::kDeps) release(index);
  }
  bool can_link(uint32_t index) const;
  bool stopped() const { return !error_.ok() || session_->cancelled(); }

  EngineOptions options_;
  RingQueue queue_;
  Session* session_ = nullptr;
  const Program* program_ = nullptr;
  uint32_t window_ = 1;     // calls in flight at most
  uint32_t in_flight_ = 0;  // prepared or submitted, not reaped

  std::vector<uint8_t> state_;      // State, per op
  std::vector<uint8_t> attempts_;   // per op
  std::vector<uint32_t> chain_of_;  // per op: number of the chain that it was prepared in
  uint32_t chain_ = 0;              // the chain at the end of the queue; 0: none is open
  uint32_t chains_ = 0;             // made so far in this pass
  uint32_t chain_end_ = 0;          // the last op of the open chain
  std::vector<uint32_t> again_;     // ops to be started once more, in order
  uint32_t stalled_ = 0;

  std::vector<struct statx> statx_;
  std::vector<uint32_t> free_statx_;
  std::vector<uint8_t> direct_open_;  // per fixed file

  // Order deps: who waits for whom; how many each waits for; those that may start.
  Dependents dependents_;
  std::vector<uint32_t> waiting_for_;
  std::vector<uint32_t> startable_;
  size_t startable_head_ = 0;

  uint64_t plain_calls_ = 0;
  uint64_t linked_ops_ = 0;
  bool watched_ = false;
  // Counting by completions: an op was inline if it is there right after its own submission.
  bool peeking_ = false;
  uint64_t submissions_ = 0;
  std::vector<uint64_t> submitted_in_;
  std::vector<uint32_t> punted_;  // ops
  // Noting when what happens.
  TimelineReport* timeline_ = nullptr;
  std::vector<uint32_t> fresh_;  // prepared since the last entry
  uint32_t done_at_submit_ = 0;  // completions that the last entry's submission left
  uint32_t taken_ = 0;           // completions taken in since then
  Error error_;
};

}  // namespace ur
