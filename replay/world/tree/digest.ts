/** A digest of a tree on disk, to prove it unchanged. */
import { createHash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { closeSync, constants, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
import { RESTORE_NAME } from '../restore.js';
import { MARKER_NAME } from './marker.js';
import { bytesOf, fsPath, Place } from './place.js';
import { readEntries } from './remove.js';

export interface DigestOptions {
  /** Hash what the files hold too, not only their sizes. Reads every file. */
  readonly content?: boolean;
}

/** One entry of a tree as found on disk. */
export interface Found {
  /** Path below the root of the tree, `/` first, one char per byte. */
  readonly name: string;
  readonly type: 'dir' | 'file' | 'symlink' | 'other';
  /** Permission bits; 0 for symlinks. */
  readonly mode: number;
  /** Bytes of a file, 0 for everything else. */
  readonly size: number;
  /** Of a symlink, else empty. */
  readonly target: string;
  readonly inode: number;
  /** Where it is on disk while it is handed out. */
  readonly path: string;
}

/** What lies in the root of a tree on disk and is no part of it. */
const NO_PART: ReadonlySet<string> = new Set([`/${MARKER_NAME}`, `/${RESTORE_NAME}`]);

/** Everything below `dir`, directories before their entries, entries in the order of their bytes; `dir` itself first. */
export function* walkTree(dir: string): Generator<Found, void> {
  const root = bytesOf(dir);
  yield found(root, '/');
  const frames = [open(root, '')];
  try {
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const entry = frame.entries.pop();
      if (entry === undefined) {
        frame.place.close();
        frames.pop();
        continue;
      }
      const name = `${frame.name}/${entry}`;
      if (NO_PART.has(name)) continue;
      const path = frame.place.entry(entry);
      const node = found(path, name);
      yield node;
      if (node.type === 'dir') frames.push(open(path, name));
    }
  } finally {
    for (const frame of frames) frame.place.close();
  }
}

function open(path: string, name: string): { place: Place; entries: string[]; name: string } {
  const place = new Place(path);
  const entries = unlessDenied(() => readEntries(place), []).map((entry) => entry.name).sort().reverse();
  return { place, entries, name };
}

function found(path: string, name: string): Found {
  const stats = lstatSync(fsPath(path));
  const type = typeOf(stats);
  return {
    name,
    type,
    mode: type === 'symlink' ? 0 : stats.mode & 0o7777,
    size: type === 'file' ? stats.size : 0,
    target: type === 'symlink' ? readlinkSync(fsPath(path), 'latin1') : '',
    inode: stats.ino,
    path,
  };
}

function typeOf(stats: Stats): Found['type'] {
  if (stats.isDirectory()) return 'dir';
  if (stats.isFile()) return 'file';
  return stats.isSymbolicLink() ? 'symlink' : 'other';
}

/**
 * One line about an entry; NUL cannot be part of a name or target, so that no two entries give the same text. With
 * `content`, a digest of what a file holds stands behind it. The entry has to be one that walkTree() hands out just now.
 */
export function describeEntry({ name, type, mode, size, target, path }: Found, content: boolean): string {
  // Who else may enter the root is no part of the tree.
  const bits = name === '/' ? mode & 0o700 : mode;
  const text = `${name}\0${type}\0${bits}\0${size}\0${target}\0`;
  return content && type === 'file' ? `${text}${contentDigest(path)}\0` : text;
}

/** sha256 (hex) over name, type, mode, size and target of everything below `dir`; hard links count by their names. */
export function treeDigest(dir: string, options: DigestOptions = {}): string {
  const hash = createHash('sha256');
  for (const entry of walkTree(dir)) hash.update(describeEntry(entry, options.content ?? false), 'latin1');
  return hash.digest('hex');
}

const buffer = Buffer.allocUnsafeSlow(1 << 18);

function contentDigest(path: string): string {
  const hash = createHash('sha256');
  const fd = unlessDenied(() => openSync(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK), null);
  if (fd === null) return 'unreadable';
  try {
    for (let bytes = readSync(fd, buffer); bytes > 0; bytes = readSync(fd, buffer)) hash.update(buffer.subarray(0, bytes));
  } finally {
    closeSync(fd);
  }
  return hash.digest('hex');
}

/** Modes come from the log: an ordinary user cannot look into everything. */
function unlessDenied<T>(use: () => T, otherwise: T): T {
  try {
    return use();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') return otherwise;
    throw error;
  }
}
