/** Why a call of the log is not replayed. A closed list; each reason explains itself. */
export const LEDGER_REASONS = {
  memory: 'memory management; batching cannot touch it',
  process: 'processes and threads; a replay starts none',
  signal: 'signals and timers',
  socket: 'sockets and pipes; their other end is not there',
  event: 'waiting (poll, epoll, futex, ...) and event descriptors',
  ioctl: 'device-specific control; its effect is not in the log',
  identity: 'user, group, limits and system information; no file is involved',
  write: 'would create, change or remove something; replayed only inside a sandbox that holds it',
  device: 'a device or terminal, or something in /proc or /sys that no ordinary file can stand for',
  descriptor: 'its descriptor comes from a call that is not replayed, or from before the log began',
  unfinished: 'never returned in the log, so there is no outcome to reproduce',
  arguments: 'the log does not show enough of its arguments (truncated or not decoded)',
  directory: 'concerns the current directory of a process other than the first (the replay has one), or one that the log does not tell',
  permission: 'EACCES, EPERM, EROFS or EXDEV: it follows from owners, groups, mounts and capabilities, which are not in the log',
  duplicate: 'restarted by the kernel after a signal; counted once',
  attributes: 'extended attributes that are there; which ones are depends on file system and security module, not on the files of the log',
  unsupported: 'not a call that this version replays',
} as const;
export type LedgerReason = keyof typeof LEDGER_REASONS;

/** What can be done about it, where something can. */
export const LEDGER_REMEDIES: Readonly<Partial<Record<LedgerReason, string>>> = {
  permission: 'run --live as the user who recorded it replays EACCES and EPERM too',
  arguments: 'record it again with uring-replay record, or strace -f -s 4096 and without -e raw or -e verbose',
  descriptor: 'record the program from its start (record -- CMD), without leaving out calls',
  directory: 'run --pid PID replays that process alone, from its own directory',
  unfinished: 'record until the program has ended',
};

/** One line of the ledger: how many calls of one name were not replayed for one reason. */
export interface LedgerEntry {
  readonly reason: LedgerReason;
  readonly syscall: string;
  readonly count: number;
}
