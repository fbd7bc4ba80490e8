#include "plan.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "cached.h"

namespace ur {
namespace {

// A larger plan takes more than a moment to check.
constexpr uint64_t kPlanHurriedBytes = 4 << 20;
constexpr const char* kRemedy = "Compile it again: uring-replay compile LOG -o FILE";

Error bad(const std::string& what) {
  return {"UR_BAD_PLAN", "not a plan that can be used: " + what, kRemedy, 0};
}

Error check_header(const PlanHeader& header, size_t size) {
  const auto text = [](uint64_t value) { return std::to_string(value); };
  if (header.magic != kPlanMagic) return bad("it does not begin as a plan does");
  if (header.version != kPlanVersion)
    return bad("version " + text(header.version) + ", known is " + text(kPlanVersion));
  if (header.header_bytes != sizeof(PlanHeader) || header.record_bytes != sizeof(PlanRecord))
    return bad("records of " + text(header.record_bytes) + " bytes");
  if (header.record_count > kPlanRecordsMax) return bad(text(header.record_count) + " records");
  if (header.range_count > kPlanRangesMax) return bad(text(header.range_count) + " ranges");
  if (header.arena_bytes > kPlanArenaBytesMax) return bad(text(header.arena_bytes) + " bytes of paths");
  const uint64_t wanted = sizeof(PlanHeader) + uint64_t{header.record_count} * sizeof(PlanRecord) +
                          uint64_t{header.range_count} * sizeof(PlanRange) + header.arena_bytes;
  if (wanted != header.total_bytes || wanted != size)
    return bad("sections of " + text(wanted) + " bytes in a file of " + text(size));
  return {};
}

Error check_record(const Plan& plan, uint32_t index) {
  const PlanRecord& record = plan.records[index];
  const auto wrong = [&](const std::string& what) {
    return bad("record " + std::to_string(index) + ": " + what);
  };
  if (record.path >= plan.header->arena_bytes) return wrong("its path is outside of the paths");
  const char* path = plan.path(record);
  const uint64_t left = plan.header->arena_bytes - record.path;
  const size_t room = left < kPlanPathBytesMax + 1 ? left : kPlanPathBytesMax + 1;
  if (strnlen(path, room) == room) return wrong("its path has no end");
  if (path[0] != '/') return wrong("its path is not absolute");
  if ((record.flags & ~kPlanFlags) != 0) return wrong("unknown flags " + std::to_string(record.flags));
  if (record.type >= static_cast<uint16_t>(PlanType::kCount_))
    return wrong("unknown type " + std::to_string(record.type));
  if (record.range_start > plan.header->range_count ||
      record.range_count > plan.header->range_count - record.range_start)
    return wrong("its ranges are outside of the ranges");
  return {};
}

}  // namespace

Error plan_decode(const void* bytes, size_t size, Plan* plan) {
  if (size < sizeof(PlanHeader)) return bad(std::to_string(size) + " bytes");
  const char* start = static_cast<const char*>(bytes);
  plan->header = reinterpret_cast<const PlanHeader*>(start);
  Error error = check_header(*plan->header, size);
  if (!error.ok()) return error;
  plan->records = reinterpret_cast<const PlanRecord*>(start + sizeof(PlanHeader));
  plan->ranges = reinterpret_cast<const PlanRange*>(plan->records + plan->header->record_count);
  plan->arena = reinterpret_cast<const char*>(plan->ranges + plan->header->range_count);
  for (uint32_t i = 0; i < plan->size(); i++) {
    error = check_record(*plan, i);
    if (!error.ok()) return error;
  }
  for (uint32_t i = 0; i < plan->header->range_count; i++) {
    const PlanRange& range = plan->ranges[i];
    if (range.offset > INT64_MAX || range.bytes > INT64_MAX - range.offset)
      return bad("range " + std::to_string(i) + ": it ends beyond any file");
  }
  return {};
}

PlanFile::~PlanFile() {
  if (bytes_ != nullptr) munmap(bytes_, size_);
}

// Read rather than mapped: a file that is cut short meanwhile would be a SIGBUS.
Error PlanFile::open(const char* file, bool cached) {
  const auto fails = [&](const char* what) {
    return Error{"UR_NO_PLAN", std::string(file) + ": " + what, kRemedy, errno};
  };
  constexpr int kFlags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  const int fd = cached ? open_cached(file, kFlags) : ::open(file, kFlags);
  if (cached && fd < 0) errno = -fd;
  if (fd < 0) return fails(strerror(errno));
  struct stat found;
  Error error;
  if (fstat(fd, &found) != 0) {
    error = fails(strerror(errno));
  } else if (!S_ISREG(found.st_mode)) {
    error = fails("not a regular file");
  } else if (static_cast<uint64_t>(found.st_size) > kPlanBytesMax) {
    error = bad(std::to_string(found.st_size) + " bytes");
  } else if (cached && (static_cast<uint64_t>(found.st_size) > kPlanHurriedBytes ||
                        !has_pages(fd, static_cast<uint64_t>(found.st_size),
                                   {0, static_cast<uint64_t>(found.st_size)}))) {
    errno = EAGAIN;
    error = fails(strerror(errno));
  } else if (found.st_size > 0) {
    size_ = static_cast<size_t>(found.st_size);
    bytes_ = mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (bytes_ == MAP_FAILED) {
      bytes_ = nullptr;
      error = fails(strerror(errno));
    }
  }
  size_t filled = 0;
  while (error.ok() && filled < size_) {
    const ssize_t got = read(fd, static_cast<char*>(bytes_) + filled, size_ - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) error = fails(strerror(errno));
    if (got <= 0) break;
    filled += static_cast<size_t>(got);
  }
  close(fd);
  return error.ok() ? plan_decode(bytes_, filled, &plan_) : error;
}

}  // namespace ur
