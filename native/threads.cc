// The threads engine: the same plan, issued as plain calls by N threads. The replaying thread is one of them;
// the others are made in prepare(), share its descriptors and working directory, and sleep between passes.
//
//   asleep on the bell --rung--> looks for an op --found--> issues it --> done: rings for whom it lets start
//          ^                          |                                                |
//          +---- spun in vain --------+<-----------------------------------------------+
//
// Order trace: calls start in the order of the log; the next one waits for its dependencies, N are in flight
// at most. Order deps: any call whose dependencies are done. Whoever takes an op and sees another one rings
// for one or two more threads, so that waking takes the logarithm of their number and nobody wakes for
// nothing. A thread that finds nothing spins for a while where there is a CPU for each, and goes to sleep.
//
// Memory order: what an op left in slots and results is released by its done flag or by the counter of its
// dependents, and acquired by who finds it done. A sleeper counts itself, then looks again; a finisher leaves
// its mark, then looks for sleepers: sequential consistency keeps one of them from missing the other.
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>

#include <algorithm>
#include <atomic>
#include <system_error>
#include <thread>

#include "clock.h"
#include "schedule.h"
#include "session.h"

namespace ur {
namespace {

constexpr uint32_t kThreadsMax = 1024;
constexpr uint64_t kOwnScratchMax = 1u << 20;  // longer reads share one buffer
constexpr int kSpins = 2000;                   // some 20 to 80 us
constexpr int kSpinsCrowded = 50;              // fewer CPUs than threads
constexpr uint32_t kRungAtOnce = 2;
constexpr uint32_t kForWork = 1;  // bits of a futex's bitset
constexpr uint32_t kForEnd = 2;

uint32_t cpus() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) != 0) return 1;
  return static_cast<uint32_t>(CPU_COUNT(&set));
}

void pause_cpu() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#else
  __asm__ volatile("" ::: "memory");
#endif
}

// Which pointer among a call's arguments a thread replaces by its own.
enum class Own : uint8_t { kNothing, kStat, kStatx, kScratch };
struct OwnArgument {
  Own what;
  uint8_t index;
};

struct Worker {
  std::unique_ptr<Buffers> own;  // nullptr: the session's
  uint64_t scratch_bytes = 0;
  uint64_t syscalls = 0;
};

class ThreadsEngine final : public Engine {
 public:
  explicit ThreadsEngine(const EngineOptions& options) : options_(options) {}

  ~ThreadsEngine() override {
    quit_ = true;
    bell_.fetch_add(1);
    wake(INT_MAX, kForWork);
    for (std::thread& thread : threads_) thread.join();
  }

  Error prepare(Session& session) override {
    session_ = &session;
    program_ = &session.program();
    ops_ = session.op_count();
    deps_order_ = options_.order == Order::kDeps;
    const uint32_t count = options_.threads > 0 ? options_.threads : cpus();
    if (count > kThreadsMax) {
      return {"UR_LIMIT", std::to_string(count) + " threads, the limit is " + std::to_string(kThreadsMax),
              "use fewer threads", 0};
    }
    spins_ = count <= cpus() ? kSpins : kSpinsCrowded;
    done_ = std::make_unique<std::atomic<uint8_t>[]>(ops_);
    if (deps_order_) {
      dependents_ = Dependents(*program_);
      waiting_for_ = std::make_unique<std::atomic<uint32_t>[]>(ops_);
      startable_ = std::make_unique<std::atomic<uint32_t>[]>(ops_);
    }
    find_own_arguments();
    return start_threads(count);
  }

  void before_pass(Session&) override {
    for (uint32_t i = 0; i < ops_; i++) done_[i].store(0, std::memory_order_relaxed);
    for (Worker& worker : workers_) worker.syscalls = 0;
    left_ = ops_;
    head_ = tail_ = 0;
    if (!deps_order_) return;
    for (uint32_t i = 0; i < ops_; i++) startable_[i].store(kEmpty, std::memory_order_relaxed);
    for (uint32_t i = 0; i < ops_; i++) {
      waiting_for_[i].store(program_->ops[i].dep_count, std::memory_order_relaxed);
      if (program_->ops[i].dep_count == 0) startable_[tail_++].store(i, std::memory_order_relaxed);
    }
  }

  Error run(Session&) override {
    open_.store(true);
    while (true) {
      work(workers_[0]);
      if (over()) break;
      sleep(workers_[0], kForWork | kForEnd);
    }
    return {};
  }

  // Nobody may look at the next pass before it begins.
  void after_pass(Session&) override {
    open_.store(false);
    while (active_.load() > 0) sched_yield();
  }

  Error timeline(Session& session, TimelineReport* report) override {
    timeline_ = report;
    const Error error = run(session);
    while (active_.load() > 0) sched_yield();
    timeline_ = nullptr;
    return error;
  }

  Error count(Session& session, CountReport* report) override {
    for (uint32_t i = 0; i < ops_; i++) report->direct[code_name(program_->ops[i].code)]++;
    return run(session);
  }

  void describe(JsonWriter& json) const override {
    json.key("order").string(deps_order_ ? "deps" : "trace");
    json.key("threads").number(static_cast<int64_t>(workers_.size()));
    json.key("futexCalls").number(static_cast<int64_t>(futex_calls()));
  }

  uint64_t syscalls() const override { return ops_ + futex_calls(); }

 private:
  static constexpr uint32_t kEmpty = UINT32_MAX;

  uint64_t futex_calls() const {
    uint64_t calls = 0;
    for (const Worker& worker : workers_) calls += worker.syscalls;
    return calls;
  }

  // Pointers into the session's buffers, wherever make_call() has put them.
  void find_own_arguments() {
    Buffers& buffers = session_->buffers();
    own_arguments_.assign(ops_, {Own::kNothing, 0});
    const auto word = [](const void* pointer) { return reinterpret_cast<uint64_t>(pointer); };
    for (uint32_t i = 0; i < ops_; i++) {
      for (uint8_t k = 0; k < 6; k++) {
        const uint64_t value = session_->calls()[i].args[k];
        if (value == word(buffers.stat())) own_arguments_[i] = {Own::kStat, k};
        if (value == word(buffers.statx())) own_arguments_[i] = {Own::kStatx, k};
        if (value == word(buffers.scratch())) own_arguments_[i] = {Own::kScratch, k};
      }
    }
  }

  Error start_threads(uint32_t count) {
    workers_.resize(count);  // never moves again
    const uint64_t scratch = std::min(program_->header->io_bytes_max, kOwnScratchMax);
    for (uint32_t i = 1; i < count; i++) {
      workers_[i].own = std::make_unique<Buffers>(scratch, false);
      workers_[i].scratch_bytes = std::max<uint64_t>(scratch, 4096);
      try {
        threads_.emplace_back([this, i] { live(workers_[i]); });
      } catch (const std::system_error& error) {
        return {"UR_LIMIT",
                "thread " + std::to_string(i + 1) + " of " + std::to_string(count) +
                    " can't be started: " + error.what(),
                "use fewer threads, or raise the limit: ulimit -u", error.code().value()};
      }
    }
    return {};
  }

  void live(Worker& worker) {
    pthread_setname_np(pthread_self(), "uring-worker");
    while (!quit_) {
      active_.fetch_add(1);
      if (open_.load()) work(worker);
      active_.fetch_sub(1);
      sleep(worker, kForWork);
    }
  }

  // Until the pass is over, or there was nothing to do for a while.
  void work(Worker& worker) {
    uint32_t index;
    while (!over() && (take(&index) || search(&index))) {
      do {
        if (crowd_wanted() && takeable()) ring(worker, kRungAtOnce);
        if (timeline_ == nullptr) {
          carry_out(index, worker);
        } else {
          carry_out_timed(index, worker);
        }
      } while (finish(index, worker, &index));
    }
    // Who cancels does not ring.
    if (session_->cancelled()) ring_end(worker);
  }

  bool search(uint32_t* index) {
    searching_.fetch_add(1, std::memory_order_relaxed);
    bool found = false;
    for (int spins = 0; spins < spins_ && !over() && !(found = take(index)); spins++) pause_cpu();
    searching_.fetch_sub(1, std::memory_order_relaxed);
    return found;
  }

  // Somebody sleeps who could help, and nobody is looking for work already.
  bool crowd_wanted() const {
    return sleepers_.load(std::memory_order_relaxed) > 0 && searching_.load(std::memory_order_relaxed) == 0;
  }

  bool over() const { return left_.load(std::memory_order_acquire) == 0 || session_->cancelled(); }

  bool ready(uint32_t index) const {
    const Op& op = program_->ops[index];
    const uint32_t* deps = program_->edges + op.dep_start;
    for (uint32_t i = 0; i < op.dep_count; i++) {
      if (done_[deps[i]].load(std::memory_order_acquire) == 0) return false;
    }
    return true;
  }

  bool takeable() const {
    const uint32_t head = head_.load(std::memory_order_relaxed);
    if (deps_order_) return head < tail_.load(std::memory_order_relaxed);
    return head < ops_ && ready(head);
  }

  bool take(uint32_t* index) {
    uint32_t head = head_.load(std::memory_order_relaxed);
    while (deps_order_ ? head < tail_.load(std::memory_order_relaxed) : head < ops_ && ready(head)) {
      if (!head_.compare_exchange_weak(head, head + 1, std::memory_order_relaxed)) continue;
      *index = deps_order_ ? startable(head) : head;
      return true;
    }
    return false;
  }

  // Its place was taken before its number was written: that follows at once.
  uint32_t startable(uint32_t place) {
    uint32_t index;
    while ((index = startable_[place].load(std::memory_order_acquire)) == kEmpty) sched_yield();
    return index;
  }

  void carry_out(uint32_t index, Worker& worker) {
    const Call& call = session_->calls()[index];
    Result* result = &session_->results()[index];
    if (worker.own == nullptr) return issue(call, session_->slots(), session_->buffers(), result);
    const OwnArgument argument = own_arguments_[index];
    if (argument.what == Own::kNothing) return issue(call, session_->slots(), *worker.own, result);
    Call mine = call;
    const void* pointer = argument.what == Own::kStat    ? static_cast<const void*>(worker.own->stat())
                          : argument.what == Own::kStatx ? static_cast<const void*>(worker.own->statx())
                          : program_->ops[index].len <= worker.scratch_bytes ? worker.own->scratch()
                                                                             : session_->buffers().scratch();
    mine.args[argument.index] = reinterpret_cast<uint64_t>(pointer);
    issue(mine, session_->slots(), *worker.own, result);
  }

  void carry_out_timed(uint32_t index, Worker& worker) {
    timeline_->thread[index] = static_cast<uint16_t>(&worker - workers_.data());
    timeline_->begin_ns[index] = now_ns();
    carry_out(index, worker);
    timeline_->end_ns[index] = now_ns();
  }

  // Lets others start. True with `next` when this thread goes on with one of them itself.
  bool finish(uint32_t index, Worker& worker, uint32_t* next) {
    uint32_t released = 0;
    done_[index].store(1, std::memory_order_release);
    if (deps_order_) {
      for (const uint32_t* at = dependents_.begin(index); at != dependents_.end(index); at++) {
        if (waiting_for_[*at].fetch_sub(1, std::memory_order_acq_rel) > 1) continue;
        if (released++ == 0) {
          *next = *at;
        } else {
          startable_[tail_.fetch_add(1, std::memory_order_relaxed)].store(*at, std::memory_order_release);
        }
      }
    }
    if (left_.fetch_sub(1) == 1) {
      if (&worker != &workers_[0]) ring_end(worker);
      return false;
    }
    if (!threads_.empty() && !(deps_order_ && released < 2)) {
      std::atomic_thread_fence(std::memory_order_seq_cst);
      if (crowd_wanted() && takeable()) ring(worker, kRungAtOnce);
    }
    return released > 0 && !session_->cancelled();
  }

  // Sleeps until the bell rings for one of `bits`, unless there is something to do already.
  void sleep(Worker& worker, uint32_t bits) {
    const uint32_t seen = bell_.load();
    sleepers_.fetch_add(1);
    std::atomic_thread_fence(std::memory_order_seq_cst);
    const bool wanted = quit_ || (open_.load() && takeable()) || ((bits & kForEnd) && over());
    if (!wanted) {
      worker.syscalls++;
      raw_syscall(SYS_futex, bell_address(), FUTEX_WAIT_BITSET_PRIVATE, seen, 0, 0, bits);
    }
    sleepers_.fetch_sub(1);
  }

  void ring(Worker& worker, uint32_t threads) {
    worker.syscalls++;
    bell_.fetch_add(1);
    wake(static_cast<int>(threads), kForWork);
  }
  void ring_end(Worker& worker) {
    if (sleepers_.load() == 0) return;
    worker.syscalls++;
    bell_.fetch_add(1);
    wake(INT_MAX, kForEnd);
  }
  void wake(int threads, uint32_t bits) {
    raw_syscall(SYS_futex, bell_address(), FUTEX_WAKE_BITSET_PRIVATE, static_cast<uint64_t>(threads), 0, 0,
                bits);
  }
  uint64_t bell_address() const { return reinterpret_cast<uint64_t>(&bell_); }

  EngineOptions options_;
  Session* session_ = nullptr;
  const Program* program_ = nullptr;
  uint32_t ops_ = 0;
  bool deps_order_ = false;
  int spins_ = kSpins;
  std::vector<OwnArgument> own_arguments_;
  std::vector<Worker> workers_;  // [0] is the replaying thread
  std::vector<std::thread> threads_;
  Dependents dependents_;
  TimelineReport* timeline_ = nullptr;  // set and unset while no pass is open

  std::unique_ptr<std::atomic<uint8_t>[]> done_;
  std::unique_ptr<std::atomic<uint32_t>[]> waiting_for_;
  std::unique_ptr<std::atomic<uint32_t>[]> startable_;  // order deps: head_ to tail_
  alignas(64) std::atomic<uint32_t> head_{0};           // order trace: the next op of the log
  alignas(64) std::atomic<uint32_t> tail_{0};
  alignas(64) std::atomic<uint32_t> left_{0};
  alignas(64) std::atomic<uint32_t> bell_{0};
  alignas(64) std::atomic<uint32_t> sleepers_{0};
  std::atomic<uint32_t> searching_{0};
  std::atomic<uint32_t> active_{0};
  std::atomic<bool> open_{false};
  std::atomic<bool> quit_{false};
};

}  // namespace

std::unique_ptr<Engine> make_threads_engine(const EngineOptions& options) {
  return std::make_unique<ThreadsEngine>(options);
}

}  // namespace ur
