/** Where the regular files of a tar archive are, as replay/world/tree/tar.ts writes it: GNU format, long names included. */
import { RECORD_BYTES, tarPadding } from '../../replay/world/tree/tar.js';

export interface Member {
  /** Of the content, bytes from the start of the archive. */
  readonly position: number;
  readonly size: number;
}

const FIELDS = { name: [0, 100], size: [124, 136], checksum: [148, 156], magic: [257, 265] } as const;
const TYPE = 156;
const [FILE, LONG_NAME] = [0x30, 0x4c];
const NAME_BYTES_MAX = 1 << 16;

/** name -> member. `bytes`: length of the archive; `bad`: makes the error for anything that tar.ts does not write. */
export function readMembers(read: (position: number, bytes: number) => Buffer, bytes: number, bad: (reason: string) => Error): Map<string, Member> {
  const members = new Map<string, Member>();
  let longName: string | null = null;
  for (let at = 0; ; ) {
    if (at + RECORD_BYTES > bytes) throw bad('it is cut off, or no tar archive');
    const header = read(at, RECORD_BYTES);
    if (header.every((byte) => byte === 0)) return members;
    if (text(header, FIELDS.magic) !== 'ustar  ' || sum(header) !== parseInt(text(header, FIELDS.checksum), 8)) {
      throw bad(`byte ${at} does not begin a tar header of ours`);
    }
    const size = sizeOf(header);
    const position = at + RECORD_BYTES;
    if (!Number.isSafeInteger(size) || size < 0 || position + size > bytes) throw bad(`it is cut off in the member at byte ${at}`);
    if (header[TYPE] === LONG_NAME && size <= NAME_BYTES_MAX) {
      longName = read(position, size).toString('latin1').replace(/\0$/, '');
    } else if (header[TYPE] === FILE) {
      const name = longName ?? text(header, FIELDS.name);
      if (members.has(name)) throw bad(`it has two members of one name at byte ${at}`);
      members.set(name, { position, size });
      longName = null;
    } else {
      throw bad(`the member at byte ${at} is no regular file`);
    }
    at = position + size + tarPadding(size);
  }
}

function text(header: Buffer, [from, to]: readonly [number, number]): string {
  const field = header.toString('latin1', from, to);
  const end = field.indexOf('\0');
  return end < 0 ? field : field.slice(0, end);
}

/** Octal; binary from 8 GiB on. */
function sizeOf(header: Buffer): number {
  const [from, to] = FIELDS.size;
  if (header[from] === 0x80) return Number(header.readBigUInt64BE(to - 8));
  const octal = text(header, FIELDS.size);
  return /^[0-7]+$/.test(octal) ? parseInt(octal, 8) : NaN;
}

/** The checksum counts itself as blanks. */
function sum(header: Buffer): number {
  let total = 0;
  header.forEach((byte, i) => (total += i >= FIELDS.checksum[0] && i < FIELDS.checksum[1] ? 0x20 : byte));
  return total;
}
