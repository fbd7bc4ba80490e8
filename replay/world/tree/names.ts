/** Made-up names and directory sizes: what a listing reveals is how many entries and how many bytes. */
import { NAME_BYTES_MAX } from './path.js';

/** sizeof(struct linux_dirent64) up to d_name, see getdents64(2). The old linux_dirent comes to the same. */
const DIRENT_HEADER_BYTES = 19;
const DIRENT_BYTES_MIN = 24;
const DIRENT_BYTES_MAX = 280;
/** The records of `.` and `..`. */
export const DOT_ENTRIES = 2;
export const DOT_BYTES = 2 * DIRENT_BYTES_MIN;

/** d_reclen of an entry whose name has `nameBytes` bytes. */
export function direntBytes(nameBytes: number): number {
  return Math.ceil((DIRENT_HEADER_BYTES + nameBytes + 1) / 8) * 8;
}

/** The longest name with a record of `recordBytes`. */
export function longestName(recordBytes: number): number {
  return Math.min(recordBytes - DIRENT_HEADER_BYTES - 1, NAME_BYTES_MAX);
}

/** Record lengths of `count` entries that make `bytes` together, as even as possible; null when impossible. */
export function splitRecords(count: number, bytes: number): number[] | null {
  if (count === 0) return bytes === 0 ? [] : null;
  if (count < 0 || bytes % 8 !== 0 || bytes < count * DIRENT_BYTES_MIN || bytes > count * DIRENT_BYTES_MAX) return null;
  const units = bytes / 8;
  const base = Math.floor(units / count);
  const larger = units - base * count;
  return Array.from({ length: count }, (_, i) => (base + (i < larger ? 1 : 0)) * 8);
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
/** For names of one or two bytes, where letters may not suffice: every byte but NUL, `/` and `.`. */
const ALL_BYTES =
  ALPHABET + Array.from({ length: 255 }, (_, i) => String.fromCharCode(i + 1)).filter((c) => !`${ALPHABET}/.`.includes(c)).join('');

/** Hands out names of a wanted length that are not taken, in a fixed order. */
export class NameMaker {
  readonly #taken: (name: string) => boolean;
  readonly #next = new Map<number, number>();

  constructor(taken: (name: string) => boolean) {
    this.#taken = taken;
  }

  /** null when every name of that length is taken. */
  make(bytes: number): string | null {
    const alphabet = bytes <= 2 ? ALL_BYTES : ALPHABET;
    const all = alphabet.length ** Math.min(bytes, 6);
    for (let n = this.#next.get(bytes) ?? 0; n < all; n++) {
      let name = '';
      for (let rest = n; name.length < bytes && (rest > 0 || name === ''); rest = Math.floor(rest / alphabet.length)) {
        name = alphabet.charAt(rest % alphabet.length) + name;
      }
      name = name.padStart(bytes, alphabet.charAt(0));
      if (this.#taken(name)) continue;
      this.#next.set(bytes, n + 1);
      return name;
    }
    return null;
  }
}
