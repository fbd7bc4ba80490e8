/** Calls that are never replayed, by the reason that goes into the ledger. */
import type { LedgerReason } from './ledger.js';

const NAMES: Readonly<Partial<Record<LedgerReason, string>>> = {
  memory: `brk mmap mmap2 munmap mremap mprotect pkey_mprotect pkey_alloc pkey_free madvise process_madvise mincore msync
    mlock mlock2 munlock mlockall munlockall remap_file_pages mbind get_mempolicy set_mempolicy migrate_pages move_pages
    membarrier shmget shmat shmdt shmctl map_shadow_stack cachestat set_mempolicy_home_node old_mmap`,
  process: `execve execveat fork vfork clone clone3 clone2 exit exit_group wait4 waitpid waitid set_tid_address
    set_robust_list get_robust_list rseq arch_prctl prctl ptrace kcmp set_thread_area get_thread_area modify_ldt
    sched_yield sched_setaffinity sched_getaffinity sched_setscheduler sched_getscheduler sched_setparam sched_getparam
    sched_setattr sched_getattr sched_get_priority_max sched_get_priority_min sched_rr_get_interval setns unshare
    process_vm_readv process_vm_writev personality seccomp landlock_create_ruleset landlock_add_rule
    landlock_restrict_self process_mrelease pidfd_open pidfd_getfd kexec_load reboot ioprio_get ioprio_set`,
  signal: `rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigsuspend rt_sigtimedwait rt_sigqueueinfo
    rt_tgsigqueueinfo sigaction sigprocmask sigreturn sigpending sigsuspend signal sigaltstack kill tkill tgkill
    pidfd_send_signal pause alarm getitimer setitimer timer_create timer_settime timer_gettime timer_getoverrun
    timer_delete`,
  socket: `socket socketpair bind connect listen accept accept4 getsockname getpeername getsockopt setsockopt shutdown
    sendto sendmsg sendmmsg send recvfrom recvmsg recvmmsg recv socketcall pipe pipe2 splice tee vmsplice mq_open
    mq_unlink mq_timedsend mq_timedreceive mq_notify mq_getsetattr msgget msgsnd msgrcv msgctl`,
  event: `poll ppoll select pselect6 _newselect epoll_create epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2
    futex futex_waitv futex_wait futex_wake futex_requeue nanosleep clock_nanosleep restart_syscall eventfd eventfd2
    signalfd signalfd4 timerfd_create timerfd_settime timerfd_gettime inotify_init inotify_init1 inotify_add_watch
    inotify_rm_watch fanotify_init fanotify_mark userfaultfd semget semop semtimedop semctl io_setup io_destroy
    io_submit io_cancel io_getevents io_pgetevents io_uring_setup io_uring_enter io_uring_register perf_event_open bpf`,
  ioctl: 'ioctl',
  identity: `getpid getppid gettid getuid geteuid getgid getegid getresuid getresgid setuid setgid setreuid setregid
    setresuid setresgid setfsuid setfsgid getgroups setgroups getpgid getpgrp setpgid getsid setsid capget capset
    getrlimit setrlimit prlimit64 ugetrlimit getrusage getpriority setpriority uname sethostname setdomainname sysinfo
    syslog sysfs ustat quotactl quotactl_fd times time gettimeofday settimeofday clock_gettime clock_settime
    clock_getres clock_adjtime adjtimex getcpu getrandom umask acct vhangup add_key request_key keyctl lookup_dcookie
    name_to_handle_at listmount statmount lsm_get_self_attr lsm_set_self_attr lsm_list_modules init_module
    finit_module delete_module iopl ioperm`,
  write: `mount umount umount2 pivot_root move_mount open_tree fsopen fsconfig fsmount fspick mount_setattr swapon
    swapoff sync syncfs sync_file_range setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr`,
  directory: 'chroot',
  attributes: 'getxattrat listxattrat file_getattr',
  unsupported: `readahead memfd_create memfd_secret open_by_handle_at remap_pages uselib readdir`,
};

const REASONS: ReadonlyMap<string, LedgerReason> = new Map(
  Object.entries(NAMES).flatMap(([reason, names]) =>
    names.trim().split(/\s+/).map((name): [string, LedgerReason] => [name, reason as LedgerReason]),
  ),
);

/** The reason why `name` is never replayed; `unsupported` for names that nobody thought of. */
export function reasonFor(name: string): LedgerReason {
  return REASONS.get(name) ?? 'unsupported';
}
