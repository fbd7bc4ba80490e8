// The ring engine: the same calls through io_uring. A call's life:
//
//   waiting --> prepared --> submitted --+--> inline: done inside io_uring_enter ----+--> reaped --> done
//      ^          an SQE,      the       |                                           |    its CQE read,
//      |          not yet      kernel    +--> punted: an io-wq worker does it -------+    result and slots
//      |          seen         has it                                                     settled
//      |             |                                                                      |
//      +-------------+------- short submit, ECANCELED in a chain, EAGAIN -------------------+
//                    |<--------------- in flight: at most `batch` ------------->|
//
// The kernel is entered only when nothing more can be prepared. What has no opcode is a plain call at its
// place, as soon as its dependencies are done.
//
// Order trace: calls start in the order of the log; the next one waits for its dependencies. Order deps:
// any call whose dependencies are done, in the order in which they become so. Window sliding: one entry
// per completion may follow (enter waits for one). Window barrier: `batch` calls are started, all are
// waited for, then the next `batch`.
//
// Chains: a call whose unfinished dependencies are all in the chain at the end of the submission queue is
// linked to it (IOSQE_IO_HARDLINK: it starts when its predecessor is through, whatever that one's result,
// as the traced program went on after an error, too) unless it needs the number of a descriptor that is
// yet to be opened. Slots that only opcodes with fixed files use have no number (ring_ops.cc).
//
// Short submit: io_uring_enter may take fewer entries than are queued. It then starts a chain that was cut
// as if its rest did not belong to it. So the rest is taken back, and each call of it waits until its
// dependencies are done, like any other.
//
// Memory: paths belong to the program, read buffers to the session, both live longer than any pass. A
// statx buffer belongs to a call from prepared to reaped. The completion queue is at least as large as the
// window, so that it can't overflow.
#include <sched.h>
#include <sys/resource.h>

#include <algorithm>
#include <cstring>

#include "engine.h"
#include "ring_ops.h"
#include "ring_queue.h"
#include "session.h"
#include "tracepoint.h"

namespace ur {
namespace {

constexpr uint32_t kDirectMax = 32768;    // fixed files, IORING_MAX_FIXED_FILES of 5.15
constexpr uint32_t kAttemptsMax = 3;      // of one call that answers EAGAIN, before it is made plainly
constexpr uint32_t kStalledMax = 100000;  // io_uring_enter in vain, one after the other

enum State : uint8_t {
  kStarted = 1,  // prepared, submitted or done
  kDone = 2,
  kLinked = 4,    // follows another entry in a chain
  kLeads = 8,     // is followed by one
  kAgain = 16,    // in again_, waiting for its next attempt
  kPlainly = 32,  // the next attempt is a plain call
};

class RingEngine final : public Engine {
 public:
  explicit RingEngine(const EngineOptions& options) : options_(options) {}

  Error prepare(Session& session) override;
  void before_pass(Session& session) override;
  Error run(Session& session) override;
  void after_pass(Session& session) override;
  Error count(Session& session, CountReport* report) override;
  void describe(JsonWriter& json) const override;
  uint64_t syscalls() const override { return queue_.enters() + plain_calls_; }

 private:
  void run_trace_order();
  void run_deps_order();
  void start(uint32_t index, bool linked);
  void start_with_followers(uint32_t index);
  void plain(uint32_t index);
  void go_on(uint32_t index);
  void enter(uint32_t least);
  void reap();
  void complete(uint32_t index, int32_t value);
  void done(uint32_t index);
  bool try_again(uint32_t index, int32_t value);
  void again(uint32_t index);
  void restart();
  void drain();

  bool ready(uint32_t index) const {
    const Op& op = program_->ops[index];
    const uint32_t* deps = program_->edges + op.dep_start;
    for (uint32_t i = 0; i < op.dep_count; i++) {
      if (!(state_[deps[i]] & kDone)) return false;
    }
    return true;
  }
  bool can_link(uint32_t index) const;
  bool stopped() const { return !error_.ok() || session_->cancelled(); }

  EngineOptions options_;
  RingQueue queue_;
  RingPlan plan_;
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

  // Order deps: op -> the later ops that wait for it; how many each waits for; those that may start.
  std::vector<uint32_t> dependents_;
  std::vector<uint32_t> dependents_start_;
  std::vector<uint32_t> waiting_for_;
  std::vector<uint32_t> startable_;
  size_t startable_head_ = 0;

  // Without DEFER_TASKRUN a worker's completion raises TIF_NOTIFY_SIGNAL on this thread, and calls that
  // look at pending signals (getdents64 after its first entry, copy_file_range) break off half-way.
  bool breaks_off_ = false;

  uint64_t plain_calls_ = 0;
  uint64_t linked_ops_ = 0;
  // Counting by completions: an op was inline if it is there right after its own submission.
  bool counting_ = false;
  bool peeking_ = false;
  uint64_t submissions_ = 0;
  std::vector<uint64_t> submitted_in_;
  uint64_t punted_[256] = {};
  Error error_;
};

Error RingEngine::prepare(Session& session) {
  session_ = &session;
  program_ = &session.program();
  const uint32_t ops = session.op_count();
  const uint32_t wanted =
      options_.batch == 0 ? std::max(ops, 1u) : std::min(options_.batch, std::max(ops, 1u));
  Error error = queue_.open(wanted, options_.setup, options_.workers);
  if (!error.ok()) return error;
  window_ = std::min({wanted, queue_.sq_entries(), queue_.cq_entries()});

  breaks_off_ = !(queue_.flags() & (kSetupDeferTaskrun | IORING_SETUP_SQPOLL));
  const std::vector<bool> supported = probe_opcodes(queue_.fd());
  rlimit limit = {};
  getrlimit(RLIMIT_NOFILE, &limit);                                            // bounds the table, too
  const bool opens_directly = options_.direct && supported[IORING_OP_LINKAT];  // both came with 5.15
  const uint32_t table = static_cast<uint32_t>(std::min<uint64_t>(kDirectMax, limit.rlim_cur));
  plan_ = plan_ring_ops(session, supported, opens_directly ? table : 0);
  if (plan_.direct_slots > 0 && !queue_.register_sparse_files(plan_.direct_slots)) {
    plan_ = plan_ring_ops(session, supported, 0);
  }
  direct_open_.assign(plan_.direct_slots, 0);
  statx_.resize(window_);
  free_statx_.reserve(window_);
  for (uint32_t i = window_; i > 0; i--) free_statx_.push_back(i - 1);
  state_.resize(ops);
  attempts_.resize(ops);
  chain_of_.resize(ops);
  again_.reserve(ops);
  if (counting_) submitted_in_.resize(ops);
  if (options_.order != Order::kDeps) return {};

  dependents_start_.assign(ops + 1, 0);
  for (uint32_t i = 0; i < ops; i++) {
    const Op& op = program_->ops[i];
    for (uint32_t k = 0; k < op.dep_count; k++) dependents_start_[program_->edges[op.dep_start + k] + 1]++;
  }
  for (uint32_t i = 0; i < ops; i++) dependents_start_[i + 1] += dependents_start_[i];
  dependents_.resize(dependents_start_[ops]);
  std::vector<uint32_t> end(dependents_start_.begin(), dependents_start_.end());
  for (uint32_t i = 0; i < ops; i++) {
    const Op& op = program_->ops[i];
    for (uint32_t k = 0; k < op.dep_count; k++) dependents_[end[program_->edges[op.dep_start + k]]++] = i;
  }
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

Error RingEngine::run(Session&) {
  if (!error_.ok()) return error_;  // a ring that failed stays failed
  plain_calls_ = linked_ops_ = 0;
  queue_.clear_enters();
  if (options_.order == Order::kDeps) {
    run_deps_order();
  } else {
    run_trace_order();
  }
  if (stopped()) drain();
  return error_;
}

void RingEngine::run_trace_order() {
  const uint32_t ops = session_->op_count();
  const bool barrier = options_.window == Window::kBarrier;
  for (uint32_t i = 0; i < ops && !stopped(); i++) {
    if (barrier && i % window_ == 0) {
      while (in_flight_ + again_.size() > 0 && !stopped()) enter(in_flight_);
    }
    bool linked = false;
    while (!ready(i) && !(linked = can_link(i)) && !stopped()) enter(1);
    if (!plan_.ops[i].on_ring) {
      plain(i);
      continue;
    }
    while (in_flight_ == window_ && !stopped()) enter(1);
    start(i, linked);
  }
  while (in_flight_ + again_.size() > 0 && !stopped()) enter(in_flight_);
}

void RingEngine::run_deps_order() {
  const bool barrier = options_.window == Window::kBarrier;
  while (!stopped()) {
    uint32_t started = 0;
    while (startable_head_ < startable_.size() && in_flight_ < window_ && !(barrier && started == window_)) {
      const uint32_t index = startable_[startable_head_++];
      started++;
      if (plan_.ops[index].on_ring) {
        start_with_followers(index);
      } else {
        plain(index);
      }
    }
    if (in_flight_ + again_.size() == 0 && startable_head_ == startable_.size()) return;
    if (barrier) {
      while (in_flight_ + again_.size() > 0 && !stopped()) enter(in_flight_);
    } else if (in_flight_ + again_.size() > 0) {
      enter(1);
    }
  }
}

bool RingEngine::can_link(uint32_t index) const {
  if (chain_ == 0 || !options_.links || !plan_.ops[index].on_ring || in_flight_ == window_) return false;
  if (!queue_.has_room()) return false;
  const Op& op = program_->ops[index];
  const int32_t* slots = session_->slots();
  if (op.fd >= 0 && plan_.ops[index].direct_fd < 0 && slots[op.fd] < 0) return false;
  if (op.fd2 >= 0 && slots[op.fd2] < 0) return false;
  const uint32_t* deps = program_->edges + op.dep_start;
  for (uint32_t i = 0; i < op.dep_count; i++) {
    if (!(state_[deps[i]] & kDone) && chain_of_[deps[i]] != chain_) return false;
  }
  return true;
}

void RingEngine::start(uint32_t index, bool linked) {
  io_uring_sqe* previous = linked ? queue_.last() : nullptr;
  io_uring_sqe* sqe = queue_.next();
  while (sqe == nullptr) {  // never for a linked one: can_link() has seen room
    enter(0);
    if (stopped()) return;
    sqe = queue_.next();
  }
  const RingOp& ring_op = plan_.ops[index];
  const int32_t* slots = session_->slots();
  const Call& call = session_->calls()[index];
  *sqe = ring_op.sqe;
  uint64_t user_data = index;
  if (ring_op.patch & kPatchFd) sqe->fd = slots[call.fd];
  if (ring_op.patch & kPatchStatx) {
    const uint32_t buffer = free_statx_.back();
    free_statx_.pop_back();
    sqe->off = reinterpret_cast<uint64_t>(&statx_[buffer]);
    user_data |= uint64_t{buffer} << 32;
  }
  if (ring_op.patch & kPatchFd2Fd) sqe->fd = slots[call.fd2];
  if (ring_op.patch & kPatchFd2Len) sqe->len = static_cast<uint32_t>(slots[call.fd2]);
  sqe->user_data = user_data;
  if (linked) {
    previous->flags |= IOSQE_IO_HARDLINK;
    state_[chain_end_] |= kLeads;
    state_[index] |= kLinked;
    linked_ops_++;
  } else {
    chain_ = ++chains_;
  }
  if (counting_) submitted_in_[index] = submissions_;
  chain_end_ = index;
  chain_of_[index] = chain_;
  state_[index] |= kStarted;
  in_flight_++;
}

void RingEngine::start_with_followers(uint32_t index) {
  start(index, false);
  while (!stopped()) {
    const uint32_t* next = dependents_.data() + dependents_start_[index];
    const uint32_t* const end = dependents_.data() + dependents_start_[index + 1];
    while (next != end && ((state_[*next] & (kStarted | kAgain)) || !can_link(*next))) next++;
    if (next == end) return;
    index = *next;
    start(index, true);
  }
}

void RingEngine::plain(uint32_t index) {
  if (stopped()) return;
  issue(session_->calls()[index], session_->slots(), session_->buffers(), &session_->results()[index]);
  plain_calls_++;
  if (breaks_off_) go_on(index);
  state_[index] |= kStarted;
  done(index);
}

// Completes a call that a notification has broken off: the rest, as the call would have gone on.
void RingEngine::go_on(uint32_t index) {
  const Op& op = program_->ops[index];
  const Code code = static_cast<Code>(op.code);
  if (code != Code::kGetdents64 && code != Code::kCopyFileRange) return;
  Result& result = session_->results()[index];
  const size_t length = code == Code::kGetdents64 ? 2 : 4;  // which argument
  while ((op.check & kCheckValue) && result.value > 0 && result.value < op.expect) {
    Call rest = session_->calls()[index];
    rest.args[length] -= static_cast<uint64_t>(result.value);
    Result more = {};
    issue(rest, session_->slots(), session_->buffers(), &more);
    plain_calls_++;
    if (more.value <= 0) return;
    result.value += more.value;
  }
}

// Enters the kernel: submits what is prepared, waits until `least` calls have completed, takes in all that
// have, and starts again what came back.
void RingEngine::enter(uint32_t least) {
  chain_ = 0;
  int result;
  if (counting_) {
    result = queue_.submit(0, false);
    peeking_ = true;
    reap();
    peeking_ = false;
    submissions_++;
    if (result >= 0 && least > 0 && in_flight_ > 0 && queue_.unsubmitted() == 0) result = queue_.submit(1);
  } else {
    result = queue_.submit(std::min(least, in_flight_));
  }
  // EINTR: a signal. EAGAIN: no memory for a request now. EBUSY: completions must be taken first. Nothing
  // is lost in any of these: what was not taken is taken back below.
  if (result < 0 && result != -EINTR && result != -EAGAIN && result != -EBUSY) {
    error_ = {"UR_RING", "io_uring_enter failed with " + errno_name(-result), "", -result};
    return;
  }
  if (queue_.unsubmitted() > 0) {
    queue_.retract([this](const io_uring_sqe& sqe) {
      const uint32_t index = static_cast<uint32_t>(sqe.user_data);
      if (plan_.ops[index].patch & kPatchStatx)
        free_statx_.push_back(static_cast<uint32_t>(sqe.user_data >> 32));
      in_flight_--;
      again(index);
    });
  }
  const uint32_t before = in_flight_;
  reap();
  if (result > 0 || in_flight_ < before) {
    stalled_ = 0;
  } else if (++stalled_ > kStalledMax) {
    error_ = {"UR_RING", "io_uring_enter makes no progress (" + errno_name(-result) + ")",
              "free memory, or use a smaller batch", -result};
    return;
  } else {
    sched_yield();
  }
  if (!again_.empty()) restart();
}

void RingEngine::reap() {
  queue_.reap([this](uint64_t user_data, int32_t value) {
    const uint32_t index = static_cast<uint32_t>(user_data);
    in_flight_--;
    if (plan_.ops[index].patch & kPatchStatx) {
      const uint32_t buffer = static_cast<uint32_t>(user_data >> 32);
      Result& result = session_->results()[index];
      result.size = statx_[buffer].stx_size;
      result.mode = statx_[buffer].stx_mode;
      free_statx_.push_back(buffer);
    }
    if (value < 0 && try_again(index, value)) {
      again(index);
    } else {
      complete(index, value);
    }
  });
}

void RingEngine::complete(uint32_t index, int32_t value) {
  const RingOp& ring_op = plan_.ops[index];
  const Call& call = session_->calls()[index];
  session_->results()[index].value = value;
  if (call.effect == Effect::kOpens) {
    if (ring_op.direct_out >= 0) {
      direct_open_[ring_op.direct_out] = value >= 0;
    } else if (value >= 0 && call.out >= 0) {
      session_->slots()[call.out] = value;
    }
  } else if (call.effect == Effect::kCloses) {
    if (ring_op.direct_fd >= 0) {
      direct_open_[ring_op.direct_fd] = 0;
    } else if (call.fd >= 0) {
      session_->slots()[call.fd] = -1;
    }
  }
  if (counting_) {
    const bool at_once = peeking_ && submitted_in_[index] == submissions_;
    if (!at_once) punted_[ring_op.sqe.opcode]++;
  }
  done(index);
}

void RingEngine::done(uint32_t index) {
  state_[index] |= kDone;
  if (options_.order != Order::kDeps) return;
  for (uint32_t k = dependents_start_[index]; k < dependents_start_[index + 1]; k++) {
    const uint32_t next = dependents_[k];
    if (--waiting_for_[next] == 0 && !(state_[next] & (kStarted | kAgain))) startable_.push_back(next);
  }
}

// Whether a failed completion says nothing of the call itself: a chain that was broken off, or a request
// that could not be carried out just now. (What the log expects is an outcome, never an obstacle.)
bool RingEngine::try_again(uint32_t index, int32_t value) {
  if (value != -ECANCELED && value != -EAGAIN && value != -EINTR && value != -EBUSY) return false;
  const Op& op = program_->ops[index];
  if ((op.check & kCheckValue) && op.expect == value) return false;
  if (value == -ECANCELED) return state_[index] & kLinked;
  // Its followers have run after it: the order can't be had any more.
  if (state_[index] & kLeads) return false;
  const RingOp& ring_op = plan_.ops[index];
  if (++attempts_[index] < kAttemptsMax) return true;
  if (ring_op.direct_fd >= 0 || ring_op.direct_out >= 0 || (state_[index] & kPlainly)) return false;
  state_[index] |= kPlainly;
  return true;
}

void RingEngine::again(uint32_t index) {
  state_[index] = static_cast<uint8_t>((state_[index] & kPlainly) | kAgain);
  chain_of_[index] = 0;
  again_.push_back(index);
}

void RingEngine::restart() {
  size_t kept = 0;
  for (size_t i = 0; i < again_.size(); i++) {
    const uint32_t index = again_[i];
    const bool room = in_flight_ < window_ && queue_.has_room();
    if (stopped() || !room || !ready(index)) {
      again_[kept++] = index;
      continue;
    }
    state_[index] &= static_cast<uint8_t>(~kAgain);
    if (state_[index] & kPlainly) {
      plain(index);
    } else {
      start(index, false);
    }
  }
  again_.resize(kept);
}

// Cancelled or failed: forgets what is only prepared and waits for what the kernel has.
void RingEngine::drain() {
  const Error error = error_;
  queue_.retract([this](const io_uring_sqe& sqe) {
    const uint32_t index = static_cast<uint32_t>(sqe.user_data);
    if (plan_.ops[index].patch & kPatchStatx)
      free_statx_.push_back(static_cast<uint32_t>(sqe.user_data >> 32));
    in_flight_--;
  });
  for (uint32_t attempt = 0; in_flight_ > 0 && attempt < kStalledMax; attempt++) {
    queue_.submit(in_flight_);
    reap();
  }
  again_.clear();
  error_ = error;
}

void RingEngine::after_pass(Session&) {
  for (uint32_t i = 0; i < direct_open_.size(); i++) {
    if (direct_open_[i]) queue_.clear_fixed_file(i);
    direct_open_[i] = 0;
  }
}

// Counts on a ring of its own. Without links: a worker goes on with the rest of a chain by itself, which no
// tracepoint shows. With DEFER_TASKRUN where there is: then a worker's completion can't be posted before it
// is asked for, and what is there when submission returns was inline.
Error RingEngine::count(Session& session, CountReport* report) {
  EngineOptions options = options_;
  options.setup = RingSetup::kAuto;
  options.links = false;
  RingEngine counter(options);
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
      report->direct[code_name(program_->ops[i].code)]++;
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
  json.key("directSlots").number(plan_.direct_slots);
  json.key("linkedOps").number(static_cast<int64_t>(linked_ops_));
  json.key("enters").number(static_cast<int64_t>(queue_.enters()));
  json.key("fallbacks").open('{');
  for (const auto& [call, reason] : plan_.fallbacks) json.key(call).string(reason);
  json.close('}');
}

}  // namespace

std::unique_ptr<Engine> make_ring_engine(const EngineOptions& options) {
  return std::make_unique<RingEngine>(options);
}

}  // namespace ur
