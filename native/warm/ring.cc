// The crew of a ring: one thread keeps `width` lookups and opens in flight, which io-wq carries out. What has
// no opcode, and what waits (listings, programs, pages that have to be there), is done by a few helpers. The
// way of a record:
//
//   take -> OPENAT2 (O_PATH) --nothing to open--> done
//                            -> OPENAT (/proc/self/fd/N) --only advice for its pages--> done
//                                                        -> a helper -> done, told through the bell
//
// The bell is an eventfd that the ring itself reads: helpers and the crew's leader wake the thread with it.
#include <fcntl.h>
#include <liburing.h>
#include <linux/openat2.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <cstdio>
#include <cstring>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "../ring_queue.h"
#include "crew.h"

namespace ur {
namespace {

constexpr unsigned kHelpers = 8;
constexpr uint64_t kBell = UINT64_MAX;

class RingCrew final : public Crew {
 public:
  RingCrew(Toucher& toucher, Queue& queue, int wake) : toucher_(toucher), queue_(queue), wake_(wake) {}

  const char* name() const override { return "ring"; }
  unsigned width() const override { return target_; }
  bool finished() const override { return finished_; }
  uint64_t touched() const override { return touched_.load(std::memory_order_relaxed); }

  void dismiss() override {
    dismissed_ = true;
    ring_bell();
  }

  uint64_t longest_ns() const override {
    const uint64_t now = warm_now_ns();
    uint64_t longest = 0;
    for (const Slot& slot : slots_) {
      const uint64_t since = slot.since.load(std::memory_order_relaxed);
      if (since != 0 && since < now && now - since > longest) longest = now - since;
    }
    return longest;
  }

  Error widen(unsigned width) override {
    if (target_ == 0) {
      const int error = io_uring_queue_init(kWidthMax, &ring_, IORING_SETUP_CLAMP);
      if (error < 0) return no_uring_error(-error);
      bell_ = eventfd(0, EFD_CLOEXEC);
      target_ = width;
      try {
        std::thread([this] { work(); }).detach();
      } catch (const std::system_error& failure) {
        target_ = 0;
        return {"UR_WARM", std::string("no thread can be started: ") + failure.what(), "", EAGAIN};
      }
    }
    target_ = width < kWidthMax ? width : kWidthMax;
    ring_bell();
    return {};
  }

 private:
  enum class State { kFree, kFinding, kOpening };
  struct Slot {
    const PlanRecord* record = nullptr;
    State state = State::kFree;
    Found found;
    open_how how = {};
    int flags = 0;
    char name[16] = {};
    int fd = -1;
    std::atomic<uint64_t> since{0};
  };

  void ring_bell() const {
    const uint64_t one = 1;
    (void)!write(bell_, &one, sizeof(one));
  }

  void work() {
    for (unsigned i = kWidthMax; i-- > 0;) free_.push_back(i);
    listen();
    for (;;) {
      limit_workers();
      begin_records();
      if (in_hand_ == 0) break;
      const int submitted = io_uring_submit_and_wait(&ring_, 1);
      if (submitted < 0 && submitted != -EINTR && submitted != -EAGAIN && submitted != -EBUSY) break;
      io_uring_cqe* cqe = nullptr;
      while (io_uring_peek_cqe(&ring_, &cqe) == 0) {
        const uint64_t data = cqe->user_data;
        const int result = cqe->res;
        io_uring_cqe_seen(&ring_, cqe);
        if (data == kBell) {
          collect();
          listen();
        } else {
          answer(static_cast<unsigned>(data), result);
        }
      }
    }
    finished_ = true;
    const uint64_t one = 1;
    (void)!write(wake_, &one, sizeof(one));
  }

  void listen() {
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) return;
    io_uring_prep_read(entry, bell_, &rung_, sizeof(rung_), 0);
    entry->user_data = kBell;
  }

  // io-wq belongs to the thread that submits, which therefore sets its limit.
  void limit_workers() {
    const unsigned width = target_;
    if (width == limit_) return;
    limit_ = width;
    unsigned limits[2] = {width, width};
    io_uring_register_iowq_max_workers(&ring_, limits);
  }

  void begin_records() {
    while (in_hand_ < target_ && !dismissed_ && !toucher_.stopped() && io_uring_sq_space_left(&ring_) > 1) {
      const PlanRecord* record = queue_.take();
      if (record == nullptr) return;
      const unsigned index = free_.back();
      free_.pop_back();
      in_hand_++;
      Slot& slot = slots_[index];
      slot.record = record;
      slot.state = State::kFinding;
      slot.since = warm_now_ns();
      slot.how = {};
      slot.how.flags = Root::flags((record->flags & kPlanNoFollow) == 0);
      slot.how.resolve = Root::resolve(false);
      io_uring_sqe* entry = io_uring_get_sqe(&ring_);
      io_uring_prep_openat2(entry, toucher_.root().directory(), toucher_.plan().path(*record), &slot.how);
      entry->user_data = index;
    }
  }

  void answer(unsigned index, int result) {
    Slot& slot = slots_[index];
    if (slot.state == State::kFinding) {
      if (!toucher_.looked_up(*slot.record, result, &slot.found)) return finish(index);
      slot.flags = toucher_.root().reopen_flags(slot.found);
      return reopen(index);
    }
    if (result == -EPERM && (slot.flags & O_NOATIME) != 0) {
      slot.flags &= ~O_NOATIME;
      return reopen(index);
    }
    slot.fd = result;
    if (result >= 0 && toucher_.waits(*slot.record)) return delegate(index);
    complete(index);
    finish(index);
  }

  void reopen(unsigned index) {
    Slot& slot = slots_[index];
    slot.state = State::kOpening;
    snprintf(slot.name, sizeof(slot.name), "%d", slot.found.fd);
    io_uring_sqe* entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr && io_uring_submit(&ring_) >= 0) entry = io_uring_get_sqe(&ring_);
    if (entry == nullptr) {
      slot.fd = toucher_.root().reopen(slot.found);
      complete(index);
      return finish(index);
    }
    io_uring_prep_openat(entry, toucher_.root().descriptors(), slot.name, slot.flags, 0);
    entry->user_data = index;
  }

  void complete(unsigned index) {
    Slot& slot = slots_[index];
    toucher_.opened(*slot.record, slot.found, slot.fd);
    close(slot.found.fd);
  }

  void finish(unsigned index) {
    slots_[index].since = 0;
    slots_[index].state = State::kFree;
    free_.push_back(index);
    in_hand_--;
    toucher_.count_record();
    touched_.fetch_add(1, std::memory_order_relaxed);
  }

  void delegate(unsigned index) {
    const std::lock_guard<std::mutex> lock(mutex_);
    waiting_.push_back(index);
    if (helpers_ < kHelpers && waiting_.size() > idle_) {
      try {
        std::thread([this] { help(); }).detach();
        helpers_++;
      } catch (const std::system_error&) {
        if (helpers_ == 0) {  // then this thread has to do it
          waiting_.pop_back();
          complete(index);
          finish(index);
          return;
        }
      }
    }
    work_.notify_one();
  }

  void help() {
    for (;;) {
      unsigned index = 0;
      {
        std::unique_lock<std::mutex> lock(mutex_);
        idle_++;
        work_.wait(lock, [this] { return !waiting_.empty(); });
        idle_--;
        index = waiting_.front();
        waiting_.pop_front();
      }
      complete(index);
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        helped_.push_back(index);
      }
      ring_bell();
    }
  }

  // What helpers have finished.
  void collect() {
    std::vector<unsigned> done;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      done.swap(helped_);
    }
    for (const unsigned index : done) finish(index);
  }

  Toucher& toucher_;
  Queue& queue_;
  const int wake_;
  int bell_ = -1;
  uint64_t rung_ = 0;
  io_uring ring_ = {};
  std::atomic<unsigned> target_{0};
  std::atomic<bool> dismissed_{false};
  std::atomic<bool> finished_{false};
  std::atomic<uint64_t> touched_{0};
  unsigned limit_ = 0;
  unsigned in_hand_ = 0;
  Slot slots_[kWidthMax];
  std::vector<unsigned> free_;

  std::mutex mutex_;
  std::condition_variable work_;
  std::deque<unsigned> waiting_;
  std::vector<unsigned> helped_;
  unsigned helpers_ = 0;
  unsigned idle_ = 0;
};

}  // namespace

std::unique_ptr<Crew> make_ring_crew(Toucher& toucher, Queue& queue, int wake) {
  return std::make_unique<RingCrew>(toucher, queue, wake);
}

}  // namespace ur
