/** A digest of a tree on disk, to prove it unchanged. */
import { createHash, type Hash } from 'node:crypto';
import { Buffer } from 'node:buffer';
import { closeSync, constants, lstatSync, openSync, readlinkSync, readSync, type Stats } from 'node:fs';
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
      if (name === `/${MARKER_NAME}`) continue;
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
  const entries = readEntries(place).map((entry) => entry.name).sort().reverse();
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

/** sha256 (hex) over name, type, mode, size and target of everything below `dir`; hard links count by their names. */
export function treeDigest(dir: string, options: DigestOptions = {}): string {
  const hash = createHash('sha256');
  for (const { name, type, mode, size, target, path } of walkTree(dir)) {
    // Who else may enter the root is no part of the tree.
    const bits = name === '/' ? mode & 0o700 : mode;
    // NUL cannot be part of a name or target, so that no two trees give the same text.
    hash.update(`${name}\0${type}\0${bits}\0${size}\0${target}\0`, 'latin1');
    if (options.content === true && type === 'file') hashFile(path, hash);
  }
  return hash.digest('hex');
}

function hashFile(path: string, hash: Hash): void {
  const fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const buffer = Buffer.allocUnsafe(1 << 18);
    for (let bytes = readSync(fd, buffer); bytes > 0; bytes = readSync(fd, buffer)) hash.update(buffer.subarray(0, bytes));
  } finally {
    closeSync(fd);
  }
}
