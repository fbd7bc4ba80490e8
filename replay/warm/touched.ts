/** Collects what a log's calls touched, as records of a warming plan. */
import { FileTree } from '../world/tree/model.js';
import type { DirListing } from '../world/types.js';
import { holdsPath } from './encode.js';
import type { WarmRange, WarmRecord, WarmType } from './format.js';

/** What the kernel invents is in memory anyway. */
const KERNEL_TREES = /^\/(?:dev|proc|sys)(?:\/|$)/;
/** Ranges nearer than this become one: a read ahead would bring what lies between, too. */
const GAP_BYTES_MAX = 32 * 1024;
/** Ranges kept apart per file before they are joined. */
const RANGES_MAX = 4096;

class Entry {
  /** What the first call that knew it found. */
  type: WarmType = 'unknown';
  size: number | null = null;
  follow = false;
  open = false;
  list = false;
  readlink = false;
  execute = false;
  ranges: WarmRange[] = [];

  add(range: WarmRange): void {
    if (!(range.bytes > 0)) return;
    const last = this.ranges.at(-1);
    if (last?.offset === range.offset && last.bytes === range.bytes) return;
    this.ranges.push(range);
    if (this.ranges.length > RANGES_MAX) this.ranges = joined(this.ranges);
  }

  merge(other: Entry): void {
    if (this.type === 'unknown') this.type = other.type;
    this.size ??= other.type === this.type ? other.size : null;
    this.follow ||= other.follow;
    this.open ||= other.open;
    this.list ||= other.list;
    this.readlink ||= other.readlink;
    this.execute ||= other.execute;
    for (const range of other.ranges) this.add(range);
  }
}

/** Distinct paths in the order of their first use. */
export class Touched {
  readonly #entries = new Map<string, Entry>();
  /** What the program itself had made or written. */
  readonly own = new Set<string>();
  /** Longer than a plan can hold, or relative. */
  readonly unfit = new Set<string>();

  /** The entry of `path`; null for one that is in no plan. */
  at(path: string): Entry | null {
    const tidied = tidy(path);
    if (KERNEL_TREES.test(tidied)) return null;
    let entry = this.#entries.get(tidied);
    if (entry !== undefined) return entry;
    if (!holdsPath(tidied)) {
      this.unfit.add(path);
      return null;
    }
    this.#entries.set(tidied, (entry = new Entry()));
    return entry;
  }

  merge(other: Touched): void {
    for (const [path, entry] of other.#entries) this.at(path)?.merge(entry);
    for (const path of other.own) this.own.add(path);
    for (const path of other.unfit) this.unfit.add(path);
  }

  records(): WarmRecord[] {
    return Array.from(this.#entries, ([path, entry]): WarmRecord => {
      const { type, size, open, list, readlink, execute, follow } = entry;
      return { path, noFollow: !follow, open, list, readlink, execute, type, size: type === 'file' ? size : null, ranges: joined(entry.ranges) };
    });
  }
}

/** Listens to what the resolver tells about the tree before the first call. */
export class TouchedTree extends FileTree {
  readonly touched = new Touched();

  override exists(path: string, fact: Parameters<FileTree['exists']>[1], line: number): void {
    super.exists(path, fact, line);
    // Not what the replay itself needs: directories to start in, names to keep files aside.
    if (line === 0) return;
    const entry = this.touched.at(path);
    if (entry === null) return;
    note(entry, fact.follow, fact.type === 'dir' ? 'directory' : (fact.type ?? 'unknown'), fact.size ?? null);
    if (((fact.may ?? 0) & 4) !== 0) entry.open = true;
  }

  override missing(path: string, errno: string, line: number, follow = true): void {
    super.missing(path, errno, line, follow);
    const entry = this.touched.at(path);
    if (entry !== null) note(entry, follow, errno === 'ELOOP' ? 'unknown' : 'absent', null);
  }

  override symlink(path: string, target: Uint8Array, line: number): void {
    super.symlink(path, target, line);
    const entry = this.touched.at(path);
    if (entry === null) return;
    note(entry, false, 'symlink', null);
    entry.readlink = true;
  }

  override content(path: string, offset: number, bytes: number, eof: boolean, line: number): void {
    super.content(path, offset, bytes, eof, line);
    const entry = this.touched.at(path);
    if (entry === null) return;
    note(entry, true, 'file', eof ? offset + bytes : null);
    entry.open = true;
    entry.add({ offset, bytes });
  }

  override listing(path: string, listing: DirListing, line: number): void {
    super.listing(path, listing, line);
    const entry = this.touched.at(path);
    if (entry === null) return;
    note(entry, true, 'directory', null);
    entry.list = true;
  }

  mapped(path: string, offset: number, bytes: number): void {
    const entry = this.touched.at(path);
    if (entry === null) return;
    note(entry, true, 'file', null);
    entry.open = true;
    entry.add({ offset, bytes });
  }

  executed(path: string): void {
    const entry = this.touched.at(path);
    if (entry === null) return;
    note(entry, true, 'file', null);
    entry.execute = true;
  }

  own(path: string): void {
    this.touched.own.add(path);
  }
}

/** What is behind a link counts for more than the link: following it finds both. */
function note(entry: Entry, follow: boolean, type: WarmType, size: number | null): void {
  const replaces = follow && !entry.follow && type !== 'unknown';
  entry.follow ||= follow;
  if (replaces && entry.type === 'symlink') {
    entry.type = type;
    entry.size = size;
  } else if (entry.type === 'unknown' && (follow || !entry.follow)) {
    entry.type = type;
  }
  if (entry.type === type && type === 'file') entry.size ??= size;
}

/** Without doubled slashes, `.`, and slashes at the end; `..` stays, since a symlink may come before it. */
function tidy(path: string): string {
  if (!path.includes('//') && !path.includes('/.') && (!path.endsWith('/') || path === '/')) return path;
  const kept = path.split('/').filter((part) => part !== '' && part !== '.');
  return path.startsWith('/') ? `/${kept.join('/')}` : kept.join('/');
}

function joined(ranges: readonly WarmRange[]): WarmRange[] {
  const sorted = [...ranges].sort((a, b) => a.offset - b.offset);
  const result: WarmRange[] = [];
  for (const range of sorted) {
    const last = result.at(-1);
    if (last === undefined || range.offset > last.offset + last.bytes + GAP_BYTES_MAX) result.push(range);
    else result[result.length - 1] = { offset: last.offset, bytes: Math.max(last.bytes, range.offset + range.bytes - last.offset) };
  }
  return result;
}
