/** What calls that succeed change about a process: its descriptors, its directory, its program (man 2 of each). */
import { fdOf, hasFlag } from './values.js';
import type { Subject } from './subject.js';

type Effect = (subject: Subject, ret: number) => void;

const open: Effect = (subject, ret) => {
  subject.process.descriptors.set(ret, subject.path, subject.has('O_CLOEXEC'));
};

/** A new descriptor without a path. */
const pathless: Effect = ({ process }, ret) => {
  process.descriptors.set(ret, null, false);
};

const dup: Effect = (subject, ret) => {
  const { descriptors } = subject.process;
  const from = subject.fd(0);
  const path = typeof from === 'number' ? (descriptors.get(from)?.path ?? null) : null;
  descriptors.set(ret, path, subject.call.name === 'dup3' && hasFlag(subject.args[2], 'O_CLOEXEC'));
};

/** An array of new descriptors as argument `index`. */
const pair =
  (index: number): Effect =>
  ({ process, args }) => {
    const list = args.at(index);
    if (list?.type !== 'array') return;
    for (const item of list.items) {
      const fd = fdOf(item);
      if (typeof fd === 'number') process.descriptors.set(fd, null, false);
    }
  };

const fcntl: Effect = (subject, ret) => {
  const fd = subject.fd(0);
  if (typeof fd !== 'number') return;
  const { process } = subject;
  const entry = process.descriptors.get(fd);
  if (subject.flag(1, 'F_SETFD') && entry !== null) entry.cloexec = subject.flag(2, 'FD_CLOEXEC');
  else if (subject.flag(1, 'F_DUPFD')) process.descriptors.set(ret, entry?.path ?? null, false);
  else if (subject.flag(1, 'F_DUPFD_CLOEXEC')) process.descriptors.set(ret, entry?.path ?? null, true);
};

const close: Effect = (subject) => {
  const fd = subject.fd(0);
  if (typeof fd === 'number') subject.process.descriptors.close(fd);
};

const closeRange: Effect = ({ process, args }) => {
  const first = fdOf(args[0]);
  const last = fdOf(args[1]); // ~0U is printed as an expression
  if (typeof first !== 'number') return;
  process.descriptors.closeRange(first, typeof last === 'number' ? last : Infinity, hasFlag(args[2], 'CLOSE_RANGE_CLOEXEC'));
};

const exec: Effect = ({ process, path }) => {
  process.image++;
  process.program = path;
  process.descriptors = process.descriptors.copy();
  process.descriptors.closeOnExec();
};

const changeDirectory: Effect = ({ process, path }) => {
  process.directory.path = path;
};

const getcwd: Effect = (subject) => {
  const path = subject.string(0);
  if (path !== null) subject.process.directory.path = path;
};

const unshare: Effect = ({ process, args }) => {
  if (hasFlag(args[0], 'CLONE_FILES')) process.descriptors = process.descriptors.copy();
  if (hasFlag(args[0], 'CLONE_FS')) process.directory = { ...process.directory };
};

/** 'start': a new process, which processes.ts sees to. */
export const EFFECTS: ReadonlyMap<string, Effect | 'start'> = new Map<string, Effect | 'start'>([
  ...each('open openat openat2 creat', open),
  ...each('dup dup2 dup3', dup),
  ...each('fcntl fcntl64', fcntl),
  ...each('pipe pipe2', pair(0)),
  ['socketpair', pair(3)],
  ...each('socket accept accept4 eventfd eventfd2 epoll_create epoll_create1 timerfd_create signalfd signalfd4 memfd_create', pathless),
  ...each('inotify_init inotify_init1 fanotify_init pidfd_open userfaultfd io_uring_setup perf_event_open', pathless),
  ['close', close],
  ['close_range', closeRange],
  ...each('clone clone2 clone3 fork vfork', 'start'),
  ...each('execve execveat', exec),
  ...each('chdir fchdir', changeDirectory),
  ['getcwd', getcwd],
  ['unshare', unshare],
]);

function each(names: string, effect: Effect | 'start'): [string, Effect | 'start'][] {
  return names.split(' ').map((name) => [name, effect]);
}
