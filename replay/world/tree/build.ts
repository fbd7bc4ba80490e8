/** Puts a tree on disk. */
import { chmodSync, lstatSync, mkdirSync, readdirSync, realpathSync, statfsSync, symlinkSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { UringReplayError } from '../../errors.js';
import type { TreeModel, TreeNode } from '../types.js';
import { confiner } from './confine.js';
import { createFile, type ContentSource } from './content.js';
import { MARKER_NAME, writeMarker } from './marker.js';
import { measureTree, mebibytes, type TreeSize } from './measure.js';
import { bytesOf, fsPath, Place, printable } from './place.js';
import { removeTree } from './remove.js';

export interface BuildOptions {
  /** Total size of the regular files allowed; default 2 GiB. */
  readonly maxBytes?: number;
  /** Stops the building; what was built so far is removed, and the signal's reason thrown. */
  readonly signal?: AbortSignal;
  /** Absolute symlink targets get the directory as prefix, for replays that cannot make it their root. */
  readonly confined?: boolean;
  /** The tree is to stay; only noted in its marker. */
  readonly keep?: boolean;
  /** Real contents; where it knows none, they are generated. */
  readonly content?: ContentSource | null;
}

type DirNode = TreeNode & { readonly type: 'dir' };

interface Frame {
  readonly node: DirNode;
  /** Path in the tree, for messages and contents. */
  readonly name: string;
  readonly place: Place;
  readonly entries: Iterator<[string, TreeNode]>;
}

function refuseImpossible({ conflicts }: TreeModel): void {
  const conflict = conflicts.find(({ impossible }) => impossible === true);
  if (conflict === undefined) return;
  throw new UringReplayError(
    'UR_TREE_IMPOSSIBLE',
    `line ${conflict.line} cannot be true: ${printable(conflict.path)}: ${conflict.what}`,
    'The log is damaged or was edited there: record it again.',
  );
}

/** How long the event loop is held up at a time, ms. */
const SLICE_MS = 10;

/**
 * Builds `tree` below `dir`, which must be empty or not exist. Nothing outside `dir` is touched: every parent is a
 * directory made here, nothing is opened through a symlink. On failure `dir` is left as it was found.
 * Throws UringReplayError (UR_TREE_TOO_LARGE, UR_TREE_NAME, UR_DISK_FULL, UR_TREE_IO, UR_SANDBOX_*), naming log line and path.
 */
export async function buildTree(tree: TreeModel, dir: string, options: BuildOptions = {}): Promise<TreeSize> {
  const { root } = tree;
  refuseImpossible(tree);
  const report = measureTree(root, options.maxBytes);
  options.signal?.throwIfAborted();
  const made = prepareDirectory(dir, options.keep ?? false);
  try {
    checkSpace(dir, report.bytes);
    writeMarker(dir, false, options.keep ?? false);
    const builder = build(root, dir, options);
    let sliceEnd = performance.now() + SLICE_MS;
    while (builder.next().done !== true) {
      if (performance.now() < sliceEnd) continue;
      await setImmediate();
      options.signal?.throwIfAborted();
      sliceEnd = performance.now() + SLICE_MS;
    }
    options.signal?.throwIfAborted();
    writeMarker(dir, true, options.keep ?? false);
    setRootMode(dir, root.mode);
    return report;
  } catch (error) {
    removeTree(dir, !made);
    throw error;
  }
}

/** Returns whether the directory was made here. */
function prepareDirectory(dir: string, keep: boolean): boolean {
  try {
    mkdirSync(dir, { mode: keep ? 0o777 : 0o700 });
    return true;
  } catch (error) {
    if (!isErrno(error, 'EEXIST')) {
      throw new UringReplayError('UR_SANDBOX_DIRECTORY', `cannot create ${dir}: ${reasonOf(error)}`, 'name a directory below one that exists and is yours', { cause: error });
    }
  }
  if (!lstatSync(dir).isDirectory()) {
    throw new UringReplayError('UR_SANDBOX_DIRECTORY', `${dir} is not a directory`, 'name a directory that is empty or does not exist');
  }
  if (readdirSync(dir).length > 0) {
    throw new UringReplayError('UR_SANDBOX_NOT_EMPTY', `${dir} is not empty`, 'name a directory that is empty or does not exist');
  }
  return false;
}

function checkSpace(dir: string, bytes: number): void {
  const { bavail, bsize } = statfsSync(dir);
  // File systems that report no blocks at all (some network and overlay ones) are left to say ENOSPC.
  if (bavail > 0 && bytes > bavail * bsize) throw diskFull(dir, bytes, bavail * bsize);
}

function diskFull(dir: string, bytes: number, free: number | null, cause?: unknown): UringReplayError {
  const room = free === null ? 'it is full' : `${mebibytes(free)} are free`;
  return new UringReplayError(
    'UR_DISK_FULL',
    `the tree needs ${mebibytes(bytes)} below ${dir}, but ${room}`,
    'make room, or choose another file system with --sandbox DIR or TMPDIR',
    { cause },
  );
}

/** Yields after every entry, and every piece of a large file. */
function* build(root: DirNode, dir: string, { confined, content }: BuildOptions): Generator<void, void> {
  const confine = confined === true ? confiner(root, bytesOf(realpathSync.native(dir))) : null;
  const frames: Frame[] = [{ node: root, name: '', place: new Place(bytesOf(dir)), entries: root.entries.entries() }];
  try {
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const next = frame.entries.next();
      if (next.done === true) {
        frames.pop();
        // Last, because it may forbid creating entries.
        if (frames.length > 0) chmodSync(frame.place.self(), frame.node.mode);
        frame.place.close();
        continue;
      }
      const [entry, node] = next.value;
      const name = `${frame.name}/${entry}`;
      if (name === `/${MARKER_NAME}`) continue;
      const path = frame.place.entry(entry);
      try {
        if (node.type === 'dir') {
          mkdirSync(fsPath(path), { mode: 0o700 });
          frames.push({ node, name, place: new Place(path), entries: node.entries.entries() });
        } else if (node.type === 'symlink') {
          symlinkSync(Buffer.from(confine === null ? node.target : confine(name, node.target)), fsPath(path));
        } else {
          yield* createFile(path, name, node, content);
        }
      } catch (error) {
        throw buildError(error, dir, name, node);
      }
      yield;
    }
  } finally {
    for (const frame of frames) frame.place.close();
  }
}

function buildError(error: unknown, dir: string, name: string, node: TreeNode): UringReplayError {
  if (error instanceof UringReplayError) return error;
  const where = `${printable(name)}${node.line > 0 ? ` (line ${node.line} of the log)` : ''}`;
  if (isErrno(error, 'ENOSPC', 'EDQUOT')) return diskFull(dir, node.type === 'file' ? node.size : 0, null, error);
  if (isErrno(error, 'ENAMETOOLONG', 'EILSEQ', 'EINVAL', 'EEXIST')) {
    return new UringReplayError(
      'UR_TREE_NAME',
      `the file system of ${dir} does not take the name ${where}: ${reasonOf(error)}`,
      'choose a file system that takes any name (ext4, xfs, btrfs, tmpfs) with --sandbox DIR or TMPDIR',
      { cause: error },
    );
  }
  return new UringReplayError('UR_TREE_IO', `cannot create ${where} below ${dir}: ${reasonOf(error)}`, null, { cause: error });
}

/** Owner bits as in the log; who else may enter was decided when the directory was made. */
function setRootMode(dir: string, mode: number): void {
  chmodSync(dir, (lstatSync(dir).mode & 0o7077) | (mode & 0o700));
}

function isErrno(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' && codes.includes(error.code);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
