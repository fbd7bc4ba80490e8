#include "warm.h"

#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "crew.h"
#include "leader.h"
#include "plan.h"
#include "root.h"
#include "touch.h"

namespace ur {
namespace {

// Records looked at first, evenly spread: when all are in memory there is nothing to do.
constexpr uint32_t kSamples = 32;
constexpr unsigned kFirstWidth = 8;
constexpr unsigned kNarrow = 2;
// The command waits for the question whether a warming is needless no longer than for a call or two of a
// network file system, which is asked when a file is opened.
constexpr uint64_t kNeedlessNs = 1000000;

// Everything that the workers use: never destroyed, since they are never joined.
struct Work {
  PlanFile file;
  Root root;
  std::unique_ptr<Toucher> toucher;
  std::unique_ptr<Queue> queue;
  std::unique_ptr<Leader> leader;
  int wake = -1;
};

const char* stop_cause(const Toucher& toucher, const char* cause) {
  return cause == nullptr && toucher.out_of_bytes() ? "bytes" : cause;
}

class Warming {
 public:
  Warming(const WarmSettings& settings, int command_fd, uint64_t budget_ns)
      : settings_(settings),
        command_fd_(command_fd),
        work_(*new Work),
        started_ns_(warm_now_ns()),
        end_ns_(started_ns_ + budget_ns) {}

  WarmReport run() {
    WarmReport report;
    report.error = prepare(false);
    if (report.error.ok() && !all_cached(false)) report.error = work();
    report.json = describe(report.error);
    return report;
  }

  bool needless() { return prepare(true).ok() && all_cached(true); }

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

  // `hurried`: the first that is not in memory is answer enough.
  bool all_cached(bool hurried) {
    const Plan& plan = work_.file.plan();
    const uint32_t step = plan.size() / kSamples + 1;
    for (uint32_t i = 0; i < plan.size() && !work_.toucher->stopped(); i += step) {
      sampled_++;
      if (work_.toucher->is_cached(plan.records[i])) sampled_cached_++;
      if (hurried && sampled_cached_ < sampled_) break;
    }
    cached_ = sampled_ == sampled_cached_ && !work_.toucher->stopped();
    return cached_;
  }

  // Where most is in memory, the command needs the CPUs more.
  unsigned first_width() const { return 2 * sampled_cached_ > sampled_ ? kNarrow : kFirstWidth; }

  Error work() {
    work_.leader = std::make_unique<Leader>(*work_.toucher, *work_.queue, settings_, first_width(),
                                            work_.wake, command_fd_, end_ns_);
    const Error error = work_.leader->lead();
    if (work_.leader->stopped_by() != nullptr) {
      stop(work_.leader->stopped_by());
    } else if (work_.toucher->stopped() && work_.toucher->done().records < work_.file.plan().size()) {
      stop("budget");
    }
    return error;
  }

  void stop(const char* cause) {
    stopped_by_ = cause;
    work_.toucher->stop();
  }

  void describe_crew(JsonWriter& json) const;
  std::string describe(const Error& error) const;

  const WarmSettings& settings_;
  const int command_fd_;
  Work& work_;
  const uint64_t started_ns_;
  const uint64_t end_ns_;
  uint32_t sampled_ = 0;
  uint32_t sampled_cached_ = 0;
  bool cached_ = false;
  const char* stopped_by_ = nullptr;
};

void Warming::describe_crew(JsonWriter& json) const {
  const Leader* leader = work_.leader.get();
  const Crew* crew = leader != nullptr ? leader->chosen() : nullptr;
  const auto text = [&](const char* key, const char* value) {
    json.key(key);
    if (value != nullptr) {
      json.string(value);
    } else {
      json.null();
    }
  };
  text("engine", crew != nullptr ? crew->name() : nullptr);
  json.key("width").number(crew != nullptr ? crew->width() : 0);
  text("noRing", leader != nullptr && !leader->no_ring().empty() ? leader->no_ring().c_str() : nullptr);
  json.key("raced");
  if (leader != nullptr && leader->raced()) {
    json.open('{').key("threads").number(static_cast<int64_t>(leader->raced_threads()));
    json.key("ring").number(static_cast<int64_t>(leader->raced_ring())).close('}');
  } else {
    json.null();
  }
}

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
    describe_crew(json);
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
  return (*new Warming(settings, command_fd, settings.budget_ns)).run();
}

bool warm_is_needless(const WarmSettings& settings) {
  return (*new Warming(settings, -1, std::min(settings.budget_ns, kNeedlessNs))).needless();
}

}  // namespace ur
