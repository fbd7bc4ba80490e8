// The serial engine: the log's calls one by one, in the log's order, as the traced program made them.
#include "engine.h"
#include "session.h"

namespace ur {
namespace {

class SerialEngine final : public Engine {
 public:
  Error prepare(Session&) override { return {}; }

  Error run(Session& session) override {
    const Call* call = session.calls();
    const Call* const end = call + session.op_count();
    Result* result = session.results();
    int32_t* const slots = session.slots();
    Buffers& buffers = session.buffers();
    for (; call != end && !session.cancelled(); call++, result++) issue(*call, slots, buffers, result);
    syscalls_ = session.op_count();
    return {};
  }

  Error count(Session& session, CountReport* report) override {
    for (uint32_t i = 0; i < session.op_count(); i++)
      report->direct[code_name(session.program().ops[i].code)]++;
    return run(session);
  }

  void describe(JsonWriter&) const override {}
  uint64_t syscalls() const override { return syscalls_; }

 private:
  uint64_t syscalls_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_serial_engine() { return std::make_unique<SerialEngine>(); }

}  // namespace ur
