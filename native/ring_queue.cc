#include "ring_queue.h"

#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "syscalls.h"

namespace ur {
namespace {

#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#define SYS_io_uring_enter 426
#define SYS_io_uring_register 427
#endif

constexpr unsigned kRegisterIowqAffinity = 17;  // IORING_REGISTER_IOWQ_AFF, Linux 5.14

int kernel_setup(unsigned entries, io_uring_params* params) {
  return static_cast<int>(
      raw_syscall(SYS_io_uring_setup, entries, reinterpret_cast<uint64_t>(params), 0, 0, 0, 0));
}

int kernel_enter(io_uring* ring, unsigned to_submit, unsigned min_complete, unsigned flags) {
  return static_cast<int>(raw_syscall(SYS_io_uring_enter, static_cast<uint64_t>(ring->ring_fd), to_submit,
                                      min_complete, flags, 0, 8 /* sigset size, unused */));
}

int kernel_register(int fd, unsigned opcode, const void* arg, unsigned count) {
  return static_cast<int>(raw_syscall(SYS_io_uring_register, static_cast<uint64_t>(fd), opcode,
                                      reinterpret_cast<uint64_t>(arg), count, 0, 0));
}

struct FlagName {
  unsigned flag;
  const char* name;
};
constexpr FlagName kSetupFlags[] = {
    {IORING_SETUP_SQPOLL, "SQPOLL"},       {kSetupSubmitAll, "SUBMIT_ALL"},
    {kSetupCoopTaskrun, "COOP_TASKRUN"},   {kSetupSingleIssuer, "SINGLE_ISSUER"},
    {kSetupDeferTaskrun, "DEFER_TASKRUN"},
};

constexpr const char* kOpcodeNames[] = {
    "nop",
    "readv",
    "writev",
    "fsync",
    "read_fixed",
    "write_fixed",
    "poll_add",
    "poll_remove",
    "sync_file_range",
    "sendmsg",
    "recvmsg",
    "timeout",
    "timeout_remove",
    "accept",
    "async_cancel",
    "link_timeout",
    "connect",
    "fallocate",
    "openat",
    "close",
    "files_update",
    "statx",
    "read",
    "write",
    "fadvise",
    "madvise",
    "send",
    "recv",
    "openat2",
    "epoll_ctl",
    "splice",
    "provide_buffers",
    "remove_buffers",
    "tee",
    "shutdown",
    "renameat",
    "unlinkat",
    "mkdirat",
    "symlinkat",
    "linkat",
    "msg_ring",
    "fsetxattr",
    "setxattr",
    "fgetxattr",
    "getxattr",
    "socket",
    "uring_cmd",
    "send_zc",
    "sendmsg_zc",
    "read_multishot",
    "waitid",
    "futex_wait",
    "futex_wake",
    "futex_waitv",
    "fixed_fd_install",
    "ftruncate",
    "bind",
    "listen",
    "recv_zc",
    "epoll_wait",
    "readv_fixed",
    "writev_fixed",
    "pipe",
};

unsigned probe_setup_flags() {
  unsigned supported = 0;
  for (const FlagName& known : kSetupFlags) {
    io_uring_params params;
    memset(&params, 0, sizeof(params));
    params.flags = known.flag;
    if (known.flag == kSetupDeferTaskrun) params.flags |= kSetupSingleIssuer;  // it demands that one
    const int fd = ring_kernel().setup(2, &params);
    if (fd < 0) continue;
    close(fd);
    supported |= known.flag;
  }
  return supported;
}

int read_sysctl() {
  FILE* file = fopen("/proc/sys/kernel/io_uring_disabled", "re");
  if (file == nullptr) return -1;
  int value = -1;
  if (fscanf(file, "%d", &value) != 1) value = -1;
  fclose(file);
  return value;
}

// Those that this thread might use when it made its first ring, which may have tied it to one of them;
// nullptr: not known.
const cpu_set_t* cpus_of_thread() {
  thread_local cpu_set_t cpus;
  thread_local const bool known = sched_getaffinity(0, sizeof(cpus), &cpus) == 0;
  return known ? &cpus : nullptr;
}

constexpr unsigned kEntriesMax = 32768;  // IORING_MAX_ENTRIES
constexpr unsigned kSqpollIdleMs = 50;

// `known`: what the kernel takes.
unsigned flags_of(RingSetup setup, unsigned known) {
  const unsigned defer = kSetupSingleIssuer | kSetupDeferTaskrun;
  const unsigned base = known & kSetupSubmitAll;
  switch (setup) {
    case RingSetup::kAuto:
      return (known & defer) == defer ? base | defer : base | (known & kSetupCoopTaskrun);
    case RingSetup::kDefer:
      return base | defer;
    case RingSetup::kCoop:
      return base | (known & kSetupCoopTaskrun);
    case RingSetup::kSqpoll:
      return base | IORING_SETUP_SQPOLL;
    case RingSetup::kDefault:
      break;
  }
  return base;
}

}  // namespace

RingKernel& ring_kernel() {
  static RingKernel kernel = {kernel_setup, kernel_enter, kernel_register};
  return kernel;
}

int uring_disabled_sysctl() {
  static const int value = read_sysctl();
  return value;
}

Error no_uring_error(int err) {
  const int sysctl = uring_disabled_sysctl();
  std::string cause;
  std::string remedy;
  if (err == EPERM && sysctl > 0) {
    cause = "the sysctl kernel.io_uring_disabled is " + std::to_string(sysctl) +
            (sysctl == 1 ? " (only for the group in kernel.io_uring_group and for CAP_SYS_ADMIN)"
                         : " (off for all)");
    remedy = "as root: sysctl kernel.io_uring_disabled=0";
  } else if (err == EPERM || err == EACCES) {
    cause = "a seccomp filter or security module forbids it, as container runtimes do by default";
    remedy =
        "run outside the container, or with a seccomp profile that allows io_uring (docker: --security-opt "
        "seccomp=unconfined)";
  } else if (err == ENOSYS) {
    cause =
        "a seccomp filter hides it (containers), or this kernel has no io_uring (before 5.1, or built "
        "without)";
    remedy = "run outside the container, or on a kernel with CONFIG_IO_URING";
  } else if (err == ENOMEM) {
    cause = "the locked memory limit is too small for the rings (kernels before 5.12 count them)";
    remedy = "raise it: ulimit -l unlimited, or use a smaller batch";
  } else if (err == EMFILE || err == ENFILE) {
    cause = "no descriptor is left";
    remedy = "raise the limit: ulimit -n";
  } else {
    cause = "the kernel refused the set-up";
    remedy = "see `uring-replay doctor`";
  }
  return {"UR_NO_URING",
          "io_uring is not available: io_uring_setup failed with " + errno_name(err) + "; " + cause, remedy,
          err};
}

unsigned supported_setup_flags() {
  static const unsigned flags = probe_setup_flags();
  return flags;
}

std::vector<std::string> setup_flag_names(unsigned flags) {
  std::vector<std::string> names;
  for (const FlagName& known : kSetupFlags) {
    if (flags & known.flag) names.push_back(known.name);
  }
  return names;
}

std::vector<bool> probe_opcodes(int ring_fd) {
  constexpr unsigned kCount = 256;
  std::vector<bool> supported(kCount, false);
  std::vector<uint64_t> memory((sizeof(io_uring_probe) + kCount * sizeof(io_uring_probe_op) + 7) / 8, 0);
  auto* probe = reinterpret_cast<io_uring_probe*>(memory.data());
  if (ring_kernel().reg(ring_fd, IORING_REGISTER_PROBE, probe, kCount) < 0) return supported;
  for (unsigned i = 0; i < probe->ops_len && i < kCount; i++) {
    supported[i] = probe->ops[i].flags & IO_URING_OP_SUPPORTED;
  }
  return supported;
}

std::string opcode_name(uint8_t opcode) {
  constexpr size_t kKnown = sizeof(kOpcodeNames) / sizeof(kOpcodeNames[0]);
  return opcode < kKnown ? kOpcodeNames[opcode] : "op " + std::to_string(opcode);
}

RingQueue::~RingQueue() {
  if (open_) io_uring_queue_exit(&ring_);
}

int RingQueue::try_setup(unsigned entries, unsigned flags) {
  io_uring_params params;
  memset(&params, 0, sizeof(params));
  params.flags = flags | IORING_SETUP_CLAMP;
  if (flags & IORING_SETUP_SQPOLL) params.sq_thread_idle = kSqpollIdleMs;
  const int fd = ring_kernel().setup(entries, &params);
  if (fd < 0) return fd;
  const int mapped = io_uring_queue_mmap(fd, &params, &ring_);
  if (mapped < 0) {
    close(fd);
    return mapped;
  }
  features_ = params.features;
  sq_entries_ = params.sq_entries;
  cq_entries_ = params.cq_entries;
  return 0;
}

Error RingQueue::open(unsigned entries, const EngineOptions& options) {
  const RingSetup setup = options.setup;
  const unsigned defer = kSetupSingleIssuer | kSetupDeferTaskrun;
  entries = entries < 2 ? 2 : entries > kEntriesMax ? kEntriesMax : entries;
  // New kernels take everything at once. Only others are asked what they take: that makes several rings, and
  // the kernel needs some 10 ms to tear them down, beside whatever comes next.
  unsigned known = ~0u;
  unsigned flags = flags_of(setup, known);
  int result = try_setup(entries, flags);
  if (result == -EINVAL) {
    known = supported_setup_flags();
    flags = flags_of(setup, known);
    result = try_setup(entries, flags);
  }
  // Kernels before 5.12 count ring memory against RLIMIT_MEMLOCK: a smaller ring may fit.
  while (result == -ENOMEM && entries > 64) result = try_setup(entries /= 2, flags);
  if (result == -EINVAL && (flags & ~known & (defer | IORING_SETUP_SQPOLL)) != 0) {
    return {"UR_RING_SETUP", "this kernel does not take the ring set-up that was asked for",
            "use the automatic set-up; `uring-replay doctor` lists the flags that work", EINVAL};
  }
  if (result < 0) return no_uring_error(-result);
  open_ = true;
  mask_ = *ring_.sq.kring_mask;
  cq_mask_ = *ring_.cq.kring_mask;
  // Entries are used in ring order, so the indirection is the identity. (liburing up to 2.3 writes it at
  // each submit.)
  for (unsigned i = 0; i < sq_entries_; i++) ring_.sq.array[i] = i;
  Error error = limit_workers(options.workers);
  return error.ok() ? place_workers(options.affinity) : error;
}

Error RingQueue::limit_workers(unsigned workers) {
  if (workers == 0) return {};
  unsigned limits[2] = {workers, workers};  // bounded and unbounded work
  const int limited = ring_kernel().reg(fd(), IORING_REGISTER_IOWQ_MAX_WORKERS, limits, 2);
  if (limited >= 0) return {};
  return {"UR_RING_SETUP", "the number of io-wq workers can't be set here (" + errno_name(-limited) + ")",
          "leave it to the kernel, or use Linux 5.15 or newer", -limited};
}

// io-wq gives its workers all CPUs of the cpuset, also where this thread is bound to a few of them
// (io_uring/io-wq.c, io_wq_create()): a pinned ring would have more CPUs than a pinned serial replay. Before
// Linux 5.14 there is no way.
Error RingQueue::place_workers(RingAffinity affinity) {
  const cpu_set_t* const ours = cpus_of_thread();
  if (affinity == RingAffinity::kAny) {
    if (ours != nullptr && CPU_COUNT(ours) < sysconf(_SC_NPROCESSORS_ONLN))
      ring_kernel().reg(fd(), kRegisterIowqAffinity, ours, sizeof(*ours));
    return {};
  }
  const int cpu = sched_getcpu();
  cpu_set_t own;
  CPU_ZERO(&own);
  if (cpu >= 0) CPU_SET(cpu, &own);
  cpu_set_t workers = own;
  if (affinity == RingAffinity::kOther && ours != nullptr) CPU_XOR(&workers, ours, &own);
  if (CPU_COUNT(&workers) == 0) {
    return {"UR_RING_SETUP", "there is no other CPU for io-wq's workers: this process may use one only",
            "allow it more (--pin, taskset, cpusets), or choose another --ring-affinity", EINVAL};
  }
  int result = sched_setaffinity(0, sizeof(own), &own) == 0 ? 0 : -errno;
  if (result == 0) result = ring_kernel().reg(fd(), kRegisterIowqAffinity, &workers, sizeof(workers));
  if (result >= 0) return {};
  return {"UR_RING_SETUP", "the CPUs of io-wq's workers can't be chosen here (" + errno_name(-result) + ")",
          "leave out --ring-affinity, or use Linux 5.14 or newer", -result};
}

bool RingQueue::register_sparse_files(unsigned count) {
  const std::vector<int> empty(count, -1);  // an array of -1 is what 5.5 to 5.18 take, too
  return ring_kernel().reg(fd(), IORING_REGISTER_FILES, empty.data(), count) == 0;
}

bool RingQueue::clear_fixed_file(unsigned index) {
  const int none = -1;
  io_uring_files_update update = {};
  update.offset = index;
  update.fds = reinterpret_cast<uint64_t>(&none);
  return ring_kernel().reg(fd(), IORING_REGISTER_FILES_UPDATE, &update, 1) >= 0;
}

int RingQueue::submit(unsigned wait, bool events) {
  io_uring_smp_store_release(ring_.sq.ktail, tail_);
  const unsigned to_submit = tail_ - submitted_;
  unsigned flags = wait > 0 || events ? IORING_ENTER_GETEVENTS : 0;
  if (ring_.flags & IORING_SETUP_SQPOLL) {
    // The kernel's thread takes the entries by itself, unless it has gone to sleep.
    submitted_ = tail_;
    io_uring_smp_mb();
    if (IO_URING_READ_ONCE(*ring_.sq.kflags) & IORING_SQ_NEED_WAKEUP) flags |= IORING_ENTER_SQ_WAKEUP;
    if (tail_ - io_uring_smp_load_acquire(ring_.sq.khead) == sq_entries_) flags |= IORING_ENTER_SQ_WAIT;
    if (wait == 0 && (flags & ~unsigned{IORING_ENTER_GETEVENTS}) == 0) return static_cast<int>(to_submit);
    enters_++;
    const int result = ring_kernel().enter(&ring_, to_submit, wait, flags);
    return result < 0 ? result : static_cast<int>(to_submit);
  }
  enters_++;
  const int result = ring_kernel().enter(&ring_, to_submit, wait, flags);
  // What the kernel took is what its head says, also when it then failed to wait.
  submitted_ = io_uring_smp_load_acquire(ring_.sq.khead);
  return result;
}

}  // namespace ur
