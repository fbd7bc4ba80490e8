// One io_uring: set-up with the flags that this kernel takes, the submission queue with its short-submit
// rule, the completion queue. Knows nothing of ops; ring.cc schedules them.
#pragma once

#include <liburing.h>

#include <cstdint>
#include <string>
#include <vector>

#include "engine.h"
#include "error.h"

namespace ur {

// Newer than liburing 2.3's header, or than some distribution's: numbers of our own, probed at run time.
constexpr unsigned kSetupSubmitAll = 1u << 7;      // 5.18
constexpr unsigned kSetupCoopTaskrun = 1u << 8;    // 5.19
constexpr unsigned kSetupSingleIssuer = 1u << 12;  // 6.0
constexpr unsigned kSetupDeferTaskrun = 1u << 13;  // 6.1
constexpr uint8_t kOpFgetxattr = 43;               // 5.19
constexpr uint8_t kOpGetxattr = 44;                // 5.19
constexpr uint8_t kOpFtruncate = 55;               // 6.9

// The three system calls, each returning a value or a negative errno. Tests put others in their place to
// provoke short submits, EINTR, EAGAIN, full queues.
struct RingKernel {
  int (*setup)(unsigned entries, io_uring_params* params);
  int (*enter)(io_uring* ring, unsigned to_submit, unsigned min_complete, unsigned flags);
  int (*reg)(int fd, unsigned opcode, const void* arg, unsigned count);
};
RingKernel& ring_kernel();

// Value of kernel.io_uring_disabled (Linux 6.6), or -1. Looked up once.
int uring_disabled_sysctl();

// UR_NO_URING with the likely cause and what to do about it.
Error no_uring_error(int err);

// IORING_SETUP_* flags that this kernel takes, each tried once on its own. 0 where io_uring is off.
unsigned supported_setup_flags();
std::vector<std::string> setup_flag_names(unsigned flags);

// Opcodes that the kernel has, by number (256 entries), asked of a ring.
std::vector<bool> probe_opcodes(int ring_fd);
// "statx" for 21; "op 63" beyond the known ones.
std::string opcode_name(uint8_t opcode);

class RingQueue {
 public:
  RingQueue() = default;
  ~RingQueue();
  RingQueue(const RingQueue&) = delete;
  RingQueue& operator=(const RingQueue&) = delete;

  // At least two entries; fewer than asked for where the kernel's limit or locked memory demand it.
  // Affinity same or other ties the calling thread to the CPU that it is on.
  Error open(unsigned entries, const EngineOptions& options);
  // A sparse table of fixed files. False where the kernel has none.
  bool register_sparse_files(unsigned count);
  bool clear_fixed_file(unsigned index);

  int fd() const { return ring_.ring_fd; }
  unsigned flags() const { return ring_.flags; }
  unsigned features() const { return features_; }
  unsigned sq_entries() const { return sq_entries_; }
  unsigned cq_entries() const { return cq_entries_; }
  uint64_t enters() const { return enters_; }
  void clear_enters() { enters_ = 0; }

  // The next free entry, zeroed by nobody; nullptr when the queue is full.
  io_uring_sqe* next() {
    const unsigned head = io_uring_smp_load_acquire(ring_.sq.khead);
    if (tail_ - head == sq_entries_) return nullptr;
    return &ring_.sq.sqes[tail_++ & mask_];
  }
  bool has_room() const { return tail_ - io_uring_smp_load_acquire(ring_.sq.khead) < sq_entries_; }
  // The entry that next() gave last. Only while unsubmitted() > 0.
  io_uring_sqe* last() { return &ring_.sq.sqes[(tail_ - 1) & mask_]; }
  unsigned unsubmitted() const { return tail_ - submitted_; }

  // Completions that are there and not yet reaped.
  unsigned completions() const { return io_uring_smp_load_acquire(ring_.cq.ktail) - *ring_.cq.khead; }

  // Submits all entries and waits for `wait` completions; `events` false: does not even look at them, so
  // that those posted on return were inline. Returns how many entries the kernel took, or -errno.
  int submit(unsigned wait, bool events = true);

  // After a short submit: takes back what the kernel did not take, oldest first. The kernel has already
  // started the first part of a chain that was cut; what is taken back must wait for it.
  template <typename Each>
  void retract(Each each) {
    for (unsigned at = submitted_; at != tail_; at++) each(ring_.sq.sqes[at & mask_]);
    tail_ = submitted_;
    io_uring_smp_store_release(ring_.sq.ktail, tail_);
  }

  // Hands over all completions that are there, each(user_data, res). Returns how many.
  template <typename Each>
  unsigned reap(Each each) {
    unsigned head = *ring_.cq.khead;
    const unsigned tail = io_uring_smp_load_acquire(ring_.cq.ktail);
    const unsigned count = tail - head;
    for (; head != tail; head++) {
      const io_uring_cqe& cqe = ring_.cq.cqes[head & cq_mask_];
      each(cqe.user_data, cqe.res);
    }
    if (count > 0) io_uring_smp_store_release(ring_.cq.khead, head);
    return count;
  }

 private:
  int try_setup(unsigned entries, unsigned flags);
  Error limit_workers(unsigned workers);
  Error place_workers(RingAffinity affinity);

  io_uring ring_ = {};
  bool open_ = false;
  unsigned features_ = 0;
  unsigned sq_entries_ = 0;
  unsigned cq_entries_ = 0;
  unsigned mask_ = 0;
  unsigned cq_mask_ = 0;
  unsigned tail_ = 0;       // entries handed out
  unsigned submitted_ = 0;  // of these, taken by the kernel
  uint64_t enters_ = 0;
};

}  // namespace ur
