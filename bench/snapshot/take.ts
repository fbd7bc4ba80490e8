/** Takes a snapshot: the contents of the files that a log is about, read from this host. */
import { createHash } from 'node:crypto';
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, statSync, writeSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import { UringReplayError } from '../../replay/errors.js';
import type { Trace } from '../../replay/trace/model.js';
import { resolve } from '../../replay/world/resolve.js';
import { UNKNOWN_CWD } from '../../replay/world/resolver.js';
import { findStartDirectory } from '../../replay/world/startdir.js';
import { KERNEL_FILES } from '../../replay/world/paths.js';
import { bytesOf, fsPath } from '../../replay/world/tree/place.js';
import { tarEnd, tarFileHeader, tarPadding } from '../../replay/world/tree/tar.js';
import type { TreeNode } from '../../replay/world/types.js';
import { MANIFEST_NAME, SNAPSHOT_SCHEMA, type LeftOut, type LeftOutReason, type Manifest, type SnapshotSummary } from './format.js';

export interface TakeOptions {
  /** The archive; must not exist. */
  readonly file: string;
  /** Of the contents together. */
  readonly bytesMax: number;
  /** Where the program was started; used where the log does not say it. */
  readonly cwd: string;
  readonly signal?: AbortSignal;
}

interface Touched {
  readonly path: string;
  readonly size: number;
  readonly line: number;
}

const CHUNK_BYTES = 1 << 20;
/** Contents may be secret: only whoever recorded the program reads them. */
const ARCHIVE_MODE = 0o600;
/** Neither waits for the other end of a FIFO nor becomes anybody's terminal. */
const OPEN_FLAGS = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY;

/**
 * Archives the regular files of the trace's tree, those used first first; what has another size than in the log is left
 * out. Rejects with UR_CANNOT_WRITE and the signal's reason; the file is the caller's to remove then.
 */
export async function takeSnapshot(trace: Trace, { file, bytesMax, cwd, signal }: TakeOptions): Promise<SnapshotSummary> {
  const { tree } = resolve(trace, { mode: 'sandbox' });
  const start = findStartDirectory(trace) === null ? bytesOf(cwd) : UNKNOWN_CWD;
  const archive = new Archive(file);
  try {
    const digests: [string, string][] = [];
    const leftOut: LeftOut[] = [];
    let bytes = 0;
    for (const { path, size } of touchedFiles(tree.root)) {
      signal?.throwIfAborted();
      const host = path.startsWith(`${UNKNOWN_CWD}/`) ? start + path.slice(UNKNOWN_CWD.length) : path;
      const outcome = await append(archive, { path, host, size }, bytesMax - bytes, signal);
      if ('reason' in outcome) {
        leftOut.push({ path, size, reason: outcome.reason });
      } else {
        digests.push([path, outcome.digest]);
        bytes += size;
      }
    }
    const summary = { files: digests.length, bytes, bytesMax, leftOut };
    const manifest: Manifest = { schema: SNAPSHOT_SCHEMA, date: new Date().toISOString(), logDigest: trace.digest, ...summary, digests };
    const text = Buffer.from(`${JSON.stringify(manifest)}\n`);
    archive.write(tarFileHeader(MANIFEST_NAME, 0o644, text.length));
    archive.write(text);
    archive.write(Buffer.alloc(tarPadding(text.length)));
    archive.write(tarEnd(archive.bytes));
    return summary;
  } finally {
    archive.close();
  }
}

/** Files with content, in the order in which the log needs them. */
function touchedFiles(root: TreeNode): Touched[] {
  const found: Touched[] = [];
  const todo: { readonly path: string; readonly node: TreeNode }[] = [{ path: '', node: root }];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { path, node } = next;
    if (node.type === 'file' && node.size > 0 && path !== `/${MANIFEST_NAME}`) found.push({ path, size: node.size, line: node.line });
    if (node.type === 'dir') for (const [name, child] of node.entries) todo.push({ path: `${path}/${name}`, node: child });
  }
  return found.sort((a, b) => a.line - b.line || (a.path < b.path ? -1 : 1));
}

type Outcome = { readonly digest: string } | { readonly reason: LeftOutReason };

async function append(
  archive: Archive,
  { path, host, size }: { readonly path: string; readonly host: string; readonly size: number },
  room: number,
  signal?: AbortSignal,
): Promise<Outcome> {
  let fd: number;
  // What it holds is of this moment and this process.
  if (KERNEL_FILES.test(path)) return { reason: 'special' };
  try {
    // Opening a device may already do something, so look first.
    if (!statSync(fsPath(host)).isFile()) return { reason: 'special' };
    fd = openSync(fsPath(host), OPEN_FLAGS);
  } catch (error) {
    return { reason: whyNot(error) };
  }
  const begin = archive.bytes;
  const leaveOut = (reason: LeftOutReason): Outcome => {
    archive.cutTo(begin);
    return { reason };
  };
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return { reason: 'special' };
    if (stat.size !== size) return { reason: 'changed' };
    if (size > room) return { reason: 'limit' };
    archive.write(tarFileHeader(path.slice(1), 0o600, size));
    const hash = createHash('sha256');
    const chunk = Buffer.allocUnsafe(Math.min(size, CHUNK_BYTES));
    for (let left = size; left > 0; ) {
      let count: number;
      try {
        count = readSync(fd, chunk, 0, Math.min(left, chunk.length), null);
      } catch {
        return leaveOut('unreadable');
      }
      // It shrank meanwhile.
      if (count === 0) return leaveOut('changed');
      const piece = chunk.subarray(0, count);
      hash.update(piece);
      archive.write(piece);
      left -= count;
      if (left > 0) {
        await setImmediate();
        signal?.throwIfAborted();
      }
    }
    archive.write(Buffer.alloc(tarPadding(size)));
    return { digest: hash.digest('hex') };
  } finally {
    closeSync(fd);
  }
}

function whyNot(error: unknown): LeftOutReason {
  const { code = '' } = error as NodeJS.ErrnoException;
  if (['ENOENT', 'ENOTDIR', 'ELOOP'].includes(code)) return 'vanished';
  return ['ENXIO', 'ENODEV'].includes(code) ? 'special' : 'unreadable';
}

/** The file that is being written, and how long it is. */
class Archive {
  bytes = 0;
  readonly #file: string;
  readonly #fd: number;

  constructor(file: string) {
    this.#file = file;
    this.#fd = this.#writing(() => openSync(file, 'wx', ARCHIVE_MODE));
  }

  write(data: Buffer): void {
    this.#writing(() => {
      for (let done = 0; done < data.length; ) done += writeSync(this.#fd, data, done, data.length - done, this.bytes + done);
    });
    this.bytes += data.length;
  }

  cutTo(bytes: number): void {
    this.#writing(() => {
      ftruncateSync(this.#fd, bytes);
    });
    this.bytes = bytes;
  }

  close(): void {
    closeSync(this.#fd);
  }

  #writing<T>(action: () => T): T {
    try {
      return action();
    } catch (error) {
      const reason = (error as NodeJS.ErrnoException).code ?? String(error);
      throw new UringReplayError('UR_CANNOT_WRITE', `cannot write the snapshot ${this.#file}: ${reason}`, 'Make room, lower --max-snapshot-size, or leave out --snapshot.', { cause: error });
    }
  }
}
