/**
 * Growable storage of op records in one piece of memory, so that ten million ops cost their 88 bytes each. Room that is
 * reserved and not used takes up addresses only: the kernel backs pages with memory when they are first written.
 */
import { OP_BYTES } from './format.js';

const WORD = 4;
const OP_WORDS = OP_BYTES / WORD;
const RECORDS_MIN = 256;
/** Beside the records: so many bytes for each of them. */
const BEFORE = OP_BYTES / 8;
const BEHIND = 16;

export class OpRecords {
  length = 0;
  words: Int32Array;
  /** Where in `words` the newest record is. */
  at: number;
  /** Where the first one is; before it and behind the last there is room for the rest of a program. */
  private first: number;

  /** `reserved`: how many there may be; more of them must be moved. */
  constructor(reserved = 0) {
    const records = Math.max(RECORDS_MIN, reserved);
    this.first = this.at = Math.ceil((records * BEFORE) / 8) * (8 / WORD);
    this.words = new Int32Array(this.first + (records * (OP_BYTES + BEHIND)) / WORD);
  }

  /** Makes room for one more (zeroed) record; `words` and `at` then point to it. */
  push(): number {
    const at = this.first + this.length * OP_WORDS;
    if (at + OP_WORDS > this.words.length) this.move(this.first, 2 * this.words.length);
    this.at = at;
    return this.length++;
  }

  /** The bytes of record `index`. */
  locate(index: number): DataView {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`record ${index} of ${this.length}`);
    return new DataView(this.words.buffer, this.first * WORD + index * OP_BYTES, OP_BYTES);
  }

  /** The bytes of all records, behind `before` and before `behind` other bytes (multiples of 8), which are zero. */
  within(before: number, behind: number): Uint8Array {
    const end = this.first + this.length * OP_WORDS;
    if (before > this.first * WORD || end * WORD + behind > this.words.byteLength) {
      this.move(before / WORD, (before + behind) / WORD + this.length * OP_WORDS);
    }
    return new Uint8Array(this.words.buffer, this.first * WORD - before, before + this.length * OP_BYTES + behind);
  }

  private move(first: number, words: number): void {
    const moved = new Int32Array(words);
    moved.set(this.words.subarray(this.first, this.first + this.length * OP_WORDS), first);
    this.words = moved;
    this.first = first;
  }
}
