#include "fuse_replies.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace ur {
namespace {

constexpr uint64_t kEarlyPart = 100;  // of the latency: 1 %

}  // namespace

uint64_t monotonic_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

Error FuseReplies::start() {
  // A timerfd is an hrtimer without slack (fs/timerfd.c); setting it wakes nobody, unlike a condition
  // variable.
  timer_ = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
  if (timer_ < 0) return {"UR_LATENCY_FS", "timerfd_create failed with " + errno_name(errno), "", errno};
  std::thread([this] { loop(); }).detach();
  return {};
}

void FuseReplies::send(const std::vector<char>& message) const {
  // ENOENT: the caller was interrupted and is no longer waiting. Anything else ends the reading threads too.
  const ssize_t written = write(device_, message.data(), message.size());
  (void)written;
}

void FuseReplies::send_later(uint64_t arrived_ns, std::vector<char> message) {
  const uint64_t deadline_ns = arrived_ns + latency_ns_;
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool earliest = waiting_.empty() || deadline_ns < waiting_.top().deadline_ns;
  waiting_.push({deadline_ns, 0, std::move(message)});
  if (earliest) arm(deadline_ns);
}

// This and arm(): with mutex_ held.
bool FuseReplies::crowded() const {
  return waiting_.size() > 1 && waiting_.size() * lead_.ns() > latency_ns_ / 2;
}

void FuseReplies::arm(uint64_t deadline_ns) {
  const uint64_t lead_ns = crowded() ? lead_.ns() / 2 : lead_.ns();
  armed_ns_ = std::max(deadline_ns - std::min(deadline_ns, lead_ns), monotonic_ns());
  itimerspec when = {};
  when.it_value.tv_sec = static_cast<time_t>(armed_ns_ / 1000000000u);
  when.it_value.tv_nsec = static_cast<long>(armed_ns_ % 1000000000u);
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
}

bool FuseReplies::wait() {
  uint64_t expirations = 0;
  if (read(timer_, &expirations, sizeof(expirations)) < 0) return errno == EINTR;
  const uint64_t now = monotonic_ns();
  const std::lock_guard<std::mutex> lock(mutex_);
  if (now >= armed_ns_) lead_.learn(now - armed_ns_);
  return true;
}

// Waits for the earliest deadline and takes the replies that are due; none where it is far away: the timer is
// armed then.
std::vector<FuseReplies::Waiting> FuseReplies::take_next() {
  std::vector<Waiting> due;
  for (;;) {
    uint64_t next_ns = 0;
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      const uint64_t now = monotonic_ns();
      const bool crowd = crowded();
      const uint64_t due_ns = crowd ? now + latency_ns_ / kEarlyPart : now;
      while (!waiting_.empty() && waiting_.top().deadline_ns <= due_ns) {
        due.push_back(std::move(const_cast<Waiting&>(waiting_.top())));
        waiting_.pop();
      }
      if (!due.empty() || waiting_.empty()) return due;
      next_ns = waiting_.top().deadline_ns;
      if (crowd || next_ns - now > lead_.ns()) {
        arm(next_ns);
        return due;
      }
    }
    // Without a pause instruction: a hypervisor may take the CPU from whoever pauses often. Nobody comes to
    // be earlier meanwhile, all wait equally long.
    while (monotonic_ns() < next_ns) {
    }
  }
}

void FuseReplies::loop() {
  while (wait()) {
    for (std::vector<Waiting> due = take_next(); !due.empty(); due = take_next()) {
      for (Waiting& reply : due) {
        reply.sent_ns = monotonic_ns();
        send(reply.message);
      }
      const std::lock_guard<std::mutex> lock(mutex_);
      for (const Waiting& reply : due) {
        served_.add(reply.sent_ns - (reply.deadline_ns - latency_ns_), latency_ns_);
      }
    }
  }
}

ServedLatency FuseReplies::take_served() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(served_, {});
}

}  // namespace ur
