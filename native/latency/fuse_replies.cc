#include "fuse_replies.h"

#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <thread>
#include <utility>

namespace ur {

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

void FuseReplies::send_at(uint64_t deadline_ns, uint64_t arrived_ns, std::vector<char> message) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const bool earliest = waiting_.empty() || deadline_ns < waiting_.top().deadline_ns;
  waiting_.push({deadline_ns, arrived_ns, std::move(message)});
  if (earliest) arm(deadline_ns);
}

void FuseReplies::arm(uint64_t deadline_ns) const {
  itimerspec when = {};
  when.it_value.tv_sec = static_cast<time_t>(deadline_ns / 1000000000u);
  when.it_value.tv_nsec = static_cast<long>(deadline_ns % 1000000000u);
  timerfd_settime(timer_, TFD_TIMER_ABSTIME, &when, nullptr);
}

std::vector<FuseReplies::Waiting> FuseReplies::take_due() {
  const uint64_t now = monotonic_ns();
  std::vector<Waiting> due;
  while (!waiting_.empty() && waiting_.top().deadline_ns <= now) {
    due.push_back(std::move(const_cast<Waiting&>(waiting_.top())));
    waiting_.pop();
  }
  return due;
}

void FuseReplies::loop() {
  for (;;) {
    uint64_t expirations = 0;
    if (read(timer_, &expirations, sizeof(expirations)) < 0 && errno != EINTR) return;
    for (;;) {
      std::vector<Waiting> due;
      {
        const std::lock_guard<std::mutex> lock(mutex_);
        due = take_due();
        if (due.empty()) {
          if (!waiting_.empty()) arm(waiting_.top().deadline_ns);
          break;
        }
      }
      for (const Waiting& reply : due) send(reply.message);
      const uint64_t now = monotonic_ns();
      const std::lock_guard<std::mutex> lock(mutex_);
      for (const Waiting& reply : due) {
        const uint64_t took_ns = now - reply.arrived_ns;
        served_.replies++;
        served_.total_ns += took_ns;
        served_.max_ns = std::max(served_.max_ns, took_ns);
      }
    }
  }
}

ServedLatency FuseReplies::take_served() {
  const std::lock_guard<std::mutex> lock(mutex_);
  return std::exchange(served_, {});
}

}  // namespace ur
