/** The state of the traced world at one call, and what a call's handler may do: emit one op, or skip with a reason. */
import { Op, type ProgramBuilder } from '../plan/encode.js';
import { CODE, CWD, HEADER_WRITES, NO_SLOT } from '../plan/format.js';
import { IO_BYTES_MAX, PATH_BYTES_MAX } from '../plan/limits.js';
import type { Arguments } from './arguments.js';
import { AT_FDCWD, O_PATH, opensForWriting } from './constants.js';
import { type Changes, parentOf } from './changes.js';
import type { Dependencies } from './dependencies.js';
import { errnoNumber } from './errno.js';
import type { LedgerKeeper } from './ledgerbook.js';
import type { LedgerReason } from './ledger.js';
import type { LoggedCall } from './logged.js';
import { type Descriptor, type OpenFile, Slot } from './openfile.js';
import type { Paths } from './paths.js';
import type { CwdDomain, Process, ProcessTable } from './process.js';
import type { Spares } from './spares.js';
import type { StandIns } from './standins.js';
import type { Timeline } from './timeline.js';
import { type Place, type PlaceOptions, placeOptions } from './place.js';
import { endsInSlash } from './tree/path.js';
import type { PlanOptions, TreeModel } from './types.js';

/** Stands for the directory argument of calls that have none. */
export const NONE = -1;

const AS_IT_IS = placeOptions();

/** A descriptor argument, found: an open one, or (both null, NO_SLOT) one whose number is not in use. */
export type Handle =
  | { readonly fd: number; readonly slot: Slot; readonly file: OpenFile; readonly entry: Descriptor }
  | { readonly fd: typeof NO_SLOT; readonly slot: null; readonly file: null; readonly entry: null };

const NOT_OPEN: Handle = { fd: NO_SLOT, slot: null, file: null, entry: null };

/** Errors that depend on more than the file tree and the arguments. */
const ERRNO_REASONS: ReadonlyMap<string, LedgerReason> = new Map(Object.entries<LedgerReason>({
  EACCES: 'permission', EPERM: 'permission', EROFS: 'permission', EXDEV: 'permission',
  ENXIO: 'device', ENODEV: 'device', ENOTTY: 'device', EIO: 'device',
  EFAULT: 'arguments', EINTR: 'duplicate', EAGAIN: 'event',
  ENOSYS: 'unsupported', EOPNOTSUPP: 'unsupported', EMFILE: 'unsupported', ENFILE: 'unsupported', ENOMEM: 'unsupported',
  ENOSPC: 'unsupported', EDQUOT: 'unsupported', EBUSY: 'unsupported', ETXTBSY: 'unsupported', EOVERFLOW: 'unsupported',
}));

export class World {
  readonly mode: PlanOptions['mode'];
  readonly builder: ProgramBuilder;
  readonly tree: TreeModel;
  readonly paths: Paths;
  readonly deps: Dependencies;
  readonly changes: Changes;
  readonly processes: ProcessTable;
  readonly timeline: Timeline;
  readonly spares: Spares;
  readonly standIns: StandIns;
  /** The domain whose chdir calls move the replay itself. */
  mainFs: CwdDomain | null = null;
  /** Special files found on the way whose opens may have been replayed before that was known. */
  readonly specialFound = new Set<string>();
  readonly args: Arguments;
  call!: LoggedCall;
  process!: Process;
  private readonly book: LedgerKeeper;
  private readonly nextOp = new Op(CODE.nop, 0);
  private callOf: Uint32Array;
  private done = false;
  private wanted = true;
  private skippedFor: LedgerReason | null = null;
  /** The call is about a stand-in of this kind. */
  private standIn: keyof StandIns['count'] | null = null;

  constructor(parts: {
    mode: PlanOptions['mode']; builder: ProgramBuilder; tree: TreeModel; paths: Paths; deps: Dependencies;
    changes: Changes; processes: ProcessTable; timeline: Timeline; spares: Spares; standIns: StandIns;
    book: LedgerKeeper; args: Arguments; calls: number;
  }) {
    this.mode = parts.mode;
    this.builder = parts.builder;
    this.tree = parts.tree;
    this.paths = parts.paths;
    this.deps = parts.deps;
    this.changes = parts.changes;
    this.processes = parts.processes;
    this.timeline = parts.timeline;
    this.spares = parts.spares;
    this.standIns = parts.standIns;
    this.book = parts.book;
    this.args = parts.args;
    this.callOf = new Uint32Array(parts.calls);
  }

  /** Starts on `call`, made by `process`. Not `wanted`: only what others inherit from it matters. */
  begin(call: LoggedCall, process: Process, wanted: boolean): void {
    this.wanted = wanted;
    this.skippedFor = null;
    this.standIn = null;
    this.call = call;
    this.process = process;
    this.args.begin(call.index);
    this.done = false;
    this.deps.begin(this.builder.length);
  }

  /** The call must have been emitted or skipped by now. */
  end(): void {
    if (!this.done) throw new Error(`line ${this.call.line}: ${this.call.name} was neither replayed nor skipped`);
  }

  /** op index -> call index. */
  finish(): Uint32Array {
    const callOf = this.callOf.slice(0, this.builder.length);
    this.callOf = callOf;
    return callOf;
  }

  /** Puts the call into the ledger. Returns null, so that handlers can `return w.skip(...)` from lookups. */
  skip(reason: LedgerReason): null {
    if (this.done) return null;
    this.skippedFor = reason;
    this.book.skip(this.call.index, reason);
    this.done = true;
    return null;
  }

  /** Why the call was skipped; null while it was not. */
  get reason(): LedgerReason | null {
    return this.skippedFor;
  }

  /** The call's op, to be filled in and emitted. */
  op(code: number, expect: number | bigint, check?: number): Op {
    return this.nextOp.reset(code, expect, check);
  }

  /** Adds the call's op, with the dependencies told to `deps` since begin(). Returns its index. */
  emit(op: Op): number {
    if (this.done) throw new Error(`line ${this.call.line}: ${this.call.name} emitted twice`);
    this.done = true;
    if (this.standIn !== null) this.countStandIn(this.standIn);
    if ((this.builder.flags & HEADER_WRITES) === 0 && changesTree(op)) this.builder.flags |= HEADER_WRITES;
    const count = this.deps.settle();
    op.line = this.call.line;
    const index = this.builder.add(op, this.deps.edges, count);
    this.callOf[index] = this.call.index;
    return index;
  }

  private countStandIn(kind: keyof StandIns['count']): void {
    if (kind === 'kernelFiles') this.standIns.count.kernelFiles++;
    else this.standIns.count.descriptors++;
  }

  /** The call returned on the line on which it was entered: what it does is done at once. */
  get returned(): boolean {
    return this.call.lineEnd <= this.call.line;
  }

  /** Runs `effect` when the call has returned. */
  after(effect: () => void): void {
    if (this.returned) effect();
    else this.timeline.at(this.call.lineEnd, effect);
  }

  /** The call's result is `descriptor`'s number once it has returned. */
  install(descriptor: Descriptor): void {
    const fd = Number(this.call.ret);
    if (this.returned) this.process.fds.set(fd, descriptor);
    else this.installLater(this.process, fd, descriptor);
  }

  private installLater(process: Process, fd: number, descriptor: Descriptor): void {
    this.after(() => { process.fds.set(fd, descriptor); });
  }

  get succeeded(): boolean {
    return this.call.errno === null && this.call.ret !== null && this.call.ret >= 0;
  }

  /** The value to expect (or -errno); null (and the ledger) when the outcome cannot be reproduced. */
  outcome(): number | bigint | null {
    const { ret, errno } = this.call;
    if (!this.wanted) return this.skip('process');
    if (errno !== null) {
      if (errno.startsWith('ERESTART')) return this.skip('duplicate');
      // Live replays run where the log was made, permissions included; RESOLVE_BENEATH asks for EXDEV itself.
      const here = (this.mode === 'live' && (errno === 'EACCES' || errno === 'EPERM')) || (errno === 'EXDEV' && this.call.name === 'openat2');
      const reason = here ? undefined : ERRNO_REASONS.get(errno);
      if (reason !== undefined) return this.skip(reason);
      const number = errnoNumber(errno);
      return number === undefined ? this.skip('unsupported') : -number;
    }
    if (ret === null) return this.skip('unfinished');
    return ret < 0 ? this.skip('arguments') : ret;
  }

  /** As outcome(), of a call that returns 0 or fails: a log with any other value was made with injected results. */
  status(): number | bigint | null {
    const outcome = this.outcome();
    return outcome !== null && outcome > 0 ? this.skip('arguments') : outcome;
  }

  /**
   * Looks a descriptor argument up; null (and the ledger) when it is none that the replay has. `inherited`: one from
   * before the program started will do.
   */
  handle(arg: number, inherited = false): Handle | null {
    const fd = this.args.fd(arg);
    if (fd === null) return this.skip('arguments');
    return this.handleOf(fd, inherited);
  }

  handleOf(fd: number, inherited = false): Handle | null {
    const entry = this.find(fd, inherited);
    if (entry === undefined) return this.call.errno === 'EBADF' ? NOT_OPEN : this.skip('descriptor');
    if (entry.slot === null) return this.skip(entry.reason);
    if (entry.inherited) {
      if (!inherited || this.call.errno !== null) return this.skip('descriptor');
      this.standIn = 'descriptors';
    } else if (entry.file.kernelFile) {
      if (!reproducible(this.call.errno, KERNEL_FILE_ERRORS)) return this.skip('device');
      this.standIn = 'kernelFiles';
    }
    return { fd: entry.slot.index, slot: entry.slot, file: entry.file, entry };
  }

  /** `any`: the call works on any descriptor, whatever it was opened for. */
  private find(fd: number, any: boolean): Descriptor | undefined {
    const entry = this.process.fds.get(fd) ?? this.inherit(fd);
    if (entry === undefined || !any || this.call.errno !== 'EBADF' || (entry.file.flags & O_PATH) !== 0) return entry;
    // It was closed by a call that the log does not have (an execve left out, say).
    this.process.fds.remove(fd);
    return undefined;
  }

  /** Takes up a descriptor that no call of the log made, where it must have been open when the program started. */
  private inherit(fd: number): Descriptor | undefined {
    if (this.mode === 'live' || this.call.errno === 'EBADF') return undefined;
    const descriptor = this.standIns.inherit(fd);
    if (descriptor === null) return undefined;
    this.process.fds.set(fd, descriptor);
    return descriptor;
  }

  /** The call is about a file of procfs or sysfs, or a device, for which an ordinary one stands. */
  get onKernelFile(): boolean {
    return this.standIn === 'kernelFiles';
  }

  /** As handle(), for calls that change the file, which no stand-in survives. */
  changeable(arg: number): Handle | null {
    const handle = this.handle(arg);
    return handle?.file?.kernelFile === true ? this.skip('device') : handle;
  }

  /**
   * Finds a path argument. `dirfd` NONE: a call without one. `follow`: a final symlink is followed.
   * Tells the dependencies on directory and descriptor. null: in the ledger.
   */
  place(dirfd: number, path: number, follow: boolean, options = AS_IT_IS): Place | null {
    const text = this.args.isNull(path) ? '' : this.args.text(path);
    if (text === null || text.length > PATH_BYTES_MAX) return this.skip('arguments');
    const { fs } = this.process;
    if (!fs.rooted) return this.skip('directory');
    if (text.startsWith('/')) return this.judge(CWD, this.paths.outside(text), text, follow, options);
    const directory = dirfd === NONE ? AT_FDCWD : this.args.fd(dirfd);
    if (directory === null) return this.skip('arguments');
    return directory === AT_FDCWD ? this.belowCwd(dirfd, text, follow, options) : this.belowHandle(directory, text, follow, options);
  }

  /** Where the replay of this process is now, if its current directory is the replay's own. */
  get inRealCwd(): boolean {
    return this.process.fs.cwd === this.paths.realCwd;
  }

  /** Bytes of a buffer that the engine can hold; null (and the ledger) when not known or too many. */
  bufferBytes(length: number | null): number | null {
    if (length === null || length < 0) return this.skip('arguments');
    return length > IO_BYTES_MAX ? this.skip('unsupported') : length;
  }

  newSlot(cloexec: boolean): Slot {
    return new Slot(this.builder.newSlot(), this.builder.length, cloexec);
  }

  private belowCwd(dirfd: number, text: string, follow: boolean, options: PlaceOptions): Place | null {
    const annotation = dirfd === NONE ? null : this.args.annotation(dirfd);
    const { fs } = this.process;
    if (annotation?.startsWith('/') === true) fs.cwd = annotation;
    if (text === '') return this.judge(CWD, '', null, follow, options);
    if (fs.cwd === null) return this.skip('directory');
    if (this.paths.isStale(fs.cwd)) return this.skip('write');
    const absolute = this.paths.below(fs.cwd, text);
    // A directory that the log made or moved is not there when the setup section runs.
    const late = fs.cwd !== this.paths.realCwd && this.changes.initialOf(fs.cwd) !== fs.cwd;
    const fd = late || this.paths.climbs(text) ? null : this.paths.directory(fs.cwd);
    if (fd === CWD) {
      this.deps.useCwd();
      return this.judge(fd, text, absolute, follow, options);
    }
    if (fd === null || !options.atForm) {
      return this.judge(CWD, this.paths.outside(absolute), absolute, follow, options);
    }
    return this.judge(fd, text, absolute, follow, options);
  }

  private belowHandle(directory: number, text: string, follow: boolean, options: PlaceOptions): Place | null {
    const handle = this.handleOf(directory, text === '' && options.inherited);
    if (handle === null) return null;
    if (handle.slot === null) return { fd: NO_SLOT, path: text, absolute: null, canonical: null };
    const base = handle.file.path;
    const absolute = base === null || text === '' ? null : this.paths.below(base, text);
    if (absolute !== null && this.paths.climbs(text)) {
      return this.judge(CWD, this.paths.outside(absolute), absolute, follow, options);
    }
    const place = this.judge(handle.fd, text, absolute, follow, options);
    if (place !== null) this.deps.use(handle.slot);
    return place;
  }

  private judge(fd: number, path: string, absolute: string | null, follow: boolean, options: PlaceOptions): Place | null {
    if (absolute === null) return { fd, path, absolute, canonical: null };
    // A slash at the end follows a symlink, where the call does not change the name itself.
    const canonical = this.paths.resolve(absolute, follow || (!options.changes && endsInSlash(path)));
    if (this.paths.isSpecial(canonical) || (this.mode !== 'live' && !this.standsFor(absolute, canonical, options))) return this.skip('device');
    if (this.writes && !options.special && this.changes.isFifo(canonical)) return this.skip('device');
    if (this.paths.isStale(canonical)) return this.skip('write');
    if (this.writes && !options.changes) {
      const { errno } = this.call;
      // `missing/..` is missing, whatever is where it would lead.
      this.changes.lookUp(canonical, errno === null ? true : errno === 'ENOENT' && (canonical === absolute || !WINDING.test(absolute)) ? false : undefined);
    }
    if (this.writes && (canonical !== absolute || this.call.errno === 'ELOOP')) {
      if (options.changes && !follow) this.lookUpOnTheWay(parentOf(absolute.replace(/\/+$/, '')), true);
      else this.lookUpOnTheWay(absolute, follow);
    }
    return { fd, path, absolute, canonical };
  }

  /** Whether the sandbox has what the call is about, or an ordinary file that stands for it. */
  private standsFor(absolute: string, canonical: string, { link, changes, opens }: PlaceOptions): boolean {
    if (this.paths.isMagic(absolute, link)) return false;
    this.standIn = this.paths.isKernelFile(canonical) ? 'kernelFiles' : null;
    if (this.standIn === null) return true;
    return (!changes || opens) && !this.paths.isMagic(canonical, link) && reproducible(this.call.errno, link ? LINK_ERRORS : KERNEL_FILE_ERRORS);
  }

  /** What a path passes through must be there too: symlinks of the log's own making, directories left by `..`. */
  private lookUpOnTheWay(absolute: string, follow: boolean): void {
    const way = this.paths.onTheWay(absolute, follow);
    for (let i = 0; i < way.length; i++) this.changes.lookUp(way[i], undefined);
  }

  /** Whether calls that change the tree are replayed: only where the tree is the root. */
  get writes(): boolean {
    return this.mode === 'sandbox';
  }
}

/** A path that leaves a directory again. */
export const WINDING = /\/\.\.(?:\/|$)/;

/** Errors that ordinary files give as those of procfs and sysfs do. */
const KERNEL_FILE_ERRORS: ReadonlySet<string> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG', 'EISDIR']);
const LINK_ERRORS: ReadonlySet<string> = new Set([...KERNEL_FILE_ERRORS, 'EINVAL']);

function reproducible(errno: string | null, errors: ReadonlySet<string>): boolean {
  return errno === null || errors.has(errno);
}

/** Whether the engine runs the op only inside a root: see kWrites in native/program.cc. */
function changesTree({ code, a }: Op): boolean {
  if (code === CODE.open || code === CODE.openat || code === CODE.openat2) return opensForWriting(a);
  return code >= CODE.write && code !== CODE.set_cwd_slot && (code < CODE.getxattr || code === CODE.sendfile);
}
