/**
 * Follows the processes of a log far enough to say which file each call is about: descriptor tables (shared, copied,
 * closed at exec), current directories, programs. What the log does not say stays unknown: a relative path below an
 * unknown directory stays relative.
 */
import { Descriptors } from './descriptors.js';
import { SHAPES, type Shape } from './shapes.js';
import { annotatedPath, fdOf, flagsWith, hasFlag, pathOf } from './values.js';
import type { Call, LogEvent, Value } from '../../replay/trace/model.js';

const NO_PID = 0;

export interface Process {
  readonly pid: number;
  /** null: not started in this log, or its start has not returned yet. */
  parent: Process | null;
  /** Shares everything with `parent`. */
  thread: boolean;
  /** Number of execve calls that succeeded. */
  image: number;
  /** What was executed last (latin1), in this process or the one it was forked from. */
  program: string | null;
  descriptors: Descriptors;
  directory: { path: string | null };
}

/** One call with what it is about. The object is filled anew for each call. */
export class Subject {
  call!: Call;
  process!: Process;
  shape: Shape | null = null;
  /** latin1: the path asked for, made absolute where possible, or the path of the descriptor. */
  path: string | null = null;
  /** The second path of rename, link, symlink. */
  path2: string | null = null;
  /** A name was walked to, not merely an open descriptor used (`fstat`, and `newfstatat(3, "", AT_EMPTY_PATH)`). */
  byName = false;
  #args: readonly Value[] | null = null;

  reset(call: Call): void {
    this.call = call;
    this.path = this.path2 = null;
    this.byName = false;
    this.shape = SHAPES.get(call.name) ?? null;
    this.#args = null;
  }

  /** Decoded once however often asked. */
  get args(): readonly Value[] {
    return (this.#args ??= this.call.args());
  }

  get failed(): boolean {
    return this.call.errno !== null;
  }
}

export class Processes {
  readonly #live = new Map<number, Process>();
  readonly #subject = new Subject();

  /** The subject of `call`; the process is as it is after the call. Valid until the next call. */
  call(call: Call): Subject {
    const subject = this.#subject;
    subject.reset(call);
    subject.process = this.of(call.pid);
    if (subject.shape !== null) locate(subject, subject.shape);
    if (call.errno === null && call.ret !== null) this.#effect(subject);
    return subject;
  }

  event(event: LogEvent): void {
    if (event.kind === 'exit' || event.kind === 'killed') this.#live.delete(event.pid ?? NO_PID);
  }

  /** The process of this pid, begun if the log has not shown it before. */
  of(pid: number | null): Process {
    const id = pid ?? NO_PID;
    let process = this.#live.get(id);
    if (process === undefined) {
      // Its fork has not returned yet in the log; with a single process there is only one that can have made it.
      const only = this.#live.size === 1 && pid !== null ? this.#live.values().next().value! : null;
      process = {
        pid: id,
        parent: null,
        thread: false,
        image: 0,
        program: only?.program ?? null,
        descriptors: only?.descriptors.copy() ?? new Descriptors(false),
        directory: { path: only?.directory.path ?? null },
      };
      this.#live.set(id, process);
    }
    return process;
  }

  #effect(subject: Subject): void {
    const effect = EFFECTS[subject.call.name];
    if (effect === undefined) return;
    if (effect === 'start') this.#start(subject);
    else effect(subject.process, subject.args, Number(subject.call.ret), subject.path);
  }

  #start(subject: Subject): void {
    const parent = subject.process;
    const pid = Number(subject.call.ret);
    if (pid <= 0) return;
    const flags = flagsWith(subject.args, 'CLONE_');
    const known = this.#live.get(pid);
    const early = known !== undefined && known.parent === null ? known : undefined;
    const sharesFiles = hasFlag(flags, 'CLONE_FILES');
    if (early !== undefined && !sharesFiles) early.descriptors.inherit(parent.descriptors, early.image > 0);
    const descriptors = sharesFiles ? parent.descriptors : (early?.descriptors ?? parent.descriptors.copy());
    const directory = hasFlag(flags, 'CLONE_FS') ? parent.directory : { path: early?.directory.path ?? parent.directory.path };
    const child: Process = early ?? { pid, parent, thread: false, image: 0, program: parent.program, descriptors, directory };
    child.parent = parent;
    child.thread = hasFlag(flags, 'CLONE_THREAD');
    child.program ??= parent.program;
    child.descriptors = descriptors;
    child.directory = directory;
    this.#live.set(pid, child);
  }
}

function locate(subject: Subject, shape: Shape): void {
  const { process } = subject;
  if (shape.path !== undefined) {
    const path = pathOf(subject.args[shape.path]);
    if (path === '' && shape.dir !== undefined) subject.path = descriptorPath(process, subject.args[shape.dir]);
    else if (path !== null) {
      subject.path = absolute(process, shape.dir === undefined ? undefined : subject.args[shape.dir], path);
      subject.byName = true;
    }
  } else if (shape.fd !== undefined) subject.path = descriptorPath(process, subject.args[shape.fd]);
  if (shape.path2 !== undefined) {
    const path = pathOf(subject.args[shape.path2]);
    if (path !== null) subject.path2 = absolute(process, shape.dir2 === undefined ? undefined : subject.args[shape.dir2], path);
  }
}

function descriptorPath(process: Process, value: Value | undefined): string | null {
  const annotated = annotatedPath(value);
  if (annotated !== null) return annotated;
  const fd = fdOf(value);
  if (fd === 'cwd') return process.directory.path;
  return fd === null ? null : (process.descriptors.get(fd)?.path ?? null);
}

function absolute(process: Process, dir: Value | undefined, path: string): string {
  if (path.startsWith('/')) return tidy(path);
  const base = dir === undefined ? process.directory.path : descriptorPath(process, dir);
  if (base === null) return tidy(path);
  return path === '.' ? base : tidy(base === '/' ? `/${path}` : `${base}/${path}`);
}

/** Drops what changes nothing: doubled slashes and `.`; not `..`, which a symbolic link before it would change. */
function tidy(path: string): string {
  if (!path.includes('//') && !path.includes('/.') && !path.startsWith('./')) return path;
  const parts = path.split('/').filter((part, i) => i === 0 || (part !== '' && part !== '.'));
  if (parts[0] === '.' && parts.length > 1) parts.shift();
  return parts.length === 1 && parts[0] === '' ? '/' : parts.join('/');
}

type Effect = (process: Process, args: readonly Value[], ret: number, path: string | null) => void;

const open: Effect = (process, args, ret, path) => {
  process.descriptors.set(ret, path, args.some((arg) => hasFlag(arg, 'O_CLOEXEC')) || hasFlag(member0(args), 'O_CLOEXEC'));
};
/** openat2's struct open_how. */
function member0(args: readonly Value[]): Value | undefined {
  const how = args.at(2);
  return how?.type === 'struct' ? how.fields.find((f) => f.name === 'flags')?.value : undefined;
}
/** A new descriptor without a path. */
const pathless: Effect = (process, _args, ret) => { process.descriptors.set(ret, null, false); };
const dup: Effect = (process, args, ret) => {
  const from = fdOf(args[0]);
  const path = typeof from === 'number' ? (process.descriptors.get(from)?.path ?? null) : null;
  process.descriptors.set(ret, path, hasFlag(args[2], 'O_CLOEXEC'));
};
const pair = (index: number): Effect => (process, args) => {
  const list = args.at(index);
  if (list?.type !== 'array') return;
  for (const item of list.items) {
    const fd = fdOf(item);
    if (typeof fd === 'number') process.descriptors.set(fd, null, false);
  }
};
const fcntl: Effect = (process, args, ret) => {
  const fd = fdOf(args[0]);
  if (typeof fd !== 'number') return;
  const entry = process.descriptors.get(fd);
  if (hasFlag(args[1], 'F_SETFD') && entry !== null) entry.cloexec = hasFlag(args[2], 'FD_CLOEXEC');
  else if (hasFlag(args[1], 'F_DUPFD')) process.descriptors.set(ret, entry?.path ?? null, false);
  else if (hasFlag(args[1], 'F_DUPFD_CLOEXEC')) process.descriptors.set(ret, entry?.path ?? null, true);
};

const EFFECTS: Readonly<Record<string, Effect | 'start' | undefined>> = {
  open, openat: open, openat2: open, creat: open,
  dup, dup2: dup, dup3: dup, fcntl, fcntl64: fcntl,
  pipe: pair(0), pipe2: pair(0), socketpair: pair(3),
  socket: pathless, accept: pathless, accept4: pathless, eventfd: pathless, eventfd2: pathless, epoll_create: pathless,
  epoll_create1: pathless, timerfd_create: pathless, signalfd: pathless, signalfd4: pathless, memfd_create: pathless,
  inotify_init: pathless, inotify_init1: pathless, pidfd_open: pathless, userfaultfd: pathless, io_uring_setup: pathless,
  perf_event_open: pathless,
  close(process, args) {
    const fd = fdOf(args[0]);
    if (typeof fd === 'number') process.descriptors.close(fd);
  },
  close_range(process, args) {
    const first = fdOf(args[0]);
    const last = fdOf(args[1]);
    if (typeof first !== 'number') return;
    process.descriptors.closeRange(first, typeof last === 'number' ? last : Infinity, hasFlag(args[2], 'CLOSE_RANGE_CLOEXEC'));
  },
  clone: 'start', clone2: 'start', clone3: 'start', fork: 'start', vfork: 'start',
  execve: exec, execveat: exec,
  chdir(process, _args, _ret, path) { process.directory.path = path; },
  fchdir(process, _args, _ret, path) { process.directory.path = path; },
  getcwd(process, args) {
    const path = pathOf(args[0]);
    if (path !== null) process.directory.path = path;
  },
  unshare(process, args) {
    if (hasFlag(args[0], 'CLONE_FILES')) process.descriptors = process.descriptors.copy();
    if (hasFlag(args[0], 'CLONE_FS')) process.directory = { ...process.directory };
  },
};

function exec(process: Process, _args: readonly Value[], _ret: number, path: string | null): void {
  process.image++;
  process.program = path;
  process.descriptors = process.descriptors.copy();
  process.descriptors.closeOnExec();
}
