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
// linked to it, unless it needs the number of a descriptor that is yet to be opened. Slots that only opcodes
// with fixed files use have no number (ring_ops.cc). Where the log says that the predecessor succeeds, the
// link is soft (IOSQE_IO_LINK): should it answer EAGAIN, its followers are cancelled and all start again in
// order. Where it fails or comes back short by the log, the link is hard (IOSQE_IO_HARDLINK), as the traced
// program went on, too.
//
// Short submit: io_uring_enter may take fewer entries than are queued. It then starts a chain that was cut
// as if its rest did not belong to it. So the rest is taken back, and each call of it waits until its
// dependencies are done, like any other.
//
// Memory: paths belong to the program, read buffers to the session, both live longer than any pass. A
// statx buffer belongs to a call from prepared to reaped. The completion queue is at least as large as the
// window, so that it can't overflow.
#include "ring.h"

#include <sched.h>

#include <algorithm>

#include "clock.h"

namespace ur {
namespace {

constexpr uint32_t kAttemptsMax = 3;      // of one call that answers EAGAIN, before it is made plainly
constexpr uint32_t kStalledMax = 100000;  // io_uring_enter in vain, one after the other

}  // namespace

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
  if (plan_.ops[chain_end_].link == 0 || !queue_.has_room()) return false;
  const Op& op = program_->ops[index];
  const int32_t* slots = session_->slots();
  if (op.fd >= 0 && plan_.ops[index].direct_fd < 0 && slots[op.fd] < 0) return false;
  if (op.fd2 >= 0 && slots[op.fd2] < 0) return false;
  const uint32_t* deps = program_->edges + op.dep_start;
  for (uint32_t i = 0; i < op.dep_count; i++) {
    if (state_[deps[i]] & kDone) continue;
    if (chain_of_[deps[i]] != chain_) return false;
    // The number that a close of this chain frees may be another descriptor's by the time a worker uses it.
    const Op& dep = program_->ops[deps[i]];
    const bool closes = static_cast<Code>(dep.code) == Code::kClose;
    if (closes && dep.fd >= 0 && (dep.fd == op.fd || dep.fd == op.fd2)) return false;
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
  const Call& call = calls_[index];
  *sqe = plan_.sqes[index];
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
    previous->flags |= plan_.ops[chain_end_].link;
    state_[chain_end_] |= kLeads;
    state_[index] |= kLinked;
    linked_ops_++;
  } else {
    chain_ = ++chains_;
  }
  if (watched_) note_started(index);
  chain_end_ = index;
  chain_of_[index] = chain_;
  state_[index] |= kStarted;
  in_flight_++;
}

void RingEngine::start_with_followers(uint32_t index) {
  start(index, false);
  while (!stopped()) {
    const uint32_t* next = dependents_.begin(index);
    const uint32_t* const end = dependents_.end(index);
    while (next != end && ((state_[*next] & (kStarted | kAgain)) || !can_link(*next))) next++;
    if (next == end) return;
    index = *next;
    start(index, true);
  }
}

void RingEngine::plain(uint32_t index) {
  if (stopped()) return;
  if (timeline_ != nullptr) timeline_->begin_ns[index] = now_ns();
  issue(calls_[index], session_->slots(), session_->buffers(), &session_->results()[index]);
  plain_calls_++;
  if (timeline_ != nullptr) timeline_->end_ns[index] = now_ns();
  state_[index] |= kStarted;
  done(index);
}

// Enters the kernel: submits what is prepared, waits until `least` calls have completed, takes in all that
// have, and starts again what came back.
void RingEngine::enter(uint32_t least) {
  chain_ = 0;
  const int result = watched_ ? watched_submit(least) : queue_.submit(std::min(least, in_flight_));
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
  session_->results()[index].value = value;
  if (ring_op.effect == Effect::kOpens) {
    const int32_t out = calls_[index].out;
    if (ring_op.direct_out >= 0) {
      direct_open_[ring_op.direct_out] = value >= 0;
    } else if (value >= 0 && out >= 0) {
      session_->slots()[out] = value;
    }
  } else if (ring_op.effect == Effect::kCloses) {
    const int32_t fd = calls_[index].fd;
    if (ring_op.direct_fd >= 0) {
      direct_open_[ring_op.direct_fd] = 0;
    } else if (fd >= 0) {
      session_->slots()[fd] = -1;
    }
  }
  if (watched_) note_completed(index);
  done(index);
}

void RingEngine::release(uint32_t index) {
  for (const uint32_t* at = dependents_.begin(index); at != dependents_.end(index); at++) {
    const uint32_t next = *at;
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
  // Followers over a hard link have run after it: the order can't be had any more.
  if ((state_[index] & kLeads) && plan_.ops[index].link == IOSQE_IO_HARDLINK) return false;
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

}  // namespace ur
