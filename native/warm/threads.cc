// The crew of threads: each touches one record after the other and waits for the storage itself.
#include <pthread.h>
#include <unistd.h>

#include <cstring>
#include <string>

#include "crew.h"

namespace ur {
namespace {

constexpr size_t kStackBytes = 128 << 10;

class ThreadCrew final : public Crew {
 public:
  ThreadCrew(Toucher& toucher, Queue& queue, int wake) : toucher_(toucher), queue_(queue), wake_(wake) {}

  const char* name() const override { return "threads"; }
  unsigned width() const override { return width_; }
  void dismiss() override { dismissed_.store(true, std::memory_order_relaxed); }
  bool finished() const override { return width_ > 0 && working_.load() == 0; }
  uint64_t touched() const override { return touched_.load(std::memory_order_relaxed); }

  uint64_t longest_ns() const override {
    const uint64_t now = warm_now_ns();
    uint64_t longest = 0;
    for (unsigned i = 0; i < width_; i++) {
      const uint64_t since = since_[i].load(std::memory_order_relaxed);
      if (since != 0 && since < now && now - since > longest) longest = now - since;
    }
    return longest;
  }

  Error widen(unsigned width) override {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, kStackBytes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    int error = 0;
    while (error == 0 && width_ < width && width_ < kWidthMax) {
      seats_[width_] = {this, width_};
      working_++;
      pthread_t thread;
      error = pthread_create(&thread, &attributes, &ThreadCrew::work, &seats_[width_]);
      if (error == 0) {
        width_++;
      } else {
        working_--;
      }
    }
    pthread_attr_destroy(&attributes);
    if (width_ > 0 || error == 0) return {};  // fewer will do
    return {"UR_WARM", std::string("no thread can be started: ") + strerror(error),
            "Raise the limit of processes (ulimit -u).", error};
  }

 private:
  struct Seat {
    ThreadCrew* crew;
    unsigned index;
  };

  static void* work(void* argument) {
    const Seat& seat = *static_cast<Seat*>(argument);
    seat.crew->work_at(seat.index);
    return nullptr;
  }

  void work_at(unsigned index) {
    while (!dismissed_.load(std::memory_order_relaxed) && !toucher_.stopped()) {
      const PlanRecord* record = queue_.take();
      if (record == nullptr) break;
      since_[index].store(warm_now_ns(), std::memory_order_relaxed);
      toucher_.touch(*record);
      since_[index].store(0, std::memory_order_relaxed);
      touched_.fetch_add(1, std::memory_order_relaxed);
    }
    const uint64_t one = 1;
    if (--working_ == 0) (void)!write(wake_, &one, sizeof(one));
  }

  Toucher& toucher_;
  Queue& queue_;
  const int wake_;
  unsigned width_ = 0;
  std::atomic<bool> dismissed_{false};
  std::atomic<unsigned> working_{0};
  std::atomic<uint64_t> touched_{0};
  Seat seats_[kWidthMax];
  std::atomic<uint64_t> since_[kWidthMax] = {};
};

}  // namespace

std::unique_ptr<Crew> make_thread_crew(Toucher& toucher, Queue& queue, int wake) {
  return std::make_unique<ThreadCrew>(toucher, queue, wake);
}

}  // namespace ur
