#include "warm.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "crew.h"
#include "plan.h"
#include "root.h"
#include "touch.h"

namespace ur {
namespace {

// Records looked at first, evenly spread: when all are in memory there is nothing to do.
constexpr uint32_t kSamples = 32;
constexpr unsigned kFirstWidth = 8;
constexpr unsigned kWidestByItself = 128;
constexpr uint64_t kOtherDescriptors = 16;
// In hand for so long, a record waits for a storage rather than for a CPU.
constexpr uint64_t kSlowNs = 150000;
constexpr int64_t kWatchNs = 200000;

// Everything that the workers use: never destroyed, since they are never joined.
struct Work {
  PlanFile file;
  Root root;
  std::unique_ptr<Toucher> toucher;
  std::unique_ptr<Queue> queue;
  std::unique_ptr<Crew> crew;
  int wake = -1;
};

const char* stop_cause(const Toucher& toucher, const char* cause) {
  return cause == nullptr && toucher.out_of_bytes() ? "bytes" : cause;
}

class Warming {
 public:
  Warming(const WarmSettings& settings, int command_fd)
      : settings_(settings), command_fd_(command_fd), work_(*new Work), started_ns_(warm_now_ns()) {}

  WarmReport run() {
    WarmReport report;
    report.error = prepare(false);
    if (report.error.ok() && !all_cached()) report.error = work();
    report.json = describe(report.error);
    return report;
  }

  bool needless() { return prepare(true).ok() && all_cached(); }

 private:
  Error prepare(bool cached) {
    Error error = work_.file.open(settings_.plan, cached);
    if (error.ok()) error = work_.root.open(settings_.root);
    if (!error.ok()) return error;
    work_.wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (work_.wake < 0) return {"UR_WARM", std::string("eventfd: ") + strerror(errno), "", errno};
    const bool settle = command_fd_ < 0;
    work_.toucher =
        std::make_unique<Toucher>(work_.file.plan(), work_.root, settings_.bytes_max, end_ns_, settle);
    work_.queue = std::make_unique<Queue>(work_.file.plan());
    return {};
  }

  bool all_cached() {
    const Plan& plan = work_.file.plan();
    const uint32_t step = plan.size() / kSamples + 1;
    for (uint32_t i = 0; i < plan.size() && !work_.toucher->stopped(); i += step) {
      sampled_++;
      if (work_.toucher->is_cached(plan.records[i])) sampled_cached_++;
    }
    cached_ = sampled_ == sampled_cached_ && !work_.toucher->stopped();
    return cached_;
  }

  // Each record in hand needs up to three descriptors.
  void fit_to_descriptors() {
    rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    const uint64_t room = limit.rlim_max > kOtherDescriptors ? (limit.rlim_max - kOtherDescriptors) / 3 : 0;
    if (room < widest_) widest_ = room > 0 ? static_cast<unsigned>(room) : 1;
  }

  Error work() {
    fit_to_descriptors();
    work_.crew = make_thread_crew(*work_.toucher, *work_.queue, work_.wake);
    Error error = work_.crew->widen(settings_.width > 0 || widest_ < kFirstWidth ? widest_ : kFirstWidth);
    if (error.ok()) watch();
    return error;
  }

  // Widens while records wait for the storage, and sees to it that everything stops in time.
  void watch() {
    while (!work_.crew->finished()) {
      const uint64_t now = warm_now_ns();
      if (now >= end_ns_) break;
      const bool growing = work_.crew->width() < widest_;
      const int64_t wait = growing && kWatchNs < static_cast<int64_t>(end_ns_ - now)
                               ? kWatchNs
                               : static_cast<int64_t>(end_ns_ - now);
      const timespec timeout = {static_cast<time_t>(wait / 1000000000), static_cast<long>(wait % 1000000000)};
      pollfd watched[2] = {{work_.wake, POLLIN, 0}, {command_fd_, POLLIN, 0}};
      if (ppoll(watched, 2, &timeout, nullptr) < 0 && errno != EINTR) return stop("failed");
      if ((watched[1].revents & (POLLIN | POLLHUP | POLLERR | POLLNVAL)) != 0) return stop("command");
      if (growing && work_.crew->longest_ns() > kSlowNs)
        work_.crew->widen(work_.crew->width() * 4 < widest_ ? work_.crew->width() * 4 : widest_);
    }
    if (work_.toucher->stopped() && work_.toucher->done().records < work_.file.plan().size()) stop("budget");
  }

  void stop(const char* cause) {
    stopped_by_ = cause;
    work_.toucher->stop();
  }

  std::string describe(const Error& error) const;

  const WarmSettings& settings_;
  const int command_fd_;
  Work& work_;
  const uint64_t started_ns_;
  const uint64_t end_ns_ = started_ns_ + settings_.budget_ns;
  unsigned widest_ = settings_.width > 0 ? settings_.width : kWidestByItself;
  uint32_t sampled_ = 0;
  uint32_t sampled_cached_ = 0;
  bool cached_ = false;
  const char* stopped_by_ = nullptr;
};

std::string Warming::describe(const Error& error) const {
  const uint64_t wall_ns = warm_now_ns() - started_ns_;
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  const auto ns = [](const timeval& t) { return int64_t{t.tv_sec} * 1000000000 + int64_t{t.tv_usec} * 1000; };
  const auto number = [](uint64_t value) { return static_cast<int64_t>(value); };
  JsonWriter json;
  json.open('{').key("schema").string("uring-replay/warm@1");
  json.key("error");
  if (error.ok()) {
    json.null();
  } else {
    json.open('{').key("code").string(error.code).key("message").string(error.message);
    json.key("remedy").string(error.remedy).close('}');
  }
  json.key("wallNs").number(number(wall_ns)).key("cpuNs").number(ns(usage.ru_utime) + ns(usage.ru_stime));
  json.key("sampled").number(sampled_).key("sampledCached").number(sampled_cached_);
  json.key("cached").boolean(cached_);
  if (work_.toucher != nullptr) {
    const Touched& done = work_.toucher->done();
    json.key("engine");
    if (work_.crew != nullptr) {
      json.string(work_.crew->name());
    } else {
      json.null();
    }
    json.key("width").number(work_.crew != nullptr ? work_.crew->width() : 0);
    json.key("records").number(work_.file.plan().size()).key("touched").number(number(done.records));
    json.key("lookups").number(number(done.lookups)).key("misses").number(number(done.misses));
    json.key("files").number(number(done.files)).key("bytes").number(number(done.bytes));
    json.key("listings").number(number(done.listings)).key("links").number(number(done.links));
    json.key("skipped").open('{');
    for (size_t i = 0; i < kSkips; i++)
      json.key(skip_name(static_cast<Skip>(i))).number(number(done.skipped[i]));
    json.close('}');
    json.key("stoppedBy");
    const char* cause = stop_cause(*work_.toucher, stopped_by_);
    if (cause != nullptr) {
      json.string(cause);
    } else {
      json.null();
    }
  }
  return json.close('}').text();
}

}  // namespace

WarmReport warm(const WarmSettings& settings, int command_fd) {
  // Not destroyed either, see Work.
  return (*new Warming(settings, command_fd)).run();
}

bool warm_is_needless(const WarmSettings& settings) { return (*new Warming(settings, -1)).needless(); }

}  // namespace ur
