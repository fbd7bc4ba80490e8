/** Reads a whole log into memory. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UringReplayError } from '../errors.js';
import { ColumnTrace } from '../trace/trace.js';
import { stripColour } from './colour.js';
import { Columns } from './columns.js';

import { fileSet, mergeSet } from './fileset.js';
import { Joiner } from './join.js';
import { refuseWhatIsNoLog } from './read.js';
import { noSuchLog, packing } from './packing.js';
import { openLog } from './source.js';
import type { LogEvent, Trace } from '../trace/model.js';

/** The log's text stays in memory, because arguments are decoded from it on demand. */
const LOG_BYTES_MAX = 2 ** 32 - 1;
const ESCAPE = 27;

/**
 * Reads `source` as one Trace: a path, `-` for standard input, plain, gzip, xz or zstd, a directory or glob of -ff
 * files. Throws UringReplayError: UR_NO_SUCH_LOG, UR_EMPTY_LOG, UR_NOT_A_LOG, UR_NO_DECOMPRESSOR, UR_LOG_TOO_LARGE.
 */
export async function loadTrace(source: string, options: LoadOptions = {}): Promise<Trace> {
  const files = fileSet(source);
  if (files !== null) {
    const lines: Uint8Array[] = [];
    mergeSet(files, { push: (b, start, end) => lines.push(Buffer.from(b.subarray(start, end + 1))), finish: () => undefined });
    return traceOf(Buffer.concat(lines), source, options);
  }
  return traceOf(await readAll(source), source, options);
}

export interface LoadOptions {
  /** Told now and then how many bytes have been taken apart. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

const PIECE_BYTES = 1 << 22;

/** The same from bytes that are at hand. They must not change while the trace is used. `anything`: even without a call. */
export function traceOf(bytes: Uint8Array, file: string, { anything = false, onBytes }: LoadOptions & { readonly anything?: boolean } = {}): Trace {
  let log = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const digest = createHash('sha256').update(log).digest('hex');
  if (log.includes(ESCAPE)) {
    log = Buffer.from(log);
    log = log.subarray(0, stripColour(log, 0, log.length));
  }
  const columns = new Columns(log);
  const joiner = new Joiner(columns);
  let rest = 0;
  for (let end = 0; end < log.length; ) {
    end = Math.min(end + PIECE_BYTES, log.length);
    rest = joiner.pushLines(log, rest, end);
    onBytes?.(end);
  }
  if (rest < log.length) joiner.push(log, rest, log.length);
  joiner.finish();
  const kinds = joiner.kinds;
  if (!anything) refuseWhatIsNoLog({ bytes: bytes.length, kinds }, file, log.includes(0));
  const parts = columns.finish();
  const cutAt = rest < log.length && breaksOff(log, joiner.lines, parts, columns.events) ? joiner.lines : null;
  return new ColumnTrace({ file, digest, lines: joiner.lines, cutAt, kinds, ...parts }, columns, columns.events);
}

/** Whether the last line, which has no line feed, is the beginning of a line: strace was killed, or the copy ended early. */
function breaksOff(log: Buffer, line: number, { columns }: Pick<Trace, 'columns'>, events: readonly LogEvent[]): boolean {
  if (events.at(-1)?.lineEnd === line) return events.at(-1)?.kind === 'unrecognised';
  const last = columns.lineEnd.indexOf(line);
  return last >= 0 && Number.isNaN(columns.ret[last]) && !log.toString('latin1', log.length - 2).endsWith(' ?');
}

async function readAll(source: string): Promise<Uint8Array> {
  if (source !== '-') {
    const bytes = readPlain(source);
    if (bytes !== null) return bytes;
  }
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of await openLog(source)) {
    chunks.push(chunk as Uint8Array);
    size += (chunk as Uint8Array).length;
    refuseTooLarge(size, source);
  }
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}

const READ_BYTES_MAX = 1 << 30;

/** null when it must be decompressed or is no regular file. */
function readPlain(path: string): Uint8Array | null {
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch (error) {
    throw noSuchLog(path, error);
  }
  try {
    const stat = fstatSync(fd);
    if (!stat.isFile()) return null;
    refuseTooLarge(stat.size, path);
    const bytes = Buffer.allocUnsafeSlow(stat.size);
    let have = 0;
    while (have < bytes.length) {
      const count = readSync(fd, bytes, have, Math.min(READ_BYTES_MAX, bytes.length - have), null);
      if (count === 0) break;
      have += count;
      if (packing(bytes) !== null) return null;
    }
    return bytes.subarray(0, have);
  } finally {
    closeSync(fd);
  }
}

function refuseTooLarge(size: number, source: string): void {
  if (size <= LOG_BYTES_MAX) return;
  throw new UringReplayError('UR_LOG_TOO_LARGE', `${source} is larger than 4 GiB, which is more than can be held in memory for this`, 'Cut the log into parts (show --since --until), or use show, summary and check, which read any size.');
}
