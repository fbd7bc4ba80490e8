/** Reads a whole log into memory. */
import { createHash } from 'node:crypto';
import { UringReplayError } from '../errors.js';
import { ColumnTrace } from '../trace/trace.js';
import { Columns } from './columns.js';
import { Joiner } from './join.js';
import { openLog } from './source.js';
import type { RecordKind, Trace } from '../trace/model.js';

/**
 * Reads `source` (a path, or `-` for standard input; plain, gzip, xz or zstd) as one Trace.
 * Throws UringReplayError: UR_NO_SUCH_LOG, UR_EMPTY_LOG, UR_NOT_A_LOG, UR_NO_DECOMPRESSOR, UR_LOG_TOO_LARGE.
 */
export async function loadTrace(source: string): Promise<Trace> {
  return traceOf(await readAll(source), source);
}

/** The same from bytes that are at hand. */
export function traceOf(bytes: Uint8Array, file: string): Trace {
  if (bytes.length === 0) throw new UringReplayError('UR_EMPTY_LOG', `the log ${file} is empty`, 'Record it again: uring-replay record -o LOG -- COMMAND');
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const columns = new Columns(buffer);
  const joiner = new Joiner(columns);
  const rest = joiner.pushLines(buffer, 0, bytes.length);
  if (rest < bytes.length) joiner.push(buffer, rest, bytes.length);
  joiner.finish();
  const kinds = joiner.kinds;
  refuseWhatIsNoLog(kinds, buffer, file);
  const digest = createHash('sha256').update(bytes).digest('hex');
  return new ColumnTrace({ file, digest, lines: joiner.lines, kinds, ...columns.finish() }, columns, columns.events);
}

function refuseWhatIsNoLog(kinds: Partial<Record<RecordKind, number>>, buffer: Buffer, file: string): void {
  const understood = Object.entries(kinds).some(([kind, n]) => kind !== 'unrecognised' && kind !== 'blank' && n > 0);
  if (understood) return;
  const binary = buffer.indexOf(0) >= 0;
  throw new UringReplayError(
    'UR_NOT_A_LOG',
    `${file} is not an strace log: ${binary ? 'it is a binary file' : 'no line of it is in the notation of strace'}`,
    'Give a log made with strace, for example: strace -f -ttt -T -s 4096 -o LOG COMMAND',
  );
}

async function readAll(source: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of await openLog(source)) chunks.push(chunk as Uint8Array);
  return chunks.length === 1 ? chunks[0] : Buffer.concat(chunks);
}
