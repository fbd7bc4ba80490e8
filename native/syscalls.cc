#include "syscalls.h"

namespace ur {
namespace {

// Older headers lack the newer numbers; all architectures share them from 424 on.
#ifndef SYS_openat2
#define SYS_openat2 437
#endif
#ifdef SYS_renameat  // riscv64 has only renameat2
constexpr int64_t kRenameatNr = SYS_renameat;
#else
constexpr int64_t kRenameatNr = SYS_renameat2;
#endif
#ifndef SYS_faccessat2
#define SYS_faccessat2 439
#endif

uint64_t word(const void* pointer) { return reinterpret_cast<uint64_t>(pointer); }
uint64_t word(int64_t value) { return static_cast<uint64_t>(value); }
constexpr int64_t kDirentBytesMax = 280;  // of struct linux_dirent64 with a name of 255 bytes; multiples of 8
constexpr uint64_t kKeepOwner = ~uint64_t{0};  // -1, see chown(2)
constexpr uint64_t kAtCwd = static_cast<uint64_t>(int64_t{AT_FDCWD});

// aarch64 and riscv64 have only the *at forms; the C library does the same there.
#ifdef SYS_stat
#define UR_LEGACY 1
#else
#define UR_LEGACY 0
#endif

class Maker {
 public:
  Maker(const Program& program, const Op& op, Buffers& buffers, int32_t reserved_base)
      : op_(op),
        buffers_(buffers),
        reserved_base_(reserved_base),
        path_(op.path == kNoPath ? nullptr : program.path(op.path)),
        path2_(op.path2 == kNoPath ? nullptr : program.path(op.path2)) {}

  Call make() {
    call_.fd = op_.fd >= 0 ? op_.fd : kNoSlot;
    call_.fd2 = op_.fd2 >= 0 ? op_.fd2 : kNoSlot;
    call_.out = op_.out;
    fill();
    return call_;
  }

 private:
  void set(int64_t nr, Effect effect, uint64_t a0 = 0, uint64_t a1 = 0, uint64_t a2 = 0, uint64_t a3 = 0,
           uint64_t a4 = 0, uint64_t a5 = 0) {
    call_.nr = static_cast<int32_t>(nr);
    call_.effect = effect;
    const uint64_t args[6] = {a0, a1, a2, a3, a4, a5};
    for (int i = 0; i < 6; i++) call_.args[i] = args[i];
  }
  void set(int64_t nr, uint64_t a0 = 0, uint64_t a1 = 0, uint64_t a2 = 0, uint64_t a3 = 0, uint64_t a4 = 0,
           uint64_t a5 = 0) {
    set(nr, Effect::kNone, a0, a1, a2, a3, a4, a5);
  }
  uint64_t fd() const { return word(int64_t{op_.fd}); }
  uint64_t fd2() const { return word(int64_t{op_.fd2}); }
  uint64_t path() const { return word(path_); }
  uint64_t path2() const { return word(path2_); }
  uint64_t scratch() const { return word(buffers_.scratch()); }
  uint64_t stat() const { return word(buffers_.stat()); }
  uint64_t off() const { return word(op_.off); }
  uint64_t vector(bool write) const { return word(buffers_.vector(op_.len, op_.b, write)); }

  void fill() {
    switch (static_cast<Code>(op_.code)) {
      case Code::kNop:
        return set(SYS_getppid);
      case Code::kFstat:
        return set(SYS_fstat, Effect::kStat, fd(), stat());
      case Code::kNewfstatat:
        return set(SYS_newfstatat, Effect::kStat, fd(), path(), stat(), op_.a);
      case Code::kStatx:
        return set(SYS_statx, Effect::kStatx, fd(), path(), op_.a, op_.b, word(buffers_.statx()));
      case Code::kFaccessat:
        return set(SYS_faccessat, fd(), path(), op_.b);
      case Code::kFaccessat2:
        return set(SYS_faccessat2, fd(), path(), op_.b, op_.a);
      case Code::kOpenat:
        return set(SYS_openat, Effect::kOpens, fd(), path(), op_.a, op_.b);
      case Code::kOpenat2:
        return set(SYS_openat2, Effect::kOpens, fd(), path(), word(buffers_.open_how(op_.a, op_.b, op_.len)),
                   3 * sizeof(uint64_t));
      case Code::kRead:
        return set(SYS_read, fd(), scratch(), op_.len);
      case Code::kPread64:
        return set(SYS_pread64, fd(), scratch(), op_.len, off());
      case Code::kReadv:
        return set(SYS_readv, fd(), vector(false), op_.b);
      case Code::kPreadv:
        return set(SYS_preadv, fd(), vector(false), op_.b, off(), 0);
      case Code::kPreadv2:
        return set(SYS_preadv2, fd(), vector(false), op_.b, off(), 0, op_.a);
      case Code::kLseek:
        return set(SYS_lseek, fd(), off(), op_.a);
      case Code::kClose:
        return set(SYS_close, Effect::kCloses, fd());
      case Code::kReadlinkat:
        return set(SYS_readlinkat, fd(), path(), scratch(), op_.len);
      case Code::kGetdents64:
        set(SYS_getdents64, fd(), scratch(), op_.len);
        in_parts(2);
        // Of a longer listing: how much one call hands out depends on the names, but there is no room for one
        // more.
        if (op_.check & kCheckSuccess) call_.whole = op_.expect - kDirentBytesMax + 8;
        return;
      case Code::kDup:
        return set(SYS_dup, Effect::kOpens, fd());
      case Code::kDup2:
        return dup2();
      case Code::kDup3:
        return dup3(op_.a);
      case Code::kFcntl: {
        const bool opens = op_.a == F_DUPFD || op_.a == F_DUPFD_CLOEXEC;
        return set(SYS_fcntl, opens ? Effect::kOpens : Effect::kNone, fd(), op_.a, op_.len);
      }
      case Code::kFadvise64:
        return set(SYS_fadvise64, fd(), off(), op_.len, op_.a);
      case Code::kStatfs:
        return set(SYS_statfs, path(), scratch());
      case Code::kFstatfs:
        return set(SYS_fstatfs, fd(), scratch());
      case Code::kGetcwd:
        return set(SYS_getcwd, scratch(), op_.len);
      case Code::kChdir:
        return set(SYS_chdir, path());
      case Code::kFchdir:
      case Code::kSetCwdSlot:
        return set(SYS_fchdir, fd());
      case Code::kGetxattr:
        return set(SYS_getxattr, path(), path2(), scratch(), op_.len);
      case Code::kLgetxattr:
        return set(SYS_lgetxattr, path(), path2(), scratch(), op_.len);
      case Code::kFgetxattr:
        return set(SYS_fgetxattr, fd(), path2(), scratch(), op_.len);
      case Code::kListxattr:
        return set(SYS_listxattr, path(), scratch(), op_.len);
      case Code::kLlistxattr:
        return set(SYS_llistxattr, path(), scratch(), op_.len);
      case Code::kFlistxattr:
        return set(SYS_flistxattr, fd(), scratch(), op_.len);
      default:
        return UR_LEGACY ? legacy() : modern();
    }
  }

  // The calls that newer architectures express through their *at form.
  void legacy() {
#if UR_LEGACY
    switch (static_cast<Code>(op_.code)) {
      case Code::kStat:
        return set(SYS_stat, Effect::kStat, path(), stat());
      case Code::kLstat:
        return set(SYS_lstat, Effect::kStat, path(), stat());
      case Code::kAccess:
        return set(SYS_access, path(), op_.b);
      case Code::kOpen:
        return set(SYS_open, Effect::kOpens, path(), op_.a, op_.b);
      case Code::kReadlink:
        return set(SYS_readlink, path(), scratch(), op_.len);
      case Code::kMkdir:
        return set(SYS_mkdir, path(), op_.b);
      case Code::kUnlink:
        return set(SYS_unlink, path());
      case Code::kRmdir:
        return set(SYS_rmdir, path());
      case Code::kRename:
        return set(SYS_rename, path(), path2());
      case Code::kLink:
        return set(SYS_link, path(), path2());
      case Code::kSymlink:
        return set(SYS_symlink, path(), path2());
      case Code::kChmod:
        return set(SYS_chmod, path(), op_.b);
      case Code::kMknod:
        return set(SYS_mknod, path(), op_.b, 0);
      default:
        return mutating();
    }
#endif
  }
  void modern() {
    switch (static_cast<Code>(op_.code)) {
      case Code::kStat:
        return set(SYS_newfstatat, Effect::kStat, kAtCwd, path(), stat(), 0);
      case Code::kLstat:
        return set(SYS_newfstatat, Effect::kStat, kAtCwd, path(), stat(), AT_SYMLINK_NOFOLLOW);
      case Code::kAccess:
        return set(SYS_faccessat, kAtCwd, path(), op_.b);
      case Code::kOpen:
        return set(SYS_openat, Effect::kOpens, kAtCwd, path(), op_.a, op_.b);
      case Code::kReadlink:
        return set(SYS_readlinkat, kAtCwd, path(), scratch(), op_.len);
      case Code::kMkdir:
        return set(SYS_mkdirat, kAtCwd, path(), op_.b);
      case Code::kUnlink:
        return set(SYS_unlinkat, kAtCwd, path(), 0);
      case Code::kRmdir:
        return set(SYS_unlinkat, kAtCwd, path(), AT_REMOVEDIR);
      case Code::kRename:
        return set(SYS_renameat2, kAtCwd, path(), kAtCwd, path2(), 0);
      case Code::kLink:
        return set(SYS_linkat, kAtCwd, path(), kAtCwd, path2(), 0);
      case Code::kSymlink:
        return set(SYS_symlinkat, path(), kAtCwd, path2());
      case Code::kChmod:
        return set(SYS_fchmodat, kAtCwd, path(), op_.b);
      case Code::kMknod:
        return set(SYS_mknodat, kAtCwd, path(), op_.b, 0);
      default:
        return mutating();
    }
  }

  void mutating() {
    switch (static_cast<Code>(op_.code)) {
      case Code::kWrite:
        return set(SYS_write, fd(), word(buffers_.pattern()), op_.len);
      case Code::kPwrite64:
        return set(SYS_pwrite64, fd(), word(buffers_.pattern()), op_.len, off());
      case Code::kWritev:
        return set(SYS_writev, fd(), vector(true), op_.b);
      case Code::kPwritev:
        return set(SYS_pwritev, fd(), vector(true), op_.b, off(), 0);
      case Code::kPwritev2:
        return set(SYS_pwritev2, fd(), vector(true), op_.b, off(), 0, op_.a);
      case Code::kMkdirat:
        return set(SYS_mkdirat, fd(), path(), op_.b);
      case Code::kUnlinkat:
        return set(SYS_unlinkat, fd(), path(), op_.a);
      case Code::kRenameat:
        return two_paths(kRenameatNr, 0);
      case Code::kRenameat2:
        return two_paths(SYS_renameat2, op_.a);
      case Code::kLinkat:
        return two_paths(SYS_linkat, op_.a);
      case Code::kSymlinkat:
        call_.fd2_arg = 1;
        return set(SYS_symlinkat, path(), fd2(), path2());
      case Code::kFchmod:
        return set(SYS_fchmod, fd(), op_.b);
      case Code::kFchmodat:
        return set(SYS_fchmodat, fd(), path(), op_.b);
      case Code::kUtimensat:
        return set(SYS_utimensat, fd(), path(), 0, op_.a);
      case Code::kTruncate:
        return set(SYS_truncate, path(), off());
      case Code::kFtruncate:
        return set(SYS_ftruncate, fd(), off());
      case Code::kFallocate:
        return set(SYS_fallocate, fd(), op_.a, off(), op_.len);
      case Code::kFsync:
        return set(SYS_fsync, fd());
      case Code::kFdatasync:
        return set(SYS_fdatasync, fd());
      case Code::kCopyFileRange:
        return copy_file_range();
      case Code::kSendfile:
        call_.fd2_arg = 1;
        set(SYS_sendfile, Effect::kOffset, fd(), fd2(),
            op_.flags & kOpOffset ? word(buffers_.offset(op_.off)) : 0, op_.len);
        return in_parts(3);
      case Code::kMknodat:
        return set(SYS_mknodat, fd(), path(), op_.b, 0);
      case Code::kFcntlLock:
        return set(SYS_fcntl, op_.a == F_GETLK ? Effect::kGetLock : Effect::kNone, fd(), op_.a,
                   word(buffers_.lock(op_)));
      case Code::kFlock:
        return set(SYS_flock, fd(), op_.a);
      case Code::kChown:
        return set(SYS_fchownat, kAtCwd, path(), kKeepOwner, kKeepOwner, 0);
      case Code::kLchown:
        return set(SYS_fchownat, kAtCwd, path(), kKeepOwner, kKeepOwner, AT_SYMLINK_NOFOLLOW);
      case Code::kFchown:
        return set(SYS_fchown, fd(), kKeepOwner, kKeepOwner);
      case Code::kFchownat:
        return set(SYS_fchownat, fd(), path(), kKeepOwner, kKeepOwner, op_.a);
      default:
        return set(SYS_getppid);  // decode() lets no other code through
    }
  }

  void two_paths(int64_t nr, uint32_t flags) {
    call_.fd2_arg = 2;
    set(nr, fd(), path(), fd2(), path2(), flags);
  }

  void copy_file_range() {
    const int64_t to = static_cast<int64_t>(uint64_t{op_.b} << 32 | op_.a);
    const uint64_t from_offset = op_.flags & kOpOffset ? word(buffers_.offset(op_.off)) : 0;
    const uint64_t to_offset = op_.flags & kOpOffset2 ? word(buffers_.offset(to)) : 0;
    call_.fd2_arg = 2;
    set(SYS_copy_file_range, Effect::kOffsets, fd(), from_offset, fd2(), to_offset, op_.len, 0);
    in_parts(4);
    if (op_.check == kCheckNone) call_.whole = static_cast<int64_t>(op_.len);  // in setup: all of it
  }

  void in_parts(uint8_t length_arg) {
    call_.length_arg = length_arg;
    if (op_.check & kCheckValue) call_.whole = op_.expect;
  }

  uint64_t dup_target() {
    call_.fd2_arg = 1;
    return op_.fd2 >= 0 ? 0 : word(int64_t{reserved_base_} + op_.b);
  }
  void dup2() {
#ifdef SYS_dup2
    set(SYS_dup2, Effect::kDup2, fd(), dup_target());
#else
    // dup3 refuses equal numbers; dup2 then only says whether the descriptor is open.
    if (op_.fd == op_.fd2) return set(SYS_fcntl, fd(), F_GETFD);
    dup3(0);
#endif
  }
  void dup3(uint32_t flags) { set(SYS_dup3, Effect::kDup2, fd(), dup_target(), flags); }

  const Op& op_;
  Buffers& buffers_;
  int32_t reserved_base_;
  const char* path_;
  const char* path2_;
  Call call_ = {};
};

}  // namespace

int64_t finish_parts(const Call& call, uint64_t args[6], int64_t value) {
  while (value < call.whole) {
    args[call.length_arg] = call.args[call.length_arg] - static_cast<uint64_t>(value);
    const int64_t more = raw_syscall(call.nr, args[0], args[1], args[2], args[3], args[4], args[5]);
    if (more <= 0) break;
    value += more;
  }
  return value;
}

Buffers::Buffers(uint64_t io_bytes_max, bool writes) : bytes_(io_bytes_max < 4096 ? 4096 : io_bytes_max) {
  // Touched once, so that no pass pays for page faults. 4,096 bytes also hold a struct statfs.
  scratch_.reset(new char[bytes_]());
  if (!writes) return;
  pattern_.reset(new char[bytes_]);
  uint64_t state = 0x9e3779b97f4a7c15;  // splitmix64: incompressible, the same everywhere
  for (uint64_t i = 0; i < bytes_; i++) {
    uint64_t mixed = (state += 0x9e3779b97f4a7c15);
    mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
    pattern_[i] = static_cast<char>(mixed >> 56);
  }
}

const iovec* Buffers::vector(uint64_t bytes, uint32_t count, bool write) {
  if (count == 0) return nullptr;
  char* base = write ? pattern_.get() : scratch_.get();
  std::vector<iovec> segments(count, iovec{base, bytes / count});
  segments.back().iov_len += bytes % count;
  vectors_.push_back(std::move(segments));
  return vectors_.back().data();
}

Offset* Buffers::offset(int64_t start) {
  offsets_.push_back({start, start});
  return &offsets_.back();
}

struct flock* Buffers::lock(const Op& op) {
  struct flock lock = {};
  lock.l_type = static_cast<short>(op.b & 0xffff);
  lock.l_whence = static_cast<short>(op.b >> 16);
  lock.l_start = op.off;
  lock.l_len = static_cast<off_t>(op.len);
  locks_.push_back(lock);
  return &locks_.back();
}

const uint64_t* Buffers::open_how(uint64_t flags, uint64_t mode, uint64_t resolve) {
  hows_.push_back({flags, mode, resolve});
  return hows_.back().data();
}

Call make_call(const Program& program, const Op& op, Buffers& buffers, int32_t reserved_base) {
  return Maker(program, op, buffers, reserved_base).make();
}

}  // namespace ur
