// The plan of a warming (start.plan): which paths to look up, open, list and read, in the order in which the
// program needs them, and what was recorded about each. One flat little-endian buffer, made by
// replay/warm/encode.ts:
//
//   PlanHeader | PlanRecord[] | PlanRange[] | arena (NUL-terminated paths)
//
// It may come from anybody: plan_decode() checks every count, index and length before anything is used.
#pragma once

#include <cstddef>
#include <cstdint>

#include "error.h"

namespace ur {

constexpr uint32_t kPlanMagic = 0x31575255;  // "URW1"
constexpr uint32_t kPlanVersion = 1;
constexpr uint32_t kPlanRecordsMax = 4u << 20;
constexpr uint32_t kPlanRangesMax = 16u << 20;
constexpr uint64_t kPlanArenaBytesMax = 1ull << 30;
constexpr uint64_t kPlanBytesMax = 2ull << 30;
constexpr size_t kPlanPathBytesMax = 4095;  // PATH_MAX without the NUL

struct PlanHeader {
  uint32_t magic;
  uint32_t version;
  uint32_t header_bytes;
  uint32_t record_bytes;
  uint32_t record_count;
  uint32_t range_count;
  uint64_t arena_bytes;
  uint64_t total_bytes;
};
static_assert(sizeof(PlanHeader) == 40, "part of the format");

// What to do with a path besides looking it up.
constexpr uint16_t kPlanNoFollow = 1;  // a final symlink is not followed
constexpr uint16_t kPlanOpen = 2;      // open it for reading; its ranges are read
constexpr uint16_t kPlanList = 4;      // list the directory
constexpr uint16_t kPlanReadlink = 8;  // read the link that stands there
constexpr uint16_t kPlanExecute = 16;  // what execve reads: the loadable segments, and the interpreter's
constexpr uint16_t kPlanFlags = 31;

// What was recorded of it.
enum class PlanType : uint16_t { kUnknown, kAbsent, kFile, kDirectory, kSymlink, kOther, kCount_ };
constexpr uint64_t kPlanSizeUnknown = UINT64_MAX;

struct PlanRecord {
  uint32_t path;  // offset in the arena; absolute
  uint16_t flags;
  uint16_t type;  // PlanType
  uint64_t size;  // bytes of a regular file, or kPlanSizeUnknown
  uint32_t range_start;
  uint32_t range_count;
};
static_assert(sizeof(PlanRecord) == 24, "part of the format");

struct PlanRange {
  uint64_t offset;
  uint64_t bytes;
};

struct Plan {
  const PlanHeader* header;
  const PlanRecord* records;
  const PlanRange* ranges;
  const char* arena;

  const char* path(const PlanRecord& record) const { return arena + record.path; }
  uint32_t size() const { return header->record_count; }
};

// `bytes`: 8-byte aligned, and kept for as long as the plan is used. UR_BAD_PLAN says what is wrong and
// where.
Error plan_decode(const void* bytes, size_t size, Plan* plan);

// A plan file in memory.
class PlanFile {
 public:
  PlanFile() = default;
  ~PlanFile();
  PlanFile(const PlanFile&) = delete;
  PlanFile& operator=(const PlanFile&) = delete;

  // UR_BAD_PLAN, UR_NO_PLAN. `cached`: only where it takes no time worth speaking of and no storage has to be
  // waited for, else UR_NO_PLAN with EAGAIN.
  Error open(const char* file, bool cached = false);
  const Plan& plan() const { return plan_; }

 private:
  void* bytes_ = nullptr;
  size_t size_ = 0;
  Plan plan_ = {};
};

}  // namespace ur
