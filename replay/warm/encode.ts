/** Writes and reads plans of a warming (see format.ts). */
import { Arena } from '../plan/arena.js';
import { UringReplayError } from '../errors.js';
import {
  ARENA_BYTES_MAX, FLAG, HEADER, HEADER_BYTES, PATH_BYTES_MAX, RANGE_BYTES, RANGES_MAX, RECORD, RECORD_BYTES, RECORDS_MAX, TYPES,
  WARM_MAGIC, WARM_VERSION, type WarmRange, type WarmRecord,
} from './format.js';

const SIZE_UNKNOWN = 2n ** 64n - 1n;

/** Throws UR_LIMIT when there is more than a plan can hold. */
export function encodeWarmPlan(records: readonly WarmRecord[]): Uint8Array {
  const arena = new Arena();
  const paths = records.map(({ path }) => arena.intern(path));
  const ranges = records.flatMap((record) => record.ranges);
  check('paths', records.length, RECORDS_MAX);
  check('ranges', ranges.length, RANGES_MAX);
  check('bytes of paths', arena.length, ARENA_BYTES_MAX);
  const rangesAt = HEADER_BYTES + records.length * RECORD_BYTES;
  const arenaAt = rangesAt + ranges.length * RANGE_BYTES;
  const bytes = new Uint8Array(arenaAt + arena.length);
  const view = new DataView(bytes.buffer);
  const header: readonly (readonly [number, number])[] = [
    [HEADER.magic, WARM_MAGIC], [HEADER.version, WARM_VERSION], [HEADER.headerBytes, HEADER_BYTES],
    [HEADER.recordBytes, RECORD_BYTES], [HEADER.recordCount, records.length], [HEADER.rangeCount, ranges.length],
  ];
  for (const [at, value] of header) view.setUint32(at, value, true);
  view.setBigUint64(HEADER.arenaBytes, BigInt(arena.length), true);
  view.setBigUint64(HEADER.totalBytes, BigInt(bytes.length), true);
  let rangeStart = 0;
  for (const [i, record] of records.entries()) {
    const at = HEADER_BYTES + i * RECORD_BYTES;
    view.setUint32(at + RECORD.path, paths[i], true);
    view.setUint16(at + RECORD.flags, flagsOf(record), true);
    view.setUint16(at + RECORD.type, TYPES.indexOf(record.type), true);
    view.setBigUint64(at + RECORD.size, record.size === null ? SIZE_UNKNOWN : BigInt(record.size), true);
    view.setUint32(at + RECORD.rangeStart, rangeStart, true);
    view.setUint32(at + RECORD.rangeCount, record.ranges.length, true);
    rangeStart += record.ranges.length;
  }
  for (const [i, range] of ranges.entries()) {
    view.setBigUint64(rangesAt + i * RANGE_BYTES, BigInt(range.offset), true);
    view.setBigUint64(rangesAt + i * RANGE_BYTES + 8, BigInt(range.bytes), true);
  }
  arena.copyTo(bytes, arenaAt);
  return bytes;
}

/** Whether a file that begins with `bytes` is a plan. */
export function isWarmPlan(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true) === WARM_MAGIC;
}

/** The records of a plan; throws UR_BAD_PLAN where one cannot be read. The runner checks more before it uses one. */
export function decodeWarmPlan(bytes: Uint8Array, file = 'the plan'): WarmRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const bad = (what: string): UringReplayError =>
    new UringReplayError('UR_BAD_PLAN', `${file} is not a plan that can be used: ${what}`, 'Compile it again: uring-replay compile LOG -o FILE');
  if (bytes.length < HEADER_BYTES || !isWarmPlan(bytes)) throw bad('it does not begin as a plan does');
  const version = view.getUint32(HEADER.version, true);
  if (version !== WARM_VERSION) throw bad(`version ${version}, known is ${WARM_VERSION}`);
  const recordCount = view.getUint32(HEADER.recordCount, true);
  const rangeCount = view.getUint32(HEADER.rangeCount, true);
  const rangesAt = HEADER_BYTES + recordCount * RECORD_BYTES;
  const arenaAt = rangesAt + rangeCount * RANGE_BYTES;
  if (BigInt(arenaAt) + view.getBigUint64(HEADER.arenaBytes, true) !== BigInt(bytes.length)) throw bad(`${bytes.length} bytes do not hold its sections`);
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: recordCount }, (_, i): WarmRecord => {
    const at = HEADER_BYTES + i * RECORD_BYTES;
    const from = arenaAt + view.getUint32(at + RECORD.path, true);
    const end = buffer.indexOf(0, from);
    const rangeStart = view.getUint32(at + RECORD.rangeStart, true);
    const count = view.getUint32(at + RECORD.rangeCount, true);
    const type = TYPES.at(view.getUint16(at + RECORD.type, true));
    if (from >= bytes.length || end < 0 || rangeStart + count > rangeCount || type === undefined) throw bad(`record ${i}`);
    const flags = view.getUint16(at + RECORD.flags, true);
    const size = view.getBigUint64(at + RECORD.size, true);
    return {
      path: buffer.toString('latin1', from, end),
      noFollow: (flags & FLAG.noFollow) !== 0, open: (flags & FLAG.open) !== 0, list: (flags & FLAG.list) !== 0,
      readlink: (flags & FLAG.readlink) !== 0, execute: (flags & FLAG.execute) !== 0,
      ranges: Array.from({ length: count }, (_unused, k): WarmRange => {
        const rangeAt = rangesAt + (rangeStart + k) * RANGE_BYTES;
        return { offset: Number(view.getBigUint64(rangeAt, true)), bytes: Number(view.getBigUint64(rangeAt + 8, true)) };
      }),
      type,
      size: size === SIZE_UNKNOWN ? null : Number(size),
    };
  });
}

/** Whether a plan can hold this path. */
export function holdsPath(path: string): boolean {
  return path.startsWith('/') && path.length <= PATH_BYTES_MAX && !path.includes('\0');
}

function flagsOf(record: WarmRecord): number {
  return (record.noFollow ? FLAG.noFollow : 0) | (record.open ? FLAG.open : 0) | (record.list ? FLAG.list : 0)
    | (record.readlink ? FLAG.readlink : 0) | (record.execute ? FLAG.execute : 0);
}

function check(what: string, found: number, max: number): void {
  if (found > max) throw new UringReplayError('UR_LIMIT', `the plan would have ${found} ${what}, the limit is ${max}`, 'Compile a part of the log.');
}
