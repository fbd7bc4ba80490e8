// How the calls of a pass were carried out: inline, by an io-wq worker, or as plain calls.
#include <algorithm>

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
  counter.counting_ = true;
  Error error = counter.prepare(session);
  if (!error.ok()) return error;
  counter.before_pass(session);
  std::map<uint8_t, uint64_t> issued;
  std::vector<uint8_t> opcodes;
  for (uint32_t i = 0; i < session.op_count(); i++) {
    if (counter.plan_.ops[i].on_ring) {
      if (issued[counter.plan_.ops[i].sqe.opcode]++ == 0) opcodes.push_back(counter.plan_.ops[i].sqe.opcode);
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
  for (const auto& [opcode, total] : issued) {
    const uint64_t seen = watched ? tracepoint.read(opcode) : counter.punted_[opcode];
    const uint64_t punted = std::min(seen, total);  // one that was tried again is one call
    if (total > punted) report->inline_[opcode_name(opcode)] = total - punted;
    if (punted > 0) report->punted[opcode_name(opcode)] = punted;
  }
  return error;
}

}  // namespace ur
