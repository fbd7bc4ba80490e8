// Passes that are watched, not timed: how calls are carried out (inline, by an io-wq worker, or as plain
// calls), and when what happens.
#include <algorithm>

#include "clock.h"
#include "ring.h"
#include "tracepoint.h"

namespace ur {

// Counts on a ring of its own. Without links: a worker goes on with the rest of a chain by itself, which no
// tracepoint shows. With DEFER_TASKRUN where there is: then a worker's completion can't be posted before it
// is asked for, and what is there when submission returns was inline.
Error RingEngine::count(Session& session, CountReport* report) {
  EngineOptions options = options_;
  options.setup = RingSetup::kAuto;
  options.links = false;
  const std::unique_ptr<RingEngine> own = another(options);
  RingEngine& counter = *own;
  counter.watched_ = true;
  Error error = counter.prepare(session);
  if (!error.ok()) return error;
  counter.before_pass(session);
  std::map<uint8_t, uint64_t> issued;
  std::vector<uint8_t> opcodes;
  for (uint32_t i = 0; i < session.op_count(); i++) {
    if (counter.plan_.ops[i].on_ring) {
      if (issued[counter.plan_.sqes[i].opcode]++ == 0) opcodes.push_back(counter.plan_.sqes[i].opcode);
    } else {
      report->direct[replays() ? code_name(program_->ops[i].code) : "getppid"]++;
    }
  }
  PuntCounters tracepoint;
  const bool watched = tracepoint.open(opcodes);
  report->source = watched ? "tracepoint" : "completions";
  if (watched) tracepoint.start();
  error = counter.run(session);
  if (watched) tracepoint.stop();
  counter.after_pass(session);
  std::map<uint8_t, uint64_t> late;
  for (const uint32_t index : counter.punted_) late[counter.plan_.sqes[index].opcode]++;
  for (const auto& [opcode, total] : issued) {
    const uint64_t seen = watched ? tracepoint.read(opcode) : late[opcode];
    const uint64_t punted = std::min(seen, total);  // one that was tried again is one call
    if (total > punted) report->inline_[opcode_name(opcode)] = total - punted;
    if (punted > 0) report->punted[opcode_name(opcode)] = punted;
  }
  report->punted_ops = std::move(counter.punted_);
  return error;
}

// On the ring that is measured, with the schedule and the links that are measured. Only the kernel is entered
// twice where it would be once, to submit and to wait, so that one can be told from the other.
Error RingEngine::timeline(Session& session, TimelineReport* report) {
  for (uint32_t i = 0; i < session.op_count(); i++) report->on_ring[i] = plan_.ops[i].on_ring;
  report->entries.reserve(session.op_count());
  fresh_.reserve(window_);
  timeline_ = report;
  watched_ = true;
  const Error error = run(session);
  watched_ = false;
  timeline_ = nullptr;
  fresh_.clear();
  return error;
}

void RingEngine::note_started(uint32_t index) {
  if (timeline_ != nullptr) {
    fresh_.push_back(index);
  } else {
    submitted_in_[index] = submissions_;
  }
}

void RingEngine::note_completed(uint32_t index) {
  if (timeline_ == nullptr) {
    const bool at_once = peeking_ && submitted_in_[index] == submissions_;
    if (!at_once) punted_.push_back(index);
  } else if (!timeline_->entries.empty()) {
    const TimelineReport::Entry& entry = timeline_->entries.back();
    timeline_->end_ns[index] = taken_++ < done_at_submit_ ? entry.submitted_ns : entry.end_ns;
  }
}

int RingEngine::watched_submit(uint32_t least) {
  if (timeline_ != nullptr) return timed_submit(least);
  int result = queue_.submit(0, false);
  peeking_ = true;
  reap();
  peeking_ = false;
  submissions_++;
  if (result >= 0 && least > 0 && in_flight_ > 0 && queue_.unsubmitted() == 0) result = queue_.submit(1);
  return result;
}

int RingEngine::timed_submit(uint32_t least) {
  TimelineReport::Entry entry = {};
  entry.begin_ns = entry.submitted_ns = now_ns();
  for (const uint32_t index : fresh_) timeline_->begin_ns[index] = entry.begin_ns;
  fresh_.clear();
  int result = 0;
  done_at_submit_ = taken_ = 0;
  if (queue_.unsubmitted() > 0) {
    result = queue_.submit(0, false);
    entry.submitted_ns = now_ns();
    entry.submitted = result > 0 ? static_cast<uint32_t>(result) : 0;
    done_at_submit_ = queue_.completions();
  }
  if (result >= 0 && queue_.unsubmitted() == 0) {
    const int waited = queue_.submit(std::min(least, in_flight_));
    if (waited < 0) result = waited;
  }
  entry.end_ns = now_ns();
  timeline_->entries.push_back(entry);
  return result;
}

}  // namespace ur
