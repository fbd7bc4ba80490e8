// The nop engines: the schedule of the serial or the ring engine with nothing to do. Each plain call is a
// getppid, each request of the ring a NOP. What remains is what calling costs: entering the kernel, the
// engine's own bookkeeping, the queues. No call of the program is made, so there is nothing to compare with
// the log; that all no-ops succeed is checked instead.
#include <algorithm>

#include "ring.h"
#include "session.h"

namespace ur {
namespace {

Call nop_call(const Call& call) {
  Call nop = {};
  nop.nr = SYS_getppid;
  nop.effect = Effect::kNone;
  nop.fd = call.fd;
  nop.fd2 = nop.out = kNoSlot;
  if (call.effect == Effect::kOpens || call.effect == Effect::kCloses) {
    nop.effect = call.effect;  // the slots keep their part in the schedule
    nop.out = call.out;
  }
  return nop;
}

// Slots hold made-up numbers during a pass, which must not be closed after it.
class SlotKeeper {
 public:
  void save(Session& session) {
    saved_.assign(session.slots(), session.slots() + session.program().header->slot_count);
  }
  void restore(Session& session) { std::copy(saved_.begin(), saved_.end(), session.slots()); }

 private:
  std::vector<int32_t> saved_;
};

class SerialNops final : public Engine {
 public:
  Error prepare(Session& session) override {
    calls_.reserve(session.op_count());
    for (uint32_t i = 0; i < session.op_count(); i++) calls_.push_back(nop_call(session.calls()[i]));
    return {};
  }
  void before_pass(Session& session) override { keeper_.save(session); }
  void after_pass(Session& session) override { keeper_.restore(session); }

  Error run(Session& session) override {
    issue_in_order(session, calls_.data());
    syscalls_ = session.op_count();
    return {};
  }

  Error count(Session& session, CountReport* report) override {
    report->direct["getppid"] += session.op_count();
    return run(session);
  }
  Error timeline(Session& session, TimelineReport* report) override {
    return time_in_order(session, report, [&](uint32_t i) {
      issue(calls_[i], session.slots(), session.buffers(), &session.results()[i]);
    });
  }
  void describe(JsonWriter& json) const override { json.key("schedule").string("serial"); }
  uint64_t syscalls() const override { return syscalls_; }
  bool replays() const override { return false; }

 private:
  std::vector<Call> calls_;
  SlotKeeper keeper_;
  uint64_t syscalls_ = 0;
};

class RingNops final : public RingEngine {
 public:
  using RingEngine::RingEngine;

  void before_pass(Session& session) override {
    keeper_.save(session);
    RingEngine::before_pass(session);
  }
  void after_pass(Session& session) override {
    RingEngine::after_pass(session);
    keeper_.restore(session);
  }
  void describe(JsonWriter& json) const override {
    json.key("schedule").string("ring");
    RingEngine::describe(json);
  }
  bool replays() const override { return false; }

 protected:
  void adapt(Session& session) override {
    nops_.clear();
    for (uint32_t i = 0; i < session.op_count(); i++) {
      nops_.push_back(nop_call(session.calls()[i]));
      RingOp& op = plan_.ops[i];
      if (!op.on_ring) continue;
      plan_.sqes[i] = {};
      plan_.sqes[i].opcode = IORING_OP_NOP;
      op.patch = 0;
      op.link = IOSQE_IO_HARDLINK;
    }
    calls_ = nops_.data();
  }
  std::unique_ptr<RingEngine> another(const EngineOptions& options) const override {
    return std::make_unique<RingNops>(options);
  }

 private:
  std::vector<Call> nops_;
  SlotKeeper keeper_;
};

}  // namespace

std::unique_ptr<Engine> make_nop_engine(const EngineOptions& options) {
  if (options.variant == "ring") return std::make_unique<RingNops>(options);
  return std::make_unique<SerialNops>();
}

}  // namespace ur
