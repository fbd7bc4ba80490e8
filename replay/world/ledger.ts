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
  device: 'a device, /proc, /sys or terminal path; its content cannot be rebuilt',
  descriptor: 'its descriptor comes from a call that is not replayed, or from before the log began',
  unfinished: 'never returned in the log, so there is no outcome to reproduce',
  arguments: 'the log does not show enough of its arguments (truncated or not decoded)',
  directory: 'the current directory of this process is not known from the log',
  permission: 'its outcome needs an identity that the replay does not have',
  duplicate: 'restarted by the kernel after a signal; counted once',
  unsupported: 'not a call that this version replays',
} as const;
export type LedgerReason = keyof typeof LEDGER_REASONS;

/** One line of the ledger: how many calls of one name were not replayed for one reason. */
export interface LedgerEntry {
  readonly reason: LedgerReason;
  readonly syscall: string;
  readonly count: number;
}
