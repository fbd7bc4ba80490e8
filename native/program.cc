#include "program.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <cstring>
#include <vector>

namespace ur {
namespace {

enum Takes : uint8_t {
  kPath = 1,
  kPath2 = 2,
  kOut = 4,      // may fill a slot
  kIo = 8,       // len counts bytes of a buffer
  kVector = 16,  // b counts segments
  kWrites = 32,  // only with kHeaderWrites
};

// What each code takes. fd and fd2: '.' nothing, 'd' the directory of a path (slot, kCwd or kNoSlot),
// 'f' a descriptor (slot or kNoSlot).
struct Shape {
  const char* name;
  char fd;
  char fd2;
  uint8_t takes;

  bool has(Takes what) const { return takes & what; }
};

constexpr Shape kShapes[] = {
    {"nop", '.', '.', 0},
    {"stat", '.', '.', kPath},
    {"lstat", '.', '.', kPath},
    {"fstat", 'f', '.', 0},
    {"newfstatat", 'd', '.', kPath},
    {"statx", 'd', '.', kPath},
    {"access", '.', '.', kPath},
    {"faccessat", 'd', '.', kPath},
    {"faccessat2", 'd', '.', kPath},
    {"open", '.', '.', kPath | kOut},
    {"openat", 'd', '.', kPath | kOut},
    {"openat2", 'd', '.', kPath | kOut},
    {"read", 'f', '.', kIo},
    {"pread64", 'f', '.', kIo},
    {"readv", 'f', '.', kIo | kVector},
    {"preadv", 'f', '.', kIo | kVector},
    {"preadv2", 'f', '.', kIo | kVector},
    {"lseek", 'f', '.', 0},
    {"close", 'f', '.', 0},
    {"readlink", '.', '.', kPath | kIo},
    {"readlinkat", 'd', '.', kPath | kIo},
    {"getdents64", 'f', '.', kIo},
    {"dup", 'f', '.', kOut},
    {"dup2", 'f', 'f', kOut},
    {"dup3", 'f', 'f', kOut},
    {"fcntl", 'f', '.', kOut},
    {"fadvise64", 'f', '.', 0},
    {"statfs", '.', '.', kPath},
    {"fstatfs", 'f', '.', 0},
    {"getcwd", '.', '.', kIo},
    {"chdir", '.', '.', kPath},
    {"fchdir", 'f', '.', 0},
    {"write", 'f', '.', kIo | kWrites},
    {"pwrite64", 'f', '.', kIo | kWrites},
    {"writev", 'f', '.', kIo | kVector | kWrites},
    {"mkdir", '.', '.', kPath | kWrites},
    {"mkdirat", 'd', '.', kPath | kWrites},
    {"unlink", '.', '.', kPath | kWrites},
    {"unlinkat", 'd', '.', kPath | kWrites},
    {"rmdir", '.', '.', kPath | kWrites},
    {"rename", '.', '.', kPath | kPath2 | kWrites},
    {"renameat", 'd', 'd', kPath | kPath2 | kWrites},
    {"renameat2", 'd', 'd', kPath | kPath2 | kWrites},
    {"link", '.', '.', kPath | kPath2 | kWrites},
    {"linkat", 'd', 'd', kPath | kPath2 | kWrites},
    {"symlink", '.', '.', kPath | kPath2 | kWrites},
    {"symlinkat", '.', 'd', kPath | kPath2 | kWrites},
    {"chmod", '.', '.', kPath | kWrites},
    {"fchmod", 'f', '.', kWrites},
    {"fchmodat", 'd', '.', kPath | kWrites},
    {"utimensat", 'd', '.', kPath | kWrites},
    {"truncate", '.', '.', kPath | kWrites},
    {"ftruncate", 'f', '.', kWrites},
    {"fallocate", 'f', '.', kWrites},
    {"fsync", 'f', '.', kWrites},
    {"fdatasync", 'f', '.', kWrites},
    {"copy_file_range", 'f', 'f', kWrites},
    {"mknod", '.', '.', kPath | kWrites},
    {"mknodat", 'd', '.', kPath | kWrites},
    {"set_cwd_slot", 'f', '.', 0},
    {"note_inode", '.', '.', kPath | kPath2 | kWrites},
    {"setup_if", '.', '.', kPath | kPath2 | kWrites},
    {"pwritev", 'f', '.', kIo | kVector | kWrites},
    {"pwritev2", 'f', '.', kIo | kVector | kWrites},
    {"fcntl_lock", 'f', '.', kWrites},
    {"flock", 'f', '.', kWrites},
    {"chown", '.', '.', kPath | kWrites},
    {"lchown", '.', '.', kPath | kWrites},
    {"fchown", 'f', '.', kWrites},
    {"fchownat", 'd', '.', kPath | kWrites},
    {"getxattr", '.', '.', kPath | kPath2 | kIo},
    {"lgetxattr", '.', '.', kPath | kPath2 | kIo},
    {"fgetxattr", 'f', '.', kPath2 | kIo},
    {"listxattr", '.', '.', kPath | kIo},
    {"llistxattr", '.', '.', kPath | kIo},
    {"flistxattr", 'f', '.', kIo},
    {"sendfile", 'f', 'f', kWrites},
};
static_assert(sizeof(kShapes) / sizeof(kShapes[0]) == static_cast<size_t>(Code::kCount_),
              "one shape per code");

std::string number(uint64_t value) { return std::to_string(value); }

// Flags that make an open create, change or write.
bool open_writes(uint32_t flags) {
  if (flags & O_PATH) return false;
  return (flags & O_ACCMODE) != O_RDONLY || (flags & (O_CREAT | O_TRUNC)) || (flags & O_TMPFILE) == O_TMPFILE;
}

bool fcntl_allowed(uint32_t command) {
  return command == F_DUPFD || command == F_DUPFD_CLOEXEC || command == F_GETFD || command == F_SETFD ||
         command == F_GETFL || command == F_SETFL;
}

class Decoder {
 public:
  Decoder(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  std::string run(Program* program) {
    std::string wrong = sections();
    if (!wrong.empty()) return wrong;
    filled_.assign(header_->slot_count, false);
    for (uint32_t i = 0; i < header_->setup_count; i++) {
      wrong = op(program_.setup[i], i, true);
      if (!wrong.empty()) return "setup op " + number(i) + ": " + wrong;
    }
    for (uint32_t i = 0; i < header_->op_count; i++) {
      wrong = op(program_.ops[i], i, false);
      if (!wrong.empty()) return "op " + number(i) + ": " + wrong;
    }
    *program = program_;
    return "";
  }

 private:
  std::string sections() {
    if (size_ < sizeof(Header)) {
      return "header: " + number(size_) + " bytes, a header has " + number(sizeof(Header));
    }
    if (reinterpret_cast<uintptr_t>(data_) % 8 != 0) return "header: the buffer is not 8-byte aligned";
    header_ = reinterpret_cast<const Header*>(data_);
    const Header& h = *header_;
    if (h.magic != kMagic) return "header: magic " + number(h.magic) + " is not " + number(kMagic);
    if (h.version != kVersion)
      return "header: version " + number(h.version) + ", known is " + number(kVersion);
    if (h.header_bytes != sizeof(Header) || h.op_bytes != sizeof(Op)) {
      return "header: record sizes " + number(h.header_bytes) + " and " + number(h.op_bytes) + ", expected " +
             number(sizeof(Header)) + " and " + number(sizeof(Op));
    }
    if (h.flags & ~uint32_t{kHeaderWrites}) return "header: unknown flags " + number(h.flags);
    if (h.op_count > kOpsMax || h.setup_count > kOpsMax) {
      return "header: " + number(h.op_count) + " ops and " + number(h.setup_count) +
             " setup ops, the limit is " + number(kOpsMax);
    }
    if (h.slot_count > kSlotsMax) {
      return "header: " + number(h.slot_count) + " slots, the limit is " + number(kSlotsMax);
    }
    if (h.reserved_fds > kSlotsMax) {
      return "header: " + number(h.reserved_fds) + " reserved descriptors, the limit is " + number(kSlotsMax);
    }
    if (h.io_bytes_max > kIoBytesMax) {
      return "header: buffers of " + number(h.io_bytes_max) + " bytes, the limit is " + number(kIoBytesMax);
    }
    // No overflow: counts are 32 bits wide, records small.
    const uint64_t ops_bytes = (uint64_t{h.setup_count} + h.op_count) * sizeof(Op);
    const uint64_t edges_bytes = (uint64_t{h.edge_count} * sizeof(uint32_t) + 7) / 8 * 8;
    const uint64_t fixed_bytes = sizeof(Header) + ops_bytes + edges_bytes;
    if (h.total_bytes != size_ || h.arena_bytes > size_ || fixed_bytes + h.arena_bytes != size_) {
      return "header: sections of " + number(fixed_bytes) + " + " + number(h.arena_bytes) +
             " bytes and a total of " + number(h.total_bytes) + ", the buffer has " + number(size_);
    }
    program_.header = header_;
    program_.setup = reinterpret_cast<const Op*>(data_ + sizeof(Header));
    program_.ops = program_.setup + h.setup_count;
    program_.edges = reinterpret_cast<const uint32_t*>(data_ + sizeof(Header) + ops_bytes);
    program_.arena = reinterpret_cast<const char*>(data_ + fixed_bytes);
    return "";
  }

  std::string op(const Op& op, uint32_t index, bool setup) {
    if (op.code >= static_cast<uint16_t>(Code::kCount_)) {
      return "unknown code " + number(op.code) + ", the largest is " + number(uint64_t(Code::kCount_) - 1);
    }
    const Code code = static_cast<Code>(op.code);
    const Shape& shape = kShapes[op.code];
    if (op.flags & ~uint16_t{kOpFlagsAll}) return "unknown op flags " + number(op.flags);
    if (op.reserved != 0) return "the reserved field is " + number(op.reserved);
    if (op.check & ~uint32_t{kCheckValue | kCheckSuccess | kCheckSize | kCheckType | kCheckAttribute}) {
      return "unknown check bits " + number(op.check);
    }
    if (code >= Code::kSetCwdSlot && code <= Code::kSetupIf && !setup)
      return std::string(shape.name) + " is for setup only";
    if ((op.flags & kOpBeforePass) && !setup) return "flags " + number(op.flags) + " are for setup only";
    std::string wrong = descriptors(op, shape);
    if (wrong.empty()) wrong = paths(op, code, shape);
    if (wrong.empty()) wrong = amounts(op, shape);
    if (wrong.empty()) wrong = allowed(op, code, shape);
    if (wrong.empty()) wrong = edges(op, index, setup);
    return wrong;
  }

  std::string descriptor(const char* field, int32_t value, char kind) {
    if (value == kNoSlot || (kind == 'd' && value == kCwd)) return "";
    if (kind == '.') return std::string(field) + " " + std::to_string(value) + " where the call takes none";
    if (value < 0 || static_cast<uint32_t>(value) >= header_->slot_count) {
      return std::string(field) + " slot " + std::to_string(value) + " is outside the " +
             number(header_->slot_count) + " slots";
    }
    return "";
  }

  std::string descriptors(const Op& op, const Shape& shape) {
    std::string wrong = descriptor("fd", op.fd, shape.fd);
    if (wrong.empty()) wrong = descriptor("fd2", op.fd2, shape.fd2);
    if (wrong.empty()) wrong = descriptor("out", op.out, shape.has(kOut) ? 'f' : '.');
    if (!wrong.empty() || op.out == kNoSlot) return wrong;
    // A slot filled twice would lose a descriptor.
    if (filled_[op.out]) return "out slot " + std::to_string(op.out) + " is filled by an earlier op";
    filled_[op.out] = true;
    return "";
  }

  std::string path(const char* field, uint32_t offset, bool wanted) {
    if (offset == kNoPath) return wanted ? std::string(field) + " is missing" : "";
    if (!wanted) return std::string(field) + " offset " + number(offset) + " where the call takes none";
    if (offset >= header_->arena_bytes) {
      return std::string(field) + " offset " + number(offset) + " is outside the arena of " +
             number(header_->arena_bytes) + " bytes";
    }
    const uint64_t room = header_->arena_bytes - offset;
    const size_t span = room < kPathBytesMax ? static_cast<size_t>(room) : kPathBytesMax;
    if (memchr(program_.arena + offset, 0, span) == nullptr) {
      return std::string(field) + " at offset " + number(offset) + " has no NUL within " + number(span) +
             " bytes";
    }
    return "";
  }

  std::string paths(const Op& op, Code code, const Shape& shape) {
    // utimensat(fd, NULL, ...) means the descriptor itself.
    const bool optional = code == Code::kUtimensat && op.path == kNoPath;
    std::string wrong = optional ? "" : path("path", op.path, shape.has(kPath));
    const bool optional2 = code == Code::kSetupIf && op.path2 == kNoPath;
    return wrong.empty() && !optional2 ? path("path2", op.path2, shape.has(kPath2)) : wrong;
  }

  std::string amounts(const Op& op, const Shape& shape) {
    if (shape.has(kIo) && op.len > header_->io_bytes_max) {
      return "length " + number(op.len) + " is above the header's io_bytes_max of " +
             number(header_->io_bytes_max);
    }
    if (!shape.has(kVector)) return "";
    if (op.b > kSegmentsMax) return number(op.b) + " segments, the limit is " + number(kSegmentsMax);
    if (op.b == 0 && op.len > 0) return "no segment for " + number(op.len) + " bytes";
    segments_ += op.b;
    if (segments_ > kSegmentsTotalMax) {
      return "more than " + number(kSegmentsTotalMax) + " segments in the program";
    }
    return "";
  }

  std::string allowed(const Op& op, Code code, const Shape& shape) {
    const bool writes = header_->flags & kHeaderWrites;
    if (shape.has(kWrites) && !writes)
      return std::string(shape.name) + " in a program that is not marked as writing";
    const bool opens = code == Code::kOpen || code == Code::kOpenat || code == Code::kOpenat2;
    if (opens && !writes && open_writes(op.a)) {
      return "open flags " + number(op.a) + " write, in a program that is not marked as writing";
    }
    if (code == Code::kFcntl && !fcntl_allowed(op.a))
      return "fcntl command " + number(op.a) + " is not replayed";
    if (code == Code::kFcntl && op.len > INT32_MAX)
      return "fcntl argument " + number(op.len) + " is too large";
    // A lock that waits could wait for ever.
    if (code == Code::kFcntlLock && op.a != F_SETLK && op.a != F_GETLK)
      return "lock command " + number(op.a) + " is not replayed";
    if (code == Code::kFcntlLock && op.a == F_GETLK && (op.b & 0xffff) != F_RDLCK)
      return "F_GETLK with type " + number(op.b & 0xffff);
    if (code == Code::kFlock && (op.a & LOCK_EX))
      return "flock operation " + number(op.a) + " is not replayed";
    const bool duplicates = code == Code::kDup2 || code == Code::kDup3;
    if (duplicates && op.fd2 == kNoSlot && op.b >= header_->reserved_fds) {
      return "reserved descriptor " + number(op.b) + " of " + number(header_->reserved_fds);
    }
    const bool makes_node = code == Code::kMknod || code == Code::kMknodat;
    if (makes_node && (op.b & S_IFMT) != 0 && !S_ISREG(op.b) && !S_ISFIFO(op.b)) {
      return "mknod mode " + number(op.b) + " is neither a FIFO nor a regular file";
    }
    return "";
  }

  std::string edges(const Op& op, uint32_t index, bool setup) {
    if (setup) return op.dep_count == 0 ? "" : "setup ops have no dependencies";
    const uint64_t end = uint64_t{op.dep_start} + op.dep_count;
    if (op.dep_count > 0 && end > header_->edge_count) {
      return "edges " + number(op.dep_start) + " to " + number(end) + " are outside the " +
             number(header_->edge_count) + " edges";
    }
    for (uint32_t i = 0; i < op.dep_count; i++) {
      const uint32_t before = program_.edges[op.dep_start + i];
      if (before >= index) return "depends on op " + number(before) + ", which is not earlier";
    }
    return "";
  }

  const uint8_t* data_;
  size_t size_;
  const Header* header_ = nullptr;
  Program program_ = {};
  std::vector<bool> filled_;
  uint64_t segments_ = 0;
};

}  // namespace

std::string decode(const uint8_t* data, size_t size, Program* program) {
  return Decoder(data, size).run(program);
}

const char* code_name(uint16_t code) {
  return code < static_cast<uint16_t>(Code::kCount_) ? kShapes[code].name : "unknown";
}

bool takes_directory(uint16_t code) {
  return code < static_cast<uint16_t>(Code::kCount_) && kShapes[code].fd == 'd';
}

}  // namespace ur
