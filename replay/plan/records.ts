/** Growable storage of op records: chunks of flat memory, so that ten million ops cost their 88 bytes each. */
import { OP_BYTES } from './format.js';

const OPS_PER_CHUNK = 1 << 15;
export const OP_WORDS = OP_BYTES / 4;

export class OpRecords {
  length = 0;
  private chunks: Int32Array[] = [];
  /** The chunk that the newest record lies in, and where in it (index of its first 32-bit word). */
  words = new Int32Array(0);
  at = 0;

  /** Makes room for one more (zeroed) record; `words` and `at` then point to it. */
  push(): number {
    const inChunk = this.length % OPS_PER_CHUNK;
    if (inChunk === 0) {
      this.words = new Int32Array(OPS_PER_CHUNK * OP_WORDS);
      this.chunks.push(this.words);
    }
    this.at = inChunk * OP_WORDS;
    return this.length++;
  }

  /** Where record `index` is. */
  locate(index: number): { readonly words: Int32Array; readonly at: number } {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`record ${index} of ${this.length}`);
    return { words: this.chunks[Math.floor(index / OPS_PER_CHUNK)], at: (index % OPS_PER_CHUNK) * OP_WORDS };
  }

  /** Moves all records into `target`; chunks are let go one by one to keep the peak near one copy. */
  drainTo(target: Uint8Array, at: number): void {
    let left = this.length;
    const chunks = this.chunks.reverse();
    this.chunks = [];
    this.length = 0;
    this.words = new Int32Array(0);
    for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop()) {
      const count = Math.min(left, OPS_PER_CHUNK);
      target.set(new Uint8Array(chunk.buffer, 0, count * OP_BYTES), at);
      at += count * OP_BYTES;
      left -= count;
    }
  }
}
