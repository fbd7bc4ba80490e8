/**
 * Reads a log of any kind into a joiner: file, standard input, compressed, or a set of -ff files. What only some kinds
 * need is loaded for those.
 */
import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { UringReplayError } from '../errors.js';
import { CHUNK_BYTES, Feeder, feedFile } from './feed.js';
import { Joiner } from './join.js';
import { noSuchLog, packing } from './packing.js';
import type { Sink } from './join.js';
import type { RecordKind } from '../trace/model.js';

export interface ReadResult {
  readonly lines: number;
  readonly bytes: number;
  readonly kinds: Partial<Record<RecordKind, number>>;
}

export interface ReadOptions {
  /** Asked now and then; false ends the reading early. */
  readonly goOn?: () => boolean;
  /** Told now and then how many bytes have been read. */
  readonly onBytes?: (bytes: number) => void;
  /** The log's bytes, decompressed, where they are at hand; `source` is then only its name. */
  readonly bytes?: Uint8Array | null;
  /** Take a file of which nothing is understood. Default: refuse it (UR_NOT_A_LOG). */
  readonly anything?: boolean;
}

/**
 * Hands every record of `source` to `sink`, in flat memory. `source`: a path, `-`, a directory or glob of -ff files.
 * Throws UringReplayError: UR_NO_SUCH_LOG, UR_EMPTY_LOG, UR_NOT_A_LOG, UR_NO_DECOMPRESSOR, UR_LINE_TOO_LONG.
 */
export async function readLog(source: string, sink: Sink, options: ReadOptions = {}): Promise<ReadResult> {
  const joiner = new Joiner(sink);
  const { bytes, binary } = await feedAny(source, joiner, options);
  const result = { lines: joiner.lines, bytes, kinds: joiner.kinds };
  if (options.goOn?.() !== false && options.anything !== true) refuseWhatIsNoLog(result, source, binary);
  return result;
}

async function feedAny(source: string, joiner: Joiner, options: ReadOptions): Promise<Fed> {
  if (options.bytes != null) return feedBytes(options.bytes, new Feeder(joiner));
  const { goOn, onBytes } = options;
  const sets = isFile(source) ? null : await import('./fileset.js');
  const files = sets?.fileSet(source) ?? null;
  if (sets !== null && files !== null) {
    const bytes = sets.mergeSet(files, joiner, (read) => {
      onBytes?.(read);
      return goOn?.() ?? true;
    });
    return { bytes, binary: false };
  }
  const feeder = new Feeder(joiner);
  if (onBytes === undefined) return feedLog(source, feeder, goOn);
  return feedLog(source, feeder, () => {
    onBytes(feeder.bytes);
    return goOn?.() ?? true;
  });
}

/** How many bytes were read, and whether there are NUL bytes at their beginning. */
export interface Fed {
  readonly bytes: number;
  readonly binary: boolean;
}

/** Everything that `source` holds, decompressed. */
export async function readBytes(source: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await opened(source)) chunks.push(chunk as Uint8Array);
  return Buffer.concat(chunks);
}

export function feedBytes(bytes: Uint8Array, feeder: Feeder): Fed {
  for (let at = 0; at < bytes.length; at += CHUNK_BYTES) feeder.write(bytes.subarray(at, at + CHUNK_BYTES));
  feeder.end();
  return { bytes: bytes.length, binary: bytes.subarray(0, CHUNK_BYTES).includes(0) };
}

/** The bytes of one log, decompressed, through `feeder` to its end. `binary`: there are NUL bytes among them. */
export async function feedLog(source: string, feeder: Feeder, goOn?: () => boolean): Promise<Fed> {
  let binary = false;
  if (isPlainFile(source)) {
    await feedFile(source, feeder, goOn);
    binary = headOf(source).includes(0);
  } else {
    for await (const chunk of await opened(source)) {
      feeder.write(chunk as Uint8Array);
      binary ||= (chunk as Uint8Array).includes(0);
      if (goOn?.() === false) break;
    }
  }
  feeder.end();
  return { bytes: feeder.bytes, binary };
}

const opened = async (source: string): Promise<AsyncIterable<unknown>> => (await import('./source.js')).openLog(source);

/** false also where it cannot be told: why will say who opens it. */
function isFile(source: string): boolean {
  try {
    return statSync(source).isFile();
  } catch {
    return false;
  }
}

/** Whether it is one file, not a set of them, and can be read at any place, so that several threads can read it. */
export const isSingleFile = (source: string): boolean => isFile(source) && isPlainFile(source);

/** Not standard input, nor a pipe (`<(zcat LOG)` of a shell), which is empty after the first reading. */
export function canBeReadAgain(source: string): boolean {
  if (source === '-') return false;
  try {
    const stat = statSync(source);
    return stat.isFile() || stat.isDirectory();
  } catch {
    return true; // a glob, or nothing: the reading will say so
  }
}

/** Whether it can be read synchronously as it is. */
function isPlainFile(source: string): boolean {
  if (source === '-') return false;
  try {
    if (!statSync(source).isFile()) return false;
  } catch (error) {
    throw noSuchLog(source, error);
  }
  return packing(headOf(source)) === null;
}

function headOf(path: string): Uint8Array {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw noSuchLog(path, error);
  }
  try {
    const head = Buffer.alloc(4096);
    return head.subarray(0, readSync(fd, head, 0, head.length, 0));
  } finally {
    closeSync(fd);
  }
}

export function refuseWhatIsNoLog({ bytes, kinds }: Pick<ReadResult, 'bytes' | 'kinds'>, source: string, binary: boolean): void {
  if (bytes === 0) {
    throw new UringReplayError('UR_EMPTY_LOG', `the log ${source} is empty`, 'Record it again: uring-replay record -o LOG -- COMMAND');
  }
  const { unrecognised = 0, blank = 0 } = kinds;
  const understood = Object.values(kinds).reduce((sum, n) => sum + n, 0) - unrecognised - blank;
  // Programs hold text that looks like calls. A log may hold NUL bytes, from a program that wrote to its terminal, but few.
  if (understood > (binary ? unrecognised : 0)) return;
  throw new UringReplayError(
    'UR_NOT_A_LOG',
    `${source} is not an strace log: ${binary ? 'it is a binary file' : 'no line of it is in the notation of strace'}`,
    'Give a log made with strace, for example: strace -f -ttt -T -s 4096 -o LOG COMMAND',
  );
}
