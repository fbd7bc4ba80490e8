// The ring engine outside the timed part: set-up, the state that a pass starts from, what it leaves behind.
#include <sys/resource.h>

#include <algorithm>
#include <set>

#include "ring.h"

namespace ur {
namespace {

constexpr uint32_t kDirectMax = 32768;  // fixed files, IORING_MAX_FIXED_FILES of 5.15

}  // namespace

Error RingEngine::prepare(Session& session) {
  session_ = &session;
  program_ = &session.program();
  const uint32_t ops = session.op_count();
  const uint32_t wanted =
      options_.batch == 0 ? std::max(ops, 1u) : std::min(options_.batch, std::max(ops, 1u));
  Error error = queue_.open(wanted, options_);
  if (!error.ok()) return error;
  window_ = std::min({wanted, queue_.sq_entries(), queue_.cq_entries()});

  const std::vector<bool> supported = probe_opcodes(queue_.fd());
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);                                            // bounds the table, too
  const bool opens_directly = options_.direct && supported[IORING_OP_LINKAT];  // both came with 5.15
  const uint32_t table = static_cast<uint32_t>(std::min<uint64_t>(kDirectMax, limit.rlim_cur));
  plan_ = plan_ring_ops(session, supported, opens_directly ? table : 0, options_.lanes);
  if (plan_.direct_slots > 0 && !queue_.register_sparse_files(plan_.direct_slots)) {
    plan_ = plan_ring_ops(session, supported, 0, options_.lanes);
  }
  calls_ = session.calls();
  adapt(session);
  for (uint32_t i = 0; i < ops; i++) plan_.ops[i].effect = calls_[i].effect;
  direct_open_.assign(plan_.direct_slots, 0);
  statx_.resize(window_);
  free_statx_.reserve(window_);
  for (uint32_t i = window_; i > 0; i--) free_statx_.push_back(i - 1);
  state_.resize(ops);
  attempts_.resize(ops);
  chain_of_.resize(ops);
  again_.reserve(ops);
  if (watched_) submitted_in_.resize(ops);
  if (options_.order != Order::kDeps) return {};

  dependents_ = Dependents(*program_);
  waiting_for_.resize(ops);
  startable_.reserve(ops);
  return {};
}

void RingEngine::before_pass(Session& session) {
  std::fill(state_.begin(), state_.end(), 0);
  std::fill(attempts_.begin(), attempts_.end(), 0);
  std::fill(chain_of_.begin(), chain_of_.end(), 0);
  chain_ = chains_ = 0;
  stalled_ = 0;
  again_.clear();
  if (options_.order != Order::kDeps) return;
  startable_.clear();
  startable_head_ = 0;
  for (uint32_t i = 0; i < session.op_count(); i++) {
    waiting_for_[i] = program_->ops[i].dep_count;
    if (waiting_for_[i] == 0) startable_.push_back(i);
  }
}

void RingEngine::after_pass(Session&) {
  for (uint32_t i = 0; i < direct_open_.size(); i++) {
    if (direct_open_[i] && replays()) queue_.clear_fixed_file(i);
    direct_open_[i] = 0;
  }
}

void RingEngine::describe(JsonWriter& json) const {
  json.key("order").string(options_.order == Order::kDeps ? "deps" : "trace");
  json.key("window").string(options_.window == Window::kBarrier ? "barrier" : "sliding");
  json.key("inFlightMax").number(window_);
  json.key("sqEntries").number(queue_.sq_entries()).key("cqEntries").number(queue_.cq_entries());
  json.key("setupFlags").open('[');
  for (const std::string& name : setup_flag_names(queue_.flags())) json.string(name);
  json.close(']').key("workersMax");
  if (options_.workers > 0) {
    json.number(options_.workers);
  } else {
    json.null();
  }
  json.key("ringOps").number(plan_.ring_ops).key("plainOps").number(session_->op_count() - plan_.ring_ops);
  std::set<std::string> plain;
  for (uint32_t i = 0; i < session_->op_count(); i++) {
    if (!plan_.ops[i].on_ring) plain.insert(code_name(program_->ops[i].code));
  }
  json.key("plainCalls").open('[');
  for (const std::string& call : plain) json.string(call);
  json.close(']');
  json.key("directSlots").number(plan_.direct_slots);
  json.key("linkedOps").number(static_cast<int64_t>(linked_ops_));
  json.key("enters").number(static_cast<int64_t>(queue_.enters()));
  json.key("fallbacks").open('{');
  for (const auto& [call, reason] : plan_.fallbacks) json.key(call).string(reason);
  json.close('}');
}

std::unique_ptr<Engine> make_ring_engine(const EngineOptions& options) {
  return std::make_unique<RingEngine>(options);
}

}  // namespace ur
