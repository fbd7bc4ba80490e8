// One program being replayed by one engine, on one thread: slots, buffers, results, and the way of a pass:
//
//   untimed                          timed               untimed
//   working directory, setup ops --> engine.run() -----> verify, close what is still open
//
// Nothing here knows of threads or of JavaScript; replayer.h runs sessions on a thread of their own.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "clock.h"
#include "engine.h"
#include "error.h"
#include "program.h"
#include "syscalls.h"

namespace ur {

// One call whose outcome differed from the log; `what` as in replay/engine.ts.
struct Divergence {
  uint32_t op;
  uint32_t line;
  const char* what;
  int64_t expected;
  int64_t got;
};
constexpr size_t kDivergencesKept = 1000;

// Figures of consecutive passes, one entry per pass in each vector.
struct RunReport {
  std::vector<uint64_t> wall_ns;
  std::vector<uint64_t> cpu_ns;
  std::vector<uint32_t> divergences;
  std::vector<Divergence> divergent;  // of the last pass that had any
  uint64_t syscalls = 0;
  uint64_t voluntary_switches = 0;
  uint64_t involuntary_switches = 0;
  uint64_t minor_faults = 0;
  uint64_t major_faults = 0;
  uint64_t blocks_read = 0;  // of 512 bytes, from devices
};

class Session {
 public:
  // `bytes` is kept for as long as the session lives (8-byte aligned).
  Session(std::vector<uint64_t> bytes, const EngineOptions& options);
  ~Session();

  // Validates the program and makes the engine, without touching the kernel: UR_BAD_PROGRAM, UR_USAGE.
  Error open(size_t size_bytes);
  // On the replaying thread, before the first pass. `in_root`: enter_root() has succeeded.
  Error prepare(bool in_root);
  // Appends up to `passes` passes to the report; fewer when cancelled.
  Error run(uint64_t passes, RunReport* report);
  Error count(CountReport* report);
  // One pass that times each op on its own, nanoseconds.
  Error profile(std::vector<uint64_t>* ns);
  // One pass with the time of everything that happened in it.
  Error timeline(TimelineReport* report);
  // Adds members to the object that is open in `json`.
  void describe(JsonWriter& json) const;
  // From any thread: stops after the call or batch in flight.
  void cancel() { cancelled_.store(true, std::memory_order_relaxed); }
  void clear_cancel() { cancelled_.store(false, std::memory_order_relaxed); }

  // For engines.
  bool cancelled() const { return cancelled_.load(std::memory_order_relaxed); }
  const Program& program() const { return program_; }
  uint32_t op_count() const { return program_.header->op_count; }
  const Call* calls() const { return calls_.data(); }
  Result* results() { return results_.data(); }
  int32_t* slots() { return slots_.data(); }
  Buffers& buffers() { return *buffers_; }

 private:
  Error choose_descriptors(int32_t* reserved_base);
  Error begin_pass(bool leaving = false);
  int64_t set_up(uint32_t index);
  Error leave();
  void end_pass();
  void close_strays();
  uint32_t verify(std::vector<Divergence>* divergent) const;

  std::vector<uint64_t> bytes_;
  EngineOptions options_;
  Program program_ = {};
  std::unique_ptr<Engine> engine_;
  std::unique_ptr<Buffers> buffers_;
  std::vector<Call> setup_calls_;
  std::vector<Call> calls_;
  std::vector<Result> results_;
  std::vector<int32_t> slots_;
  std::vector<uint32_t> strays_;  // ops that make a descriptor only if they diverge: nobody else closes it
  int32_t home_ = -1;             // the working directory at prepare, when the program changes it
  std::atomic<bool> cancelled_{false};
};

// The timed part of engines that make one call after another: `call` is the first of as many as there are
// ops, the session's own or what stands in for them.
inline void issue_in_order(Session& session, const Call* call) {
  const Call* const end = call + session.op_count();
  Result* result = session.results();
  int32_t* const slots = session.slots();
  Buffers& buffers = session.buffers();
  for (; call != end && !session.cancelled(); call++, result++) issue(*call, slots, buffers, result);
}

// The timeline of engines that make one call after another; `step` makes the one of an index.
template <typename Step>
Error time_in_order(const Session& session, TimelineReport* report, const Step& step) {
  for (uint32_t i = 0; i < session.op_count() && !session.cancelled(); i++) {
    report->begin_ns[i] = now_ns();
    step(i);
    report->end_ns[i] = now_ns();
  }
  return {};
}

}  // namespace ur
