/**
 * What of a program Node's own `fs` can do: the part that the libuv arms replay, as a program of its own, so that the
 * serial engine makes exactly the same calls and the two can be compared.
 *
 * A call stays when `fs` has a function that makes it (or process.chdir() does). lseek has none: whoever reads through `fs` gives the position
 * with the read, so a read after a seek becomes a read at the position that the log shows (pread64), and the seek goes.
 * What needs a call that went goes too, unless that call only looked.
 */
import { isUtf8 } from 'node:buffer';
import { ProgramBuilder } from '../plan/encode.js';
import { CHECK_NONE, CHECK_VALUE, CWD, type CodeName, type OpSpec } from '../plan/format.js';
import { ProgramView } from '../plan/view.js';
import { AT_EMPTY_PATH, AT_SYMLINK_NOFOLLOW, F_DUPFD, F_DUPFD_CLOEXEC, opensForWriting } from '../world/constants.js';
import { Cursors } from './cursors.js';

export const LEFT_OUT_REASONS = {
  function: 'Node\'s fs has no function for it',
  position: 'fs gives the position with the read instead',
  writes: 'it changes something, or opens for that',
  directory: 'fs knows no paths relative to a directory\'s descriptor',
  permission: 'its outcome needs an identity that Node\'s threads do not have here',
  needs: 'it needs a call that is left out',
} as const;
export type LeftOutReason = keyof typeof LEFT_OUT_REASONS;

export interface LeftOut {
  readonly reason: LeftOutReason;
  readonly syscall: CodeName;
  readonly count: number;
}

export interface FsPart {
  readonly program: Uint8Array;
  readonly ops: number;
  /** Op of the part -> op of the whole program. */
  readonly opOf: Uint32Array;
  readonly leftOut: readonly LeftOut[];
}

/** Calls after which nothing is otherwise than before, as far as fs can see: others need not go because these do. */
const ONLY_LOOKS: ReadonlySet<CodeName> = new Set<CodeName>([
  'nop', 'stat', 'lstat', 'fstat', 'newfstatat', 'statx', 'access', 'faccessat', 'faccessat2', 'pread64', 'preadv',
  'readlink', 'readlinkat', 'getdents64', 'fadvise64', 'statfs', 'fstatfs', 'getcwd', 'fsync', 'fdatasync', 'lseek',
  'fcntl_lock', 'flock', 'getxattr', 'lgetxattr', 'fgetxattr', 'listxattr', 'llistxattr', 'flistxattr',
]);
/** They give a descriptor or the current directory another meaning, and change no file. */
const ONLY_POINTS: ReadonlySet<CodeName> = new Set<CodeName>(['openat2', 'preadv2', 'dup', 'dup2', 'dup3', 'fcntl', 'fchdir']);
const [EPERM, EBADF, EACCES] = [-1, -9, -13];
/** What fs.stat() asks for anyway, or does not change the answer: AT_NO_AUTOMOUNT and the synchronisation of network files. */
const STAT_FLAGS = AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH | 0x800 | 0x6000;

export function fsPart(program: Uint8Array): FsPart {
  return new Chooser(new ProgramView(program)).choose();
}

class Chooser {
  readonly #view: ProgramView;
  readonly #builder = new ProgramBuilder();
  readonly #cursors = new Cursors();
  /** Per op of the whole: where it is in the part, -1 where it went. */
  readonly #place: Int32Array;
  /** Per op: it went and others need it, or it needs such a one. */
  readonly #missed: Uint8Array;
  /** Per op that went: what those after it wait for in its place. */
  readonly #before = new Map<number, readonly number[]>();
  readonly #slots = new Set<number>();
  readonly #leftOut = new Map<string, { reason: LeftOutReason; syscall: CodeName; count: number }>();
  readonly #opOf: number[] = [];

  constructor(view: ProgramView) {
    this.#view = view;
    this.#place = new Int32Array(view.opCount).fill(-1);
    this.#missed = new Uint8Array(view.opCount);
  }

  choose(): FsPart {
    this.#builder.useSlots(this.#view.slotCount);
    this.#setUp();
    for (let i = 0; i < this.#view.opCount; i++) this.#decide(i, this.#view.op(i));
    return { program: this.#builder.finish(), ops: this.#opOf.length, opOf: Uint32Array.from(this.#opOf), leftOut: [...this.#leftOut.values()] };
  }

  /**
   * What opens directories and chooses the current one; the part changes nothing, so nothing is to be put back, which is
   * what unchecked setup ops do.
   */
  #setUp(): void {
    const opened = new Map<number, OpSpec>();
    for (let i = 0; i < this.#view.setupCount; i++) {
      const op = this.#view.setup(i);
      if (op.check === CHECK_NONE) continue;
      const source = op.code === 'dup' ? opened.get(op.fd!) : op;
      if (source?.code === 'open' && !opensForWriting(source.a ?? 0) && op.out !== undefined) {
        const copy = { ...source, out: op.out };
        opened.set(op.out, copy);
        this.#slots.add(op.out);
        this.#cursors.open(op.out);
        this.#builder.addSetup(copy);
      } else if (op.code === 'chdir' || (op.code === 'set_cwd_slot' && opened.has(op.fd ?? -1))) {
        this.#builder.addSetup(op);
      }
    }
  }

  #decide(index: number, op: OpSpec): void {
    const deps = this.#view.deps(index);
    const why = deps.some((dep) => this.#missed[dep] === 1) ? 'needs' : this.#objection(op);
    const inPart = why === null ? this.#cursors.apply(op) : null;
    if (inPart !== null) {
      if (op.out !== undefined) this.#slots.add(op.out);
      this.#place[index] = this.#builder.add({ ...inPart, deps: this.#depsOf(deps), line: op.line });
      this.#opOf.push(index);
      return;
    }
    this.#before.set(index, this.#depsOf(deps));
    const reason = why ?? 'needs';
    if (reason === 'needs' || !onlyLooks(op)) this.#missed[index] = 1;
    if (reason === 'position') this.#cursors.seek(op);
    this.#count(reason, op.code);
  }

  /** Ascending, each once. */
  #depsOf(deps: Uint32Array): number[] {
    const places = [...deps].flatMap((dep) => (this.#place[dep] >= 0 ? [this.#place[dep]] : (this.#before.get(dep) ?? [])));
    return [...new Set(places)].sort((a, b) => a - b);
  }

  #count(reason: LeftOutReason, syscall: CodeName): void {
    const key = `${reason} ${syscall}`;
    const entry = this.#leftOut.get(key);
    if (entry === undefined) this.#leftOut.set(key, { reason, syscall, count: 1 });
    else entry.count++;
  }

  /** null: fs can make it. */
  #objection(op: OpSpec): LeftOutReason | null {
    const { code, check, expect = 0, fd, len = 0 } = op;
    const fails = (check & CHECK_VALUE) !== 0 && expect < 0;
    if (fails && (expect === EACCES || expect === EPERM)) return 'permission';
    if (fails && expect === EBADF) return 'needs';
    switch (code) {
      case 'stat':
      case 'lstat':
      case 'access':
      case 'statfs':
        return null;
      case 'chdir':
        // process.chdir() takes no bytes.
        return isUtf8(op.path ?? new Uint8Array()) ? null : 'function';
      case 'fstat':
        return this.#descriptor(fd);
      case 'newfstatat':
      case 'statx':
        return this.#statAt(op);
      case 'faccessat':
        return this.#path(op);
      case 'faccessat2':
        return (op.a ?? 0) === 0 ? this.#path(op) : 'function';
      case 'open':
      case 'openat':
        return opensForWriting(op.a ?? 0) ? 'writes' : this.#path(op);
      case 'read':
      case 'pread64':
      case 'readv':
      case 'preadv':
        // Without a byte to read, fs makes no call.
        return len === 0 ? 'function' : this.#descriptor(fd);
      case 'lseek':
        return this.#descriptor(fd) ?? 'position';
      case 'close':
        return this.#descriptor(fd);
      case 'readlink':
        return len === 0 ? 'function' : null;
      case 'readlinkat':
        return len === 0 ? 'function' : this.#path(op);
      default:
        return ONLY_LOOKS.has(code) || ONLY_POINTS.has(code) ? 'function' : 'writes';
    }
  }

  #statAt(op: OpSpec): LeftOutReason | null {
    const flags = op.a ?? 0;
    if ((flags & ~STAT_FLAGS) !== 0) return 'function';
    if ((flags & AT_EMPTY_PATH) !== 0 && op.path?.length === 0 && op.fd !== CWD) return this.#descriptor(op.fd);
    return this.#path(op);
  }

  #path({ fd, path }: OpSpec): LeftOutReason | null {
    return fd === undefined || fd === CWD || path?.[0] === 0x2f ? null : 'directory';
  }

  #descriptor(slot: number | undefined): LeftOutReason | null {
    return slot !== undefined && this.#slots.has(slot) ? null : 'needs';
  }
}

function onlyLooks({ code, a = 0 }: OpSpec): boolean {
  if (code === 'fcntl') return a !== F_DUPFD && a !== F_DUPFD_CLOEXEC;
  return ONLY_LOOKS.has(code);
}
