/** One call with what it is about. */
import { SHAPES, type Shape } from './shapes.js';
import { annotatedPath, fdOf, flagsWith, hasFlag, holdsFlag, pathOf } from './values.js';
import type { Value } from '../../replay/trace/model.js';
import type { Descriptors } from './descriptors.js';
import type { PassingCall } from './feed.js';

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

/** Filled anew for each call: take what is needed, keep no reference. */
export class Subject {
  call!: PassingCall;
  process!: Process;
  shape: Shape | null = null;
  /** latin1: the path asked for, made absolute where possible, or the path of the descriptor. */
  path: string | null = null;
  /** The second path of rename, link, symlink. */
  path2: string | null = null;
  /** A name was walked to, not merely an open descriptor used (`fstat`, and `newfstatat(3, "", AT_EMPTY_PATH)`). */
  byName = false;
  #args: readonly Value[] | null = null;

  /** Finds path and descriptor as they are before the call takes effect. */
  fill(call: PassingCall, process: Process): void {
    this.call = call;
    this.process = process;
    this.path = this.path2 = null;
    this.byName = false;
    this.shape = SHAPES.get(call.name) ?? null;
    this.#args = null;
    if (this.shape !== null) this.#locate(this.shape);
  }

  /** Decoded once, and only when asked for. */
  get args(): readonly Value[] {
    return (this.#args ??= this.call.args());
  }

  get failed(): boolean {
    return this.call.errno !== null;
  }

  /** Argument `index` as a descriptor number, 'cwd' for AT_FDCWD; null where it is none. */
  fd(index: number): number | 'cwd' | null {
    const { raw } = this.call;
    return raw.fd(raw.at(index)) ?? fdOf(this.args[index]);
  }

  /** Whether a flag (O_CREAT, S_IFDIR) stands in the arguments, behind the path where there is one. */
  has(flag: string): boolean {
    const { raw } = this.call;
    const behindPath = this.shape?.path === undefined ? undefined : raw.hasBehind(raw.at(this.shape.path), flag);
    return behindPath ?? this.args.some((arg) => holdsFlag(arg, flag));
  }

  /** Whether argument `index`, a set of flags or a command, holds this one. */
  flag(index: number, flag: string): boolean {
    const { raw } = this.call;
    const at = raw.at(index);
    return at < 0 ? hasFlag(this.args[index], flag) : raw.has(at, flag);
  }

  /** Whether a new process is started with this flag (CLONE_FILES). */
  clones(flag: string): boolean {
    const { raw } = this.call;
    const at = raw.at(0);
    return at < 0 ? hasFlag(flagsWith(this.args, 'CLONE_'), flag) : raw.has(at, flag);
  }

  #locate(shape: Shape): void {
    if (shape.path !== undefined) {
      const path = this.string(shape.path);
      if (path === '' && shape.dir !== undefined) this.path = this.#descriptorPath(shape.dir);
      else if (path !== null) {
        this.path = this.#absolute(path, shape.dir);
        this.byName = true;
      }
    } else if (shape.fd !== undefined) this.path = this.#descriptorPath(shape.fd);
    if (shape.path2 === undefined) return;
    const second = this.string(shape.path2);
    if (second !== null) this.path2 = this.#absolute(second, shape.dir2);
  }

  /** Argument `index` as a string without cuts, latin1; null where it is none. */
  string(index: number): string | null {
    const { raw } = this.call;
    return raw.string(raw.at(index)) ?? pathOf(this.args[index]);
  }

  #descriptorPath(index: number): string | null {
    const { raw } = this.call;
    let fd: number | 'cwd' | null | undefined = raw.fd(raw.at(index));
    if (fd === undefined) {
      const value = this.args[index];
      const annotated = annotatedPath(value);
      if (annotated !== null) return annotated;
      fd = fdOf(value);
    }
    if (fd === 'cwd') return this.process.directory.path;
    return fd === null ? null : (this.process.descriptors.get(fd)?.path ?? null);
  }

  #absolute(path: string, dir: number | undefined): string {
    if (path.startsWith('/')) return tidy(path);
    const base = dir === undefined ? this.process.directory.path : this.#descriptorPath(dir);
    if (base === null) return tidy(path);
    return path === '.' ? base : tidy(base === '/' ? `/${path}` : `${base}/${path}`);
  }
}

/** Drops what changes nothing: doubled slashes and `.`; not `..`, which a symbolic link before it would change. */
function tidy(path: string): string {
  if (!path.includes('//') && !path.includes('/.') && !path.startsWith('./')) return path;
  const parts = path.split('/').filter((part, i) => i === 0 || (part !== '' && part !== '.'));
  if (parts[0] === '.' && parts.length > 1) parts.shift();
  return parts.length === 1 && parts[0] === '' ? '/' : parts.join('/');
}
