/** `files`: what was done to each path, and the same summed per directory. */
import { PATHS_MAX, tooMany } from './limits.js';
import { isMiss } from './shapes.js';
import type { Subject } from './subject.js';

/** All are counts of calls but `bytesRead`, `bytesWritten` and `seconds` (inside the calls, as strace saw it). */
export const FILE_MEASURES = [
  'calls', 'opens', 'reopens', 'stats', 'reads', 'bytesRead', 'writes', 'bytesWritten', 'seeks', 'maps', 'lists', 'errors', 'misses', 'seconds',
] as const;
export type FileMeasure = (typeof FILE_MEASURES)[number];
export type FileCounts = Readonly<Record<FileMeasure, number>>;

export interface FileRow extends FileCounts {
  /** latin1, as the program asked for it; relative where the log does not tell its directory. */
  readonly path: string;
}

export interface DirectoryRow extends FileCounts {
  /** The last component; `/` for the root, `.` for relative paths. */
  readonly name: string;
  readonly path: string;
  /** Paths in it and below. */
  readonly paths: number;
  readonly children: readonly DirectoryRow[];
}

export interface FilesResult {
  readonly calls: number;
  /** Calls that are about a path. */
  readonly fileCalls: number;
  readonly paths: number;
  readonly totals: FileCounts;
  readonly files: readonly FileRow[];
}

class Counts implements Record<FileMeasure, number> {
  calls = 0;
  opens = 0;
  /** Opens that succeeded after one that had. */
  reopens = 0;
  /** stat, access, readlink and their kin. */
  stats = 0;
  reads = 0;
  bytesRead = 0;
  writes = 0;
  bytesWritten = 0;
  seeks = 0;
  maps = 0;
  lists = 0;
  errors = 0;
  /** ENOENT, ENOTDIR */
  misses = 0;
  seconds = 0;

  plus(other: FileCounts): void {
    for (const measure of FILE_MEASURES) this[measure] += other[measure];
  }
}

class FileEntry extends Counts {
  opened = false;
}

export class Files {
  readonly #files = new Map<string, FileEntry>();
  #calls = 0;

  add(subject: Subject): void {
    this.#calls++;
    if (subject.path === null) return;
    let entry = this.#files.get(subject.path);
    if (entry === undefined) {
      if (this.#files.size === PATHS_MAX) throw tooMany('distinct paths', PATHS_MAX);
      this.#files.set(subject.path, (entry = new FileEntry()));
    }
    this.#count(entry, subject);
    if (subject.path2 !== null && !this.#files.has(subject.path2)) this.#files.set(subject.path2, new FileEntry());
  }

  #count(entry: FileEntry, { call, shape, failed }: Subject): void {
    entry.calls++;
    if (call.duration !== null) entry.seconds += call.duration;
    if (failed) entry.errors++;
    if (isMiss(call.errno)) entry.misses++;
    const bytes = failed || call.ret === null ? 0 : Number(call.ret);
    switch (shape!.role) {
      case 'open':
        entry.opens++;
        if (!failed) {
          if (entry.opened) entry.reopens++;
          entry.opened = true;
        }
        break;
      case 'stat':
      case 'access':
      case 'readlink':
        entry.stats++;
        break;
      case 'read':
        entry.reads++;
        if (call.name !== 'readahead') entry.bytesRead += bytes;
        break;
      case 'write':
        entry.writes++;
        entry.bytesWritten += bytes;
        break;
      case 'seek':
        entry.seeks++;
        break;
      case 'map':
        entry.maps++;
        break;
      case 'list':
        entry.lists++;
    }
  }

  result(): FilesResult {
    const totals = new Counts();
    const files = Array.from(this.#files, ([path, entry]): FileRow => {
      totals.plus(entry);
      return { path, ...countsOf(entry) };
    });
    return { calls: this.#calls, fileCalls: totals.calls, paths: files.length, totals: countsOf(totals), files };
  }
}

function countsOf(counts: FileCounts): FileCounts {
  return Object.fromEntries(FILE_MEASURES.map((measure) => [measure, counts[measure]])) as Record<FileMeasure, number>;
}

/** The `top` rows with the most of `by` (all with 0), none that has nothing of it; ties by path. */
export function topFiles(result: FilesResult, by: FileMeasure, top: number): readonly FileRow[] {
  const rows = result.files.filter((row) => row[by] > 0).sort((a, b) => b[by] - a[by] || (a.path < b.path ? -1 : 1));
  return top === 0 ? rows : rows.slice(0, top);
}

interface Node extends Counts {
  name: string;
  path: string;
  paths: number;
  children: Map<string, Node>;
}

function newNode(name: string, path: string): Node {
  return Object.assign(new Counts(), { name, path, paths: 0, children: new Map<string, Node>() });
}

/**
 * Directories with what was done in and below them, largest first by `by`. `depth`: levels below the root.
 * A path counts in the directory that holds it.
 */
export function directoryTree(result: FilesResult, by: FileMeasure, depth: number): readonly DirectoryRow[] {
  const roots = new Map<string, Node>();
  for (const row of result.files) {
    const isAbsolute = row.path.startsWith('/');
    const parts = row.path.split('/').filter((part) => part !== '');
    parts.pop();
    let children = roots;
    let path = '';
    for (let level = 0; level <= Math.min(depth, parts.length); level++) {
      const name = level === 0 ? (isAbsolute ? '/' : '.') : parts[level - 1];
      path = level === 0 ? name : path.endsWith('/') ? path + name : `${path}/${name}`;
      let node = children.get(name);
      if (node === undefined) children.set(name, (node = newNode(name, path)));
      node.paths++;
      node.plus(row);
      children = node.children;
    }
  }
  return rowsOf(roots, by);
}

function rowsOf(nodes: ReadonlyMap<string, Node>, by: FileMeasure): DirectoryRow[] {
  return [...nodes.values()]
    .sort((a, b) => b[by] - a[by] || (a.name < b.name ? -1 : 1))
    .map((node) => ({ name: node.name, path: node.path, paths: node.paths, ...countsOf(node), children: rowsOf(node.children, by) }));
}
