// The serial engine: the log's calls one by one, in the log's order, as the traced program made them.
#include "clock.h"
#include "engine.h"
#include "session.h"

namespace ur {
namespace {

class SerialEngine final : public Engine {
 public:
  Error prepare(Session&) override { return {}; }

  Error run(Session& session) override {
    issue_in_order(session, session.calls());
    syscalls_ = session.op_count();
    return {};
  }

  Error count(Session& session, CountReport* report) override {
    for (uint32_t i = 0; i < session.op_count(); i++)
      report->direct[code_name(session.program().ops[i].code)]++;
    return run(session);
  }

  // The clock's own time is part of each figure: some 20 ns, as of its neighbour's.
  Error profile(Session& session, uint64_t* ns) override {
    uint64_t before = now_ns();
    for (uint32_t i = 0; i < session.op_count() && !session.cancelled(); i++) {
      issue(session.calls()[i], session.slots(), session.buffers(), &session.results()[i]);
      const uint64_t after = now_ns();
      ns[i] = after - before;
      before = after;
    }
    return {};
  }

  Error timeline(Session& session, TimelineReport* report) override {
    return time_in_order(session, report, [&](uint32_t i) {
      issue(session.calls()[i], session.slots(), session.buffers(), &session.results()[i]);
    });
  }

  void describe(JsonWriter&) const override {}
  uint64_t syscalls() const override { return syscalls_; }

 private:
  uint64_t syscalls_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_serial_engine(const EngineOptions&) { return std::make_unique<SerialEngine>(); }

}  // namespace ur
