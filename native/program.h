// A replay program: one flat buffer that says which calls to issue, on which descriptors and paths,
// what each must wait for, and what each must return. TypeScript writes it (replay/plan/format.ts,
// which mirrors this file; a test holds the two together), `decode` below checks every index and length
// before anything runs. Little-endian, every section 8-byte aligned, in this order:
//
//   Header | Op[setup_count] | Op[op_count] | uint32_t edges[edge_count] (padded to 8) | arena bytes
//
// Setup ops run one by one, untimed, before every pass (put back what the last pass changed, open the current
// directories that the trace starts in); one without checks may fail. Slots are closed, untimed, after every
// pass.
//
// Slots stand for descriptors: each call that made a descriptor in the log has a slot of its own, never
// used twice, so the numbers in the log do not matter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace ur {

constexpr uint32_t kMagic = 0x31505255;  // "URP1"
constexpr uint32_t kVersion = 1;

constexpr int32_t kNoSlot = -1;
constexpr int32_t kCwd = -100;  // AT_FDCWD
constexpr uint32_t kNoPath = 0xffffffff;

// Limits. A program beyond one of them is refused with an error that names it.
constexpr uint32_t kOpsMax = 64u << 20;
constexpr uint32_t kSlotsMax = 16u << 20;
constexpr uint32_t kIoBytesMax = 256u << 20;  // longest single read or write
constexpr uint32_t kPathBytesMax = 1u << 16;  // the kernel's is 4096; logs hold longer ones
constexpr uint32_t kSegmentsMax = 1024;       // of one readv or writev, UIO_MAXIOV
constexpr uint32_t kSegmentsTotalMax = 4u << 20;

// The calls. Values are part of the format: append, never renumber.
enum class Code : uint16_t {
  kNop = 0,
  kStat = 1,         // path
  kLstat = 2,        // path
  kFstat = 3,        // fd
  kNewfstatat = 4,   // fd(dir) path a=flags
  kStatx = 5,        // fd(dir) path a=flags b=mask
  kAccess = 6,       // path b=mode
  kFaccessat = 7,    // fd path b=mode
  kFaccessat2 = 8,   // fd path a=flags b=mode
  kOpen = 9,         // path a=flags b=mode -> out
  kOpenat = 10,      // fd path a=flags b=mode -> out
  kOpenat2 = 11,     // fd path a=flags b=mode len=resolve -> out
  kRead = 12,        // fd len
  kPread64 = 13,     // fd len off
  kReadv = 14,       // fd len (sum of the vector), b=number of segments
  kPreadv = 15,      // fd len off b=segments
  kPreadv2 = 16,     // fd len off b=segments a=RWF flags
  kLseek = 17,       // fd off a=whence
  kClose = 18,       // fd; the slot is empty afterwards
  kReadlink = 19,    // path len=buffer size
  kReadlinkat = 20,  // fd path len
  kGetdents64 = 21,  // fd len
  kDup = 22,         // fd -> out
  kDup2 = 23,       // fd, fd2=slot that holds the target number (emptied by it) or kNoSlot, b=reserved number
                    // index -> out
  kDup3 = 24,       // as dup2, a=flags
  kFcntl = 25,      // fd a=cmd len=arg; F_DUPFD*: -> out
  kFadvise64 = 26,  // fd off len a=advice
  kStatfs = 27,     // path
  kFstatfs = 28,    // fd
  kGetcwd = 29,     // len=buffer size
  kChdir = 30,      // path
  kFchdir = 31,     // fd
  // Mutating calls: only valid in a program whose header says kHeaderWrites.
  kWrite = 32,          // fd len (content is generated)
  kPwrite64 = 33,       // fd len off
  kWritev = 34,         // fd len b=segments
  kMkdir = 35,          // path b=mode
  kMkdirat = 36,        // fd path b=mode
  kUnlink = 37,         // path
  kUnlinkat = 38,       // fd path a=flags
  kRmdir = 39,          // path
  kRename = 40,         // path path2
  kRenameat = 41,       // fd path fd2 path2
  kRenameat2 = 42,      // fd path fd2 path2 a=flags
  kLink = 43,           // path path2
  kLinkat = 44,         // fd path fd2 path2 a=flags
  kSymlink = 45,        // path=target path2=link
  kSymlinkat = 46,      // path=target fd2=dir path2=link
  kChmod = 47,          // path b=mode
  kFchmod = 48,         // fd b=mode
  kFchmodat = 49,       // fd path b=mode
  kUtimensat = 50,      // fd path a=flags (times: now); path kNoPath: the descriptor itself
  kTruncate = 51,       // path off=length
  kFtruncate = 52,      // fd off=length
  kFallocate = 53,      // fd a=mode off len
  kFsync = 54,          // fd
  kFdatasync = 55,      // fd
  kCopyFileRange = 56,  // fd, fd2 (out) len; with kOpOffset from off, else the cursor, on; with kOpOffset2 to
                        // the offset whose halves are a (low) and b, else the cursor
  kMknod = 57,          // path b=mode (FIFO or regular only)
  kMknodat = 58,        // fd path b=mode
  // Setup only.
  kSetCwdSlot = 59,  // fchdir(fd)
  kNoteInode = 60,   // path path2=symlink to write down the inode number in, see inode_note.h
  kSetupIf = 61,  // path len: the next len setup ops only if there is something at path; and, with path2=such
                  // a symlink, it is that inode
  // Mutating calls again.
  kPwritev = 62,    // fd len off b=segments
  kPwritev2 = 63,   // fd len off b=segments a=RWF flags
  kFcntlLock = 64,  // fd a=F_SETLK or F_GETLK (l_type F_RDLCK) b=l_type | l_whence << 16 off=l_start
                    // len=l_len (signed)
  kFlock = 65,      // fd a=operation
  kChown = 66,      // path; all of them keep owner and group, whoever they are
  kLchown = 67,     // path
  kFchown = 68,     // fd
  kFchownat = 69,   // fd path a=flags
  // Calls that only look.
  kGetxattr = 70,    // path path2=name len=buffer size
  kLgetxattr = 71,   // path path2=name len
  kFgetxattr = 72,   // fd path2=name len
  kListxattr = 73,   // path len
  kLlistxattr = 74,  // path len
  kFlistxattr = 75,  // fd len
  // Changes what is behind fd.
  kSendfile = 76,  // fd (out) fd2 (in) len; with kOpOffset from off on, else from the cursor
  kCount_
};

// What must hold of the result. Several may be set.
enum Check : uint32_t {
  kCheckNone = 0,
  kCheckValue = 1,       // result == expect (a value, or -errno)
  kCheckSuccess = 2,     // result >= 0 (descriptors, whose numbers differ)
  kCheckSize = 4,        // stat family: st_size == expect_size
  kCheckType = 8,        // stat family: (st_mode & S_IFMT) == (expect_mode & S_IFMT)
  kCheckAttribute = 16,  // result >= 0, -ENODATA or -EOPNOTSUPP: extended attributes are the file system's
};

enum OpFlag : uint16_t {
  kOpCursor = 1,  // uses or moves the file cursor (informational)
  kOpOffset = 2,  // see kCopyFileRange
  kOpOffset2 = 4,
  kOpBeforePass = 8,  // setup only: left out where no pass that changes the tree is to come
};
constexpr uint16_t kOpFlagsAll = kOpCursor | kOpOffset | kOpOffset2 | kOpBeforePass;

enum HeaderFlag : uint32_t {
  kHeaderWrites = 1,  // the program may hold mutating calls: the engine then demands to be inside a root
};

struct Op {
  uint16_t code;   // Code
  uint16_t flags;  // OpFlag
  int32_t fd;      // slot, kCwd or kNoSlot
  int32_t fd2;     // second slot, kCwd or kNoSlot
  int32_t out;     // slot that the call fills, or kNoSlot
  uint32_t path;   // arena offset of a NUL-terminated path, or kNoPath
  uint32_t path2;
  uint32_t a;  // flags, command or whence, see Code
  uint32_t b;  // mode, mask or count, see Code
  uint64_t len;
  int64_t off;
  int64_t expect;  // value or -errno
  uint64_t expect_size;
  uint32_t expect_mode;
  uint32_t check;      // Check
  uint32_t dep_start;  // edges[dep_start .. dep_start + dep_count): ops (by index, all smaller than this
  uint32_t dep_count;  //   one's) that must have completed before this one may start
  uint32_t line;       // log line, for messages only
  uint32_t reserved;   // 0
};
static_assert(sizeof(Op) == 88, "Op is part of the format");
static_assert(offsetof(Op, len) == 32 && offsetof(Op, dep_start) == 72, "no padding");

struct Header {
  uint32_t magic;
  uint32_t version;
  uint32_t header_bytes;  // sizeof(Header)
  uint32_t op_bytes;      // sizeof(Op)
  uint32_t flags;         // HeaderFlag
  uint32_t setup_count;
  uint32_t op_count;
  uint32_t slot_count;
  uint32_t edge_count;
  uint32_t reserved_fds;  // how many descriptor numbers dup2/dup3 need (largest b + 1)
  uint64_t arena_bytes;
  uint64_t io_bytes_max;  // largest len of a read, write, readlink or getdents
  uint64_t total_bytes;   // of the whole buffer
};
static_assert(sizeof(Header) == 64, "Header is part of the format");

// A validated view into a buffer that outlives it.
struct Program {
  const Header* header;
  const Op* setup;
  const Op* ops;
  const uint32_t* edges;
  const char* arena;

  const char* path(uint32_t offset) const { return arena + offset; }
};

// Checks everything and fills `program`. Returns an empty string, or what is wrong (where, found, limit).
std::string decode(const uint8_t* data, size_t size, Program* program);

const char* code_name(uint16_t code);

// Whether the call's `fd` is the directory that its path starts in.
bool takes_directory(uint16_t code);

}  // namespace ur
