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
      this.words = new Int32Array(givableBuffer(OPS_PER_CHUNK * OP_BYTES), 0, OPS_PER_CHUNK * OP_WORDS);
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

  /** Moves all records into `target`; each chunk's memory is given back once copied, so that the peak is near one copy. */
  drainTo(target: Uint8Array, at: number): void {
    let left = this.length;
    const chunks = this.chunks.reverse();
    this.chunks = [];
    this.length = 0;
    this.words = new Int32Array(0);
    for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop()) {
      const count = Math.min(left, OPS_PER_CHUNK);
      target.set(new Uint8Array(chunk.buffer, 0, count * OP_BYTES), at);
      giveBack(chunk.buffer);
      at += count * OP_BYTES;
      left -= count;
    }
  }
}

/** Resizable buffers (Node 20 has them, TypeScript's es2023 library not yet): they can shrink at once, without waiting for GC. */
type Resizable = ArrayBuffer & { resize(bytes: number): void };

function givableBuffer(bytes: number): ArrayBuffer {
  const Buffers = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable;
  return new Buffers(bytes, { maxByteLength: bytes });
}

function giveBack(buffer: ArrayBufferLike): void {
  (buffer as Resizable).resize(0);
}
