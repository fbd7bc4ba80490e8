// The dedup engine: a rewrite of the program, one by one as the serial engine, in which a lookup that was
// made before and whose answer cannot have changed since is answered from the first one's. Lookups: stat,
// access and readlink by path, and opens that fail for want of the file. The answer cannot have changed when
// the call is the same in all its arguments, no call in between has made, removed, renamed or written
// anything, none has changed the directory that the path starts in, and the log shows the same outcome for
// both.
//
// Which lookups repeat is found once, before the passes. A program that remembers answers would have to look
// them up, so this is the most that remembering could give.
#include <map>
#include <tuple>

#include "session.h"

namespace ur {
namespace {

constexpr uint32_t kNobody = UINT32_MAX;

bool fails(const Op& op) { return (op.check & kCheckValue) && op.expect < 0; }

bool is_lookup(const Op& op) {
  switch (static_cast<Code>(op.code)) {
    case Code::kStat:
    case Code::kLstat:
    case Code::kNewfstatat:
    case Code::kStatx:
    case Code::kAccess:
    case Code::kFaccessat:
    case Code::kFaccessat2:
    case Code::kReadlink:
    case Code::kReadlinkat:
      return true;
    case Code::kOpen:
    case Code::kOpenat:
    case Code::kOpenat2:
      return fails(op);
    default:
      return false;
  }
}

// Whether answers from before the op may be wrong after it.
bool makes_stale(const Op& op) {
  const Code code = static_cast<Code>(op.code);
  const bool opens = code == Code::kOpen || code == Code::kOpenat || code == Code::kOpenat2;
  if (opens) return (op.a & (O_CREAT | O_TRUNC)) != 0 || (op.a & O_TMPFILE) == O_TMPFILE;
  if (code >= Code::kGetxattr && code <= Code::kFlistxattr) return false;
  return code == Code::kChdir || code == Code::kFchdir || code >= Code::kWrite;
}

class DedupEngine final : public Engine {
 public:
  Error prepare(Session& session) override {
    using Question = std::tuple<uint16_t, int32_t, std::string, uint32_t, uint32_t, uint64_t>;
    std::map<Question, uint32_t> asked;
    first_.assign(session.op_count(), kNobody);
    const Program& program = session.program();
    for (uint32_t i = 0; i < session.op_count(); i++) {
      const Op& op = program.ops[i];
      if (makes_stale(op)) asked.clear();
      if (!is_lookup(op)) continue;
      const Question question(op.code, op.fd, program.path(op.path), op.a, op.b, op.len);
      const auto [found, is_new] = asked.try_emplace(question, i);
      if (is_new) continue;
      if (same_outcome(program.ops[found->second], op)) {
        first_[i] = found->second;
        saved_[code_name(op.code)]++;
        saved_calls_++;
      } else {
        found->second = i;
      }
    }
    return {};
  }

  Error run(Session& session) override {
    for (uint32_t i = 0; i < session.op_count() && !session.cancelled(); i++) answer(session, i);
    syscalls_ = session.op_count() - saved_calls_;
    return {};
  }

  Error count(Session& session, CountReport* report) override {
    for (uint32_t i = 0; i < session.op_count(); i++) {
      if (first_[i] == kNobody) report->direct[code_name(session.program().ops[i].code)]++;
    }
    return run(session);
  }

  Error timeline(Session& session, TimelineReport* report) override {
    return time_in_order(session, report, [&](uint32_t i) { answer(session, i); });
  }

  void describe(JsonWriter& json) const override {
    json.key("rewrite").string("repeated lookups are answered once");
    json.key("callsSaved").number(static_cast<int64_t>(saved_calls_)).key("saved").open('{');
    for (const auto& [call, count] : saved_) json.key(call).number(static_cast<int64_t>(count));
    json.close('}');
  }
  uint64_t syscalls() const override { return syscalls_; }

 private:
  void answer(Session& session, uint32_t i) {
    Result* const results = session.results();
    if (first_[i] == kNobody) {
      issue(session.calls()[i], session.slots(), session.buffers(), &results[i]);
    } else {
      results[i] = results[first_[i]];
    }
  }

  static bool same_outcome(const Op& a, const Op& b) {
    return a.check == b.check && a.expect == b.expect && a.expect_size == b.expect_size &&
           ((a.expect_mode ^ b.expect_mode) & S_IFMT) == 0;
  }

  std::vector<uint32_t> first_;  // per op: whose answer it has, or kNobody
  std::map<std::string, uint64_t> saved_;
  uint64_t saved_calls_ = 0;
  uint64_t syscalls_ = 0;
};

}  // namespace

std::unique_ptr<Engine> make_dedup_engine(const EngineOptions&) { return std::make_unique<DedupEngine>(); }

}  // namespace ur
