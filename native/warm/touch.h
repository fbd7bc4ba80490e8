// Touches what a plan names, so that its dentries, inodes and pages are in memory. In the way of one record:
//
//   find (O_PATH) -> readlink
//                 -> a file or directory? -> open -> list | program image | ranges to the page cache
//
// Only reads, and within limits that all workers share: bytes, and a moment at which everything stops.
#pragma once

#include <atomic>
#include <cstdint>

#include "plan.h"
#include "root.h"

namespace ur {

// CLOCK_MONOTONIC.
uint64_t warm_now_ns();

// Why something of the plan was not touched. Names by skip_name().
enum class Skip { kSpecial, kPermission, kFailed, kBytes, kCount_ };
constexpr size_t kSkips = static_cast<size_t>(Skip::kCount_);
const char* skip_name(Skip skip);

struct Touched {
  std::atomic<uint64_t> records{0};
  std::atomic<uint64_t> lookups{0};  // names found
  std::atomic<uint64_t> misses{0};   // names that are not there
  std::atomic<uint64_t> files{0};    // opened
  std::atomic<uint64_t> bytes{0};    // of files, asked into the page cache
  std::atomic<uint64_t> listings{0};
  std::atomic<uint64_t> links{0};
  std::atomic<uint64_t> skipped[kSkips] = {};
};

class Toucher {
 public:
  // `end_ns`: when everything stops. `settle`: wait until the pages are there.
  Toucher(const Plan& plan, Root& root, uint64_t bytes_max, uint64_t end_ns, bool settle)
      : plan_(plan),
        root_(root),
        bytes_left_(static_cast<int64_t>(bytes_max)),
        end_ns_(end_ns),
        settle_(settle) {}

  // Everything about one record, waiting for the storage.
  void touch(const PlanRecord& record);
  // Whether all of it is in memory already; never waits for the storage where the kernel can tell.
  bool is_cached(const PlanRecord& record);

  // From any thread: touches nothing more.
  void stop() { stopped_.store(true, std::memory_order_relaxed); }
  bool stopped() const { return stopped_.load(std::memory_order_relaxed) || warm_now_ns() >= end_ns_; }
  bool out_of_bytes() const { return bytes_left_.load(std::memory_order_relaxed) <= 0; }

  // For engines that issue the lookups and opens themselves.
  // A lookup is answered: `fd` is its descriptor or -errno. True: `found` is to be opened, and then closed.
  bool looked_up(const PlanRecord& record, int fd, Found* found);
  // `fd`: what reopening gave, or -errno. Closes it.
  void opened(const PlanRecord& record, const Found& found, int fd, int depth = 0);

  // Whether opened() waits for the storage.
  bool waits(const PlanRecord& record) const {
    return (record.flags & (kPlanList | kPlanExecute)) != 0 || (settle_ && record.range_count > 0);
  }

  const Plan& plan() const { return plan_; }
  Root& root() { return root_; }
  const Touched& done() const { return done_; }
  void count_record() { done_.records.fetch_add(1, std::memory_order_relaxed); }

 private:
  bool judge(const PlanRecord& record, int error, const Found& found);
  void read_link(const PlanRecord& record, const Found& found);
  void list(int fd);
  void execute(int fd, uint64_t size, int depth);
  void fetch(int fd, uint64_t size, const PlanRange& range);
  uint64_t take_bytes(uint64_t wanted);
  void skip(Skip why) { done_.skipped[static_cast<size_t>(why)].fetch_add(1, std::memory_order_relaxed); }
  void fail(int error);

  const Plan& plan_;
  Root& root_;
  std::atomic<int64_t> bytes_left_;
  const uint64_t end_ns_;
  const bool settle_;
  std::atomic<bool> stopped_{false};
  Touched done_;
};

}  // namespace ur
