// Ops as plain system calls: exactly the logged call, its arguments worked out once, before the timed part.
// Results are a value or a negative errno, as the kernel gives them.
#pragma once

#include <fcntl.h>
#include <sys/stat.h>  // struct statx: glibc 2.28, musl 1.1.24
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include "program.h"

namespace ur {

static_assert(sizeof(void*) == 8, "64-bit Linux only: struct stat and off_t are the kernel's");

// The C library's wrappers set errno and, in a process with threads, mark cancellation points; neither is
// part of the call under study.
inline int64_t raw_syscall(int64_t nr, uint64_t a0, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4,
                           uint64_t a5) {
#if defined(__x86_64__)
  int64_t result;
  register uint64_t r10 __asm__("r10") = a3;
  register uint64_t r8 __asm__("r8") = a4;
  register uint64_t r9 __asm__("r9") = a5;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(nr), "D"(a0), "S"(a1), "d"(a2), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return result;
#elif defined(__aarch64__)
  register int64_t x8 __asm__("x8") = nr;
  register uint64_t x0 __asm__("x0") = a0;
  register uint64_t x1 __asm__("x1") = a1;
  register uint64_t x2 __asm__("x2") = a2;
  register uint64_t x3 __asm__("x3") = a3;
  register uint64_t x4 __asm__("x4") = a4;
  register uint64_t x5 __asm__("x5") = a5;
  __asm__ volatile("svc #0" : "+r"(x0) : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5) : "memory");
  return static_cast<int64_t>(x0);
#else
  const long result = syscall(nr, a0, a1, a2, a3, a4, a5);
  return result == -1 ? -errno : result;
#endif
}

// One op's outcome. size and mode are those of a successful stat call.
struct Result {
  int64_t value;
  uint64_t size;
  uint32_t mode;
  uint32_t reserved;
};

// What an op does beyond returning a value.
enum class Effect : uint8_t {
  kNone,
  kOpens,    // value is a descriptor, for slot `out`
  kCloses,   // slot `fd` is empty afterwards
  kStat,     // the stat buffer holds size and mode
  kStatx,    // the statx buffer does
  kDup2,     // slot `fd2` gives up its number to slot `out`
  kGetLock,  // args[2] points to a struct flock whose type is now F_UNLCK, with which nobody can ask again
  kOffset,   // what args[2] points to, where it does, has been moved on: an Offset
  kOffsets,  // what args[1] and args[3] point to has been moved on, where they do: an Offset
};

// An offset that the kernel takes by pointer and moves on.
struct Offset {
  int64_t now;
  int64_t start;
};

inline void rewind(uint64_t pointer) {
  Offset* offset = reinterpret_cast<Offset*>(pointer);
  if (offset != nullptr) offset->now = offset->start;
}

// An op ready to be issued. A slot in `fd` replaces args[0], one in `fd2` replaces args[fd2_arg].
struct Call {
  int32_t nr;
  Effect effect;
  uint8_t fd2_arg;
  int32_t fd;   // slot or kNoSlot
  int32_t fd2;  // slot or kNoSlot
  int32_t out;  // slot or kNoSlot
  uint64_t args[6];
  int64_t whole;       // of a call that may be broken off: the logged value; else 0
  uint8_t length_arg;  // of such a call: which argument is its length
};

// Memory that calls read and write. Contents of reads are not looked at, so that all share one buffer;
// what is written comes from a buffer of incompressible bytes.
class Buffers {
 public:
  Buffers(uint64_t io_bytes_max, bool writes);

  char* scratch() { return scratch_.get(); }
  char* pattern() { return pattern_.get(); }
  struct stat* stat() {
    return &stat_;
  }
  struct statx* statx() {
    return &statx_;
  }
  // `count` segments that add up to `bytes`; lives as long as this object.
  const iovec* vector(uint64_t bytes, uint32_t count, bool write);
  // Lives as long as this object.
  Offset* offset(int64_t start);
  // As fcntl takes it; lives as long as this object.
  struct flock* lock(const Op& op);
  // A struct open_how (three 64-bit words) as openat2 takes it.
  const uint64_t* open_how(uint64_t flags, uint64_t mode, uint64_t resolve);

 private:
  std::unique_ptr<char[]> scratch_;
  std::unique_ptr<char[]> pattern_;
  uint64_t bytes_;
  struct stat stat_ = {};
  struct statx statx_ = {};
  std::deque<std::vector<iovec>> vectors_;
  std::deque<std::vector<uint64_t>> hows_;
  std::deque<Offset> offsets_;
  std::deque<struct flock> locks_;
};

// `reserved_base`: the first of the numbers kept for dup2 and dup3, see Op.
Call make_call(const Program& program, const Op& op, Buffers& buffers, int32_t reserved_base);

// Applies the effect of a call whose value is known to slots and result.
inline void settle(const Call& call, int64_t value, int32_t* slots, Buffers& buffers, Result* result) {
  result->value = value;
  switch (call.effect) {
    case Effect::kNone:
      return;
    case Effect::kOpens:
      if (value >= 0 && call.out >= 0) slots[call.out] = static_cast<int32_t>(value);
      return;
    case Effect::kCloses:
      if (call.fd >= 0) slots[call.fd] = -1;
      return;
    case Effect::kStat:
      result->size = static_cast<uint64_t>(buffers.stat()->st_size);
      result->mode = buffers.stat()->st_mode;
      return;
    case Effect::kStatx:
      result->size = buffers.statx()->stx_size;
      result->mode = buffers.statx()->stx_mode;
      return;
    case Effect::kDup2:
      if (value < 0) return;
      if (call.fd2 >= 0 && call.fd2 != call.fd) slots[call.fd2] = -1;
      if (call.out >= 0) slots[call.out] = static_cast<int32_t>(value);
      return;
    case Effect::kGetLock:
      reinterpret_cast<struct flock*>(call.args[2])->l_type = F_RDLCK;
      return;
    case Effect::kOffset:
      return rewind(call.args[2]);
    case Effect::kOffsets:
      for (const int i : {1, 3}) rewind(call.args[i]);
      return;
  }
}

// Goes on with a call that was broken off after `value` bytes, and returns the sum. Calls that look at
// pending signals (getdents64 after its first entry, copy_file_range) do not tell a signal from
// TIF_NOTIFY_SIGNAL, which io_uring raises in this thread: on a worker's completion without DEFER_TASKRUN,
// when io-wq wants another worker created (io_queue_worker_create in io_uring/io-wq.c), and some time after a
// ring was closed (io_ring_exit_work).
int64_t finish_parts(const Call& call, uint64_t args[6], int64_t value);

// Issues the call and settles it. An empty slot is descriptor -1: the kernel answers EBADF, and no
// descriptor that is not the program's own can be hit.
inline void issue(const Call& call, int32_t* slots, Buffers& buffers, Result* result) {
  uint64_t args[6] = {call.args[0], call.args[1], call.args[2], call.args[3], call.args[4], call.args[5]};
  if (call.fd >= 0) args[0] = static_cast<uint64_t>(int64_t{slots[call.fd]});
  if (call.fd2 >= 0) args[call.fd2_arg] = static_cast<uint64_t>(int64_t{slots[call.fd2]});
  int64_t value = raw_syscall(call.nr, args[0], args[1], args[2], args[3], args[4], args[5]);
  if (value > 0 && value < call.whole) value = finish_parts(call, args, value);
  settle(call, value, slots, buffers, result);
}

}  // namespace ur
