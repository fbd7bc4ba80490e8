/**
 * The few things that analyses ask of nearly every call, read from the bytes of its arguments without decoding them:
 * descriptors, paths, flags. Each answers `undefined` where the text is not of the usual form; then decoding tells.
 */
import { byteClass } from '../../replay/strace/bytes.js';
import { NameTable } from '../../replay/strace/names.js';

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
/** What may hold a comma. */
const NESTS = byteClass('"(<[{');
/** Strings remembered, so that one that comes again is not made again. */
const KNOWN_MAX = 1 << 16;

export class RawArgs {
  #bytes: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  /** Where the string begins whose end was looked for last, and that end: the same one is asked about several times. */
  #stringStart = -1;
  #stringStop = -1;
  #known = new NameTable();

  /** The span between the parentheses of a call. */
  fill(bytes: Buffer, start: number, end: number): void {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
    this.#stringStart = -1;
  }

  /** All of it as printed, latin1. */
  text(): string {
    return this.#bytes.toString('latin1', this.#start, this.#end);
  }

  /** Where argument `index` begins; -1 when something nested or named comes before, or there is none. */
  at(index: number): number {
    const b = this.#bytes;
    let left = index;
    let i = this.#start;
    for (; left > 0 && i < this.#end; i++) {
      const c = b[i];
      if (c === COMMA) {
        left--;
        i++; // the blank behind it
      } else if (NESTS[c] === 1) return -1;
    }
    return left === 0 && i < this.#end ? i : -1;
  }

  /** The argument at `at` as a descriptor number; 'cwd' for AT_FDCWD. */
  fd(at: number): number | 'cwd' | undefined {
    if (at < 0) return undefined;
    const b = this.#bytes;
    if (b[at] === 65 && this.#startsWith(at, 'AT_FDCWD,')) return 'cwd';
    const negative = b[at] === 45;
    const digits = negative ? at + 1 : at;
    let i = digits;
    let n = 0;
    for (; i < this.#end && b[i] >= 48 && b[i] <= 57; i++) n = n * 10 + (b[i] - 48);
    if (i === digits || i - digits > 9 || (i < this.#end && b[i] !== COMMA)) return undefined;
    return negative ? -n : n;
  }

  /** A whole string without escapes that begins at `at`, as latin1. */
  string(at: number): string | undefined {
    const end = this.#stringEnd(at);
    if (end < 0) return undefined;
    if (this.#known.names.length === KNOWN_MAX) this.#known = new NameTable();
    return this.#known.names[this.#known.id(this.#bytes, at + 1, end)];
  }

  #stringEnd(at: number): number {
    if (at < 0) return -1;
    if (at !== this.#stringStart) {
      this.#stringStart = at;
      this.#stringStop = this.#findStringEnd(at);
    }
    return this.#stringStop;
  }

  #findStringEnd(at: number): number {
    const b = this.#bytes;
    if (b[at] !== QUOTE) return -1;
    for (let i = at + 1; i < this.#end; i++) {
      const c = b[i];
      if (c === BACKSLASH) return -1;
      // Behind the quote of a string that is cut short stand three points.
      if (c === QUOTE) return i + 1 < this.#end && b[i + 1] === 46 ? -1 : i;
    }
    return -1;
  }

  /** Whether `word` stands behind the string that begins at `at`: a flag, and no part of a path. */
  hasBehind(at: number, word: string): boolean | undefined {
    const end = this.#stringEnd(at);
    return end < 0 ? undefined : this.has(end, word);
  }

  /** Whether `word` stands in the arguments from `at` on, as a whole word. */
  has(at: number, word: string): boolean {
    const b = this.#bytes;
    const first = word.charCodeAt(0);
    const last = this.#end - word.length;
    for (let i = at; i <= last; i++) {
      if (b[i] !== first || isWord(b[i - 1])) continue;
      if (this.#startsWith(i, word) && (i === last || !isWord(b[i + word.length]))) return true;
    }
    return false;
  }

  /** `"\177ELF...`: the data at `at` is the beginning of a program or library. */
  isElf(at: number): boolean {
    return at >= 0 && (this.#startsWith(at, '"\\177ELF') || this.#startsWith(at, '"\\x7f\\x45'));
  }

  #startsWith(at: number, text: string): boolean {
    if (at + text.length > this.#end) return false;
    for (let i = 0; i < text.length; i++) if (this.#bytes[at + i] !== text.charCodeAt(i)) return false;
    return true;
  }
}

const isWord = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 65 && c <= 90) || (c >= 97 && c <= 122) || c === 95;
