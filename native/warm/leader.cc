#include "leader.h"

#include <poll.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace ur {
namespace {

constexpr unsigned kWidestByItself = 64;
// In hand for so long, a record waits for a storage rather than for a CPU.
constexpr uint64_t kSlowNs = 150000;
constexpr uint64_t kWatchNs = 200000;
// Touched by both together before the race is decided.
constexpr uint64_t kRaceRecords = 48;
constexpr uint64_t kOtherDescriptors = 16;

// As many records at once as there are descriptors for: each in hand needs up to three.
unsigned fitting(unsigned width) {
  rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return width;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
  const uint64_t room = limit.rlim_max > kOtherDescriptors ? (limit.rlim_max - kOtherDescriptors) / 3 : 0;
  return std::max(1u, static_cast<unsigned>(std::min<uint64_t>(room, width)));
}

}  // namespace

Leader::Leader(Toucher& toucher, Queue& queue, const WarmSettings& settings, unsigned first_width, int wake,
               int command_fd, uint64_t end_ns)
    : toucher_(toucher),
      queue_(queue),
      settings_(settings),
      wake_(wake),
      command_fd_(command_fd),
      end_ns_(end_ns),
      first_width_(first_width),
      widest_(fitting(settings.width > 0 ? settings.width : kWidestByItself)) {}

Error Leader::lead() {
  const Error error = begin();
  if (!error.ok()) return error;
  while (!finished() && wait()) see_to_width();
  return {};
}

Error Leader::begin() {
  const unsigned width = settings_.width > 0 ? widest_ : std::min(widest_, first_width_);
  if (!may_race() || settings_.width == 0) return begin_alone(width);
  const Error error = begin_alone(width / 2);
  if (error.ok()) race();
  return error;
}

// A short plan is done before a race could be decided.
bool Leader::may_race() const {
  return settings_.engine == WarmEngine::kAuto && widest_ > 1 && toucher_.plan().size() >= 2 * kRaceRecords;
}

Error Leader::begin_alone(unsigned width) {
  if (settings_.engine == WarmEngine::kRing) {
    ring_ = make_ring_crew(toucher_, queue_, wake_);
    const Error error = ring_->widen(width);
    if (error.ok()) {
      chosen_ = ring_.get();
      return {};
    }
    no_ring_ = error.message;
  }
  threads_ = make_thread_crew(toucher_, queue_, wake_);
  chosen_ = threads_.get();
  return threads_->widen(width);
}

void Leader::race() {
  if (ring_ == nullptr) ring_ = make_ring_crew(toucher_, queue_, wake_);
  const Error error = ring_->widen(widest_ - widest_ / 2);
  if (error.ok()) {
    racing_ = true;
    threads_->widen(widest_ / 2);
  } else {
    no_ring_ = error.message;
    threads_->widen(widest_);
  }
}

void Leader::decide() {
  raced_threads_ = threads_->touched();
  raced_ring_ = ring_->touched();
  if (raced_threads_ + raced_ring_ < kRaceRecords) return;
  racing_ = false;
  decided_ = true;
  Crew* other = threads_.get();
  chosen_ = ring_.get();
  if (raced_threads_ >= raced_ring_) std::swap(chosen_, other);
  other->dismiss();
  chosen_->widen(widest_);
}

void Leader::see_to_width() {
  if (racing_) return decide();
  if (decided_ || chosen_->width() >= widest_ || !slow()) return;
  if (may_race() && no_ring_.empty()) return race();
  chosen_->widen(widest_);
}

// False: it is over.
bool Leader::wait() {
  const uint64_t now = warm_now_ns();
  if (now >= end_ns_) return false;
  const bool settled = !racing_ && (decided_ || chosen_->width() >= widest_);
  const uint64_t left = settled ? end_ns_ - now : std::min(end_ns_ - now, kWatchNs);
  const timespec timeout = {static_cast<time_t>(left / 1000000000), static_cast<long>(left % 1000000000)};
  pollfd watched[2] = {{wake_, POLLIN, 0}, {command_fd_, POLLIN, 0}};
  if (ppoll(watched, 2, &timeout, nullptr) < 0 && errno != EINTR) {
    stopped_by_ = "failed";
    return false;
  }
  if (watched[1].revents != 0) stopped_by_ = "command";
  uint64_t woken = 0;
  if (watched[0].revents != 0) (void)!read(wake_, &woken, sizeof(woken));
  return stopped_by_ == nullptr;
}

bool Leader::finished() const {
  const auto done = [](const std::unique_ptr<Crew>& crew) {
    return crew == nullptr || crew->width() == 0 || crew->finished();
  };
  return done(threads_) && done(ring_);
}

bool Leader::slow() const { return chosen_->longest_ns() > kSlowNs; }

}  // namespace ur
