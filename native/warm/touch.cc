#include "touch.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <string>

#include "cached.h"
#include "image.h"

namespace ur {
namespace {

// readahead takes no more than the device's window per call (force_page_cache_ra() in mm/readahead.c), whose
// usual size this is; it does not wait.
constexpr uint64_t kFetchBytes = 128 << 10;
constexpr size_t kListBytes = 16 << 10;
constexpr int kInterpretersMax = 4;  // the kernel follows five (BINPRM_MAX_RECURSION is 4)

bool is_miss(int error) { return error == -ENOENT || error == -ENOTDIR; }

}  // namespace

uint64_t warm_now_ns() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000u + static_cast<uint64_t>(now.tv_nsec);
}

const char* skip_name(Skip skip) {
  constexpr const char* kNames[] = {"special", "permission", "failed", "bytes"};
  static_assert(sizeof(kNames) / sizeof(kNames[0]) == kSkips, "one name each");
  return kNames[static_cast<size_t>(skip)];
}

void Toucher::touch(const PlanRecord& record) {
  Found found;
  const int error = root_.find(plan_.path(record), (record.flags & kPlanNoFollow) == 0, false, &found);
  if (judge(record, error, found)) {
    opened(record, found, root_.reopen(found));
    close(found.fd);
  }
  count_record();
}

bool Toucher::is_cached(const PlanRecord& record) {
  Found found;
  const int error = root_.find(plan_.path(record), (record.flags & kPlanNoFollow) == 0, true, &found);
  // EINVAL: this kernel cannot look without waiting (RESOLVE_CACHED, Linux 5.12).
  if (error != 0) return error != -EAGAIN && error != -EINVAL;
  bool cached = true;
  // An open asks the server of a network file system: only for the pages of what holds some.
  if ((record.flags & kPlanOpen) != 0 && record.range_count > 0 && S_ISREG(found.mode) &&
      root_.readable(found)) {
    const int fd = root_.reopen(found);
    for (uint32_t i = 0; fd >= 0 && cached && i < record.range_count; i++)
      cached = has_pages(fd, found.size, plan_.ranges[record.range_start + i]);
    if (fd >= 0) close(fd);
  }
  close(found.fd);
  return cached;
}

bool Toucher::looked_up(const PlanRecord& record, int fd, Found* found) {
  const int error = fd < 0 ? fd : root_.inspect(fd, false, found);
  return judge(record, error, *found);
}

// True: it is to be opened. Otherwise its descriptor is closed.
bool Toucher::judge(const PlanRecord& record, int error, const Found& found) {
  if (error != 0) {
    if (is_miss(error)) {
      done_.misses.fetch_add(1, std::memory_order_relaxed);
    } else {
      fail(error);
    }
    return false;
  }
  done_.lookups.fetch_add(1, std::memory_order_relaxed);
  if ((record.flags & kPlanReadlink) != 0) read_link(record, found);
  const bool wanted = (record.flags & (kPlanOpen | kPlanList | kPlanExecute)) != 0 && !stopped();
  const bool opens = wanted && root_.readable(found);
  if (wanted && !opens) skip(Skip::kSpecial);
  if (!opens) close(found.fd);
  return opens;
}

void Toucher::read_link(const PlanRecord& record, const Found& found) {
  Found link = found;
  if ((record.flags & kPlanNoFollow) == 0 && root_.find(plan_.path(record), false, false, &link) != 0) return;
  char target[kPlanPathBytesMax + 1];
  if (S_ISLNK(link.mode) && readlinkat(link.fd, "", target, sizeof(target)) >= 0)
    done_.links.fetch_add(1, std::memory_order_relaxed);
  if (link.fd != found.fd) close(link.fd);
}

void Toucher::opened(const PlanRecord& record, const Found& found, int fd, int depth) {
  if (fd < 0) return fail(fd);
  done_.files.fetch_add(1, std::memory_order_relaxed);
  if (S_ISDIR(found.mode)) {
    if ((record.flags & kPlanList) != 0) list(fd);
  } else {
    for (uint32_t i = 0; i < record.range_count && (record.flags & kPlanOpen) != 0; i++)
      fetch(fd, found.size, plan_.ranges[record.range_start + i]);
    if ((record.flags & kPlanExecute) != 0) execute(fd, found.size, depth);
  }
  close(fd);
}

void Toucher::list(int fd) {
  alignas(8) char entries[kListBytes];
  while (!stopped()) {
    const long got = syscall(SYS_getdents64, fd, entries, sizeof(entries));
    if (got < 0) return fail(-errno);
    if (got == 0) break;
    if (take_bytes(static_cast<uint64_t>(got)) == 0) return;
  }
  done_.listings.fetch_add(1, std::memory_order_relaxed);
}

void Toucher::execute(int fd, uint64_t size, int depth) {
  if (size == 0 || take_bytes(std::min(size, kImageBytesMax)) == 0) return;
  const Image image = read_image(fd);
  for (const PlanRange& range : image.ranges) fetch(fd, size, range);
  if (image.interpreter.empty() || depth == kInterpretersMax || stopped()) return;
  Found found;
  const int error = root_.find(image.interpreter.c_str(), true, false, &found);
  PlanRecord record = {};
  record.flags = kPlanExecute;
  if (!judge(record, error, found)) return;
  opened(record, found, root_.reopen(found), depth + 1);
  close(found.fd);
}

void Toucher::fetch(int fd, uint64_t size, const PlanRange& range) {
  if (range.offset >= size) return;
  uint64_t left = range.bytes < size - range.offset ? range.bytes : size - range.offset;
  uint64_t at = range.offset;
  const uint64_t start = at;
  while (left > 0 && !stopped()) {
    const uint64_t step = take_bytes(left < kFetchBytes ? left : kFetchBytes);
    if (step == 0) break;
    posix_fadvise(fd, static_cast<off_t>(at), static_cast<off_t>(step), POSIX_FADV_WILLNEED);
    done_.bytes.fetch_add(step, std::memory_order_relaxed);
    at += step;
    left -= step;
  }
  // A byte of each end of what was asked for: a read waits for its page, and loads it where the advice was
  // not taken.
  char byte;
  for (uint64_t seen = start; settle_ && seen < at && !stopped(); seen += kFetchBytes) {
    const uint64_t last = (seen + kFetchBytes < at ? seen + kFetchBytes : at) - 1;
    if (pread(fd, &byte, 1, static_cast<off_t>(seen)) < 0 ||
        pread(fd, &byte, 1, static_cast<off_t>(last)) < 0)
      return fail(-errno);
  }
}

// At most `wanted`; 0 and a skip when none are left.
uint64_t Toucher::take_bytes(uint64_t wanted) {
  const int64_t before = bytes_left_.fetch_sub(static_cast<int64_t>(wanted), std::memory_order_relaxed);
  if (before >= static_cast<int64_t>(wanted)) return wanted;
  const uint64_t granted = before > 0 ? static_cast<uint64_t>(before) : 0;
  bytes_left_.fetch_add(static_cast<int64_t>(wanted - granted), std::memory_order_relaxed);
  if (granted == 0) skip(Skip::kBytes);
  return granted;
}

void Toucher::fail(int error) {
  skip(error == -EACCES || error == -EPERM ? Skip::kPermission : Skip::kFailed);
}

}  // namespace ur
