/** Calls that are not replayed but take descriptor numbers, move cursors or change files. */
import type { Value } from '../../trace/model.js';
import { AT_FDCWD } from '../constants.js';
import type { LedgerReason } from '../ledger.js';
import { notReplayed } from '../openfile.js';
import { join } from '../paths.js';
import { reasonFor } from '../reasons.js';
import { member, plain, toNumbers } from '../values.js';
import type { World } from '../world.js';
import { loseCursor, spoil } from './read.js';

/** Names of calls that return a new descriptor; `event` and so on is the reason of what is done with it. */
export const DESCRIPTOR_MAKERS: Readonly<Record<string, LedgerReason>> = {
  socket: 'socket', accept: 'socket', accept4: 'socket', mq_open: 'socket',
  epoll_create: 'event', epoll_create1: 'event', eventfd: 'event', eventfd2: 'event', signalfd: 'event',
  signalfd4: 'event', timerfd_create: 'event', inotify_init: 'event', inotify_init1: 'event', fanotify_init: 'event',
  userfaultfd: 'event', perf_event_open: 'event', io_uring_setup: 'event', bpf: 'event',
  memfd_create: 'descriptor', memfd_secret: 'descriptor', open_by_handle_at: 'descriptor', pidfd_open: 'process',
  pidfd_getfd: 'descriptor', landlock_create_ruleset: 'process', fsopen: 'descriptor', fsmount: 'descriptor',
  fspick: 'descriptor', open_tree: 'descriptor',
};

export function descriptorMaker(w: World): void {
  const { process, call } = w;
  const reason = DESCRIPTOR_MAKERS[call.name];
  w.skip(reasonFor(call.name));
  // bpf(2) returns other things too; taking a number that is not a descriptor's does no harm.
  if (!w.succeeded || (call.name === 'bpf' && call.ret === 0)) return;
  const fd = Number(call.ret);
  w.after(() => { process.fds.set(fd, notReplayed(reason, false)); });
}

/** pipe([r, w]), pipe2, socketpair(..., [a, b]) */
export function pair(w: World): void {
  const { process, call } = w;
  const numbers = toNumbers(w.args.decoded().findLast((arg) => plain(arg)?.type === 'array' && toNumbers(arg).length === 2));
  const at = call.name === 'socketpair' ? 3 : 0;
  const created = numbers.length === 2 ? numbers : toNumbers(w.args.value(at));
  const cloexec = call.name !== 'pipe' && w.args.decoded().some((arg) => hasFlag(arg, /^(?:O|SOCK)_CLOEXEC$/));
  w.skip('socket');
  if (!w.succeeded) return;
  w.after(() => { for (const fd of created) process.fds.set(fd, notReplayed('socket', cloexec)); });
}

function hasFlag(arg: Value | undefined, pattern: RegExp): boolean {
  const value = plain(arg);
  return value?.type === 'flags' && value.names.some((name) => pattern.test(name));
}

/** recvmsg, recvmmsg: SCM_RIGHTS messages carry descriptors (unix(7)). */
export function receive(w: World): void {
  const { process } = w;
  w.skip('socket');
  if (!w.succeeded) return;
  const received = w.args.decoded().flatMap(passedDescriptors);
  w.after(() => { for (const fd of received) process.fds.set(fd, notReplayed('descriptor', false)); });
}

function passedDescriptors(value: Value): number[] {
  switch (value.type) {
    case 'commented': return passedDescriptors(value.value);
    case 'change': return passedDescriptors(value.after);
    case 'array': return value.items.flatMap(passedDescriptors);
    case 'struct': {
      const type = plain(member(value, 'cmsg_type'));
      if (type?.type === 'flags' && type.names.includes('SCM_RIGHTS')) return toNumbers(member(value, 'cmsg_data'));
      return value.fields.flatMap((field) => passedDescriptors(field.value));
    }
    default: return [];
  }
}

/** splice(in, off, out, off, ...): `in` may be a file. */
export function splice(w: World): void {
  w.skip('socket');
  loseCursor(w, 0);
  loseCursor(w, 2);
  spoil(w, 2);
}

/** ioctl(fd, request, ...): FICLONE and FICLONERANGE copy a file (ioctl_ficlonerange(2)). */
export function ioctl(w: World): void {
  w.skip('ioctl');
  if (w.succeeded && hasFlag(w.args.value(1), /^FICLONE|^FIDEDUPERANGE|^BTRFS_IOC_CLONE/)) spoil(w, 0);
}

/** Which arguments of a mutating call are (directory, path) pairs; -1: no directory argument. */
const MUTATED: Readonly<Record<string, readonly (readonly [number, number])[]>> = {
  mkdir: [[-1, 0]], mkdirat: [[0, 1]], unlink: [[-1, 0]], unlinkat: [[0, 1]], rmdir: [[-1, 0]],
  rename: [[-1, 0], [-1, 1]], renameat: [[0, 1], [2, 3]], renameat2: [[0, 1], [2, 3]],
  link: [[-1, 1]], linkat: [[2, 3]], symlink: [[-1, 1]], symlinkat: [[1, 2]],
  chmod: [[-1, 0]], fchmodat: [[0, 1]], fchmodat2: [[0, 1]], truncate: [[-1, 0]], truncate64: [[-1, 0]],
  mknod: [[-1, 0]], mknodat: [[0, 1]],
  utimensat: [], utime: [], utimes: [], futimesat: [], fchmod: [],
  write: [], writev: [], pwrite64: [], pwritev: [], pwritev2: [], ftruncate: [], ftruncate64: [], fallocate: [],
  fsync: [], fdatasync: [], copy_file_range: [],
};
export const MUTATING = Object.keys(MUTATED);

/** A call that would change something and is not replayed: what it changed is no longer as the tree has it. */
export function mutating(w: World): void {
  w.skip('write');
  if (!w.succeeded) return;
  for (const [dirfdAt, pathAt] of MUTATED[w.call.name] ?? []) {
    const path = absolutePath(w, dirfdAt, pathAt);
    if (path !== null) w.paths.markStale(path);
  }
}

function absolutePath(w: World, dirfdAt: number, pathAt: number): string | null {
  const text = w.args.text(pathAt);
  if (text === null || text === '') return null;
  if (text.startsWith('/')) return text;
  const directory = dirfdAt < 0 ? AT_FDCWD : w.args.number(dirfdAt) ?? w.args.fd(dirfdAt);
  const base = directory === AT_FDCWD || directory === null ? w.process.fs.cwd : (w.process.fds.get(directory)?.file.path ?? null);
  return base === null ? null : join(base, text);
}
