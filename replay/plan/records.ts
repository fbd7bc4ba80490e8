/** Growable storage of op records: chunks of flat memory, so that ten million ops cost their 88 bytes each. */
import { OP_BYTES } from './format.js';

const OPS_PER_CHUNK = 1 << 15;
const OP_WORDS = OP_BYTES / 4;
const CHUNK_BYTES = OPS_PER_CHUNK * OP_BYTES;

export class OpRecords {
  length = 0;
  /** Full chunks. */
  private chunks: Resizable[] = [];
  /** The chunk that is being filled; plain memory, because writing to resizable buffers is several times slower. */
  words = new Int32Array(0);
  /** Where in it the newest record is (index of its first 32-bit word). */
  at = 0;

  /** Makes room for one more (zeroed) record; `words` and `at` then point to it. */
  push(): number {
    const inChunk = this.length % OPS_PER_CHUNK;
    if (inChunk === 0) this.beginChunk();
    this.at = inChunk * OP_WORDS;
    return this.length++;
  }

  /** The bytes of record `index`. */
  locate(index: number): DataView {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`record ${index} of ${this.length}`);
    const chunk = this.chunks.at(Math.floor(index / OPS_PER_CHUNK)) ?? this.words.buffer;
    return new DataView(chunk, (index % OPS_PER_CHUNK) * OP_BYTES, OP_BYTES);
  }

  /** Moves all records into `target`; each chunk's memory is given back once copied, so that the peak is near one copy. */
  drainTo(target: Uint8Array, at: number): void {
    const chunks = this.chunks.reverse();
    const left = this.length - chunks.length * OPS_PER_CHUNK;
    for (let chunk = chunks.pop(); chunk !== undefined; chunk = chunks.pop()) {
      target.set(new Uint8Array(chunk), at);
      chunk.resize(0);
      at += CHUNK_BYTES;
    }
    target.set(new Uint8Array(this.words.buffer, 0, left * OP_BYTES), at);
    this.words = new Int32Array(0);
    this.length = 0;
  }

  private beginChunk(): void {
    if (this.length === 0) {
      this.words = new Int32Array(OPS_PER_CHUNK * OP_WORDS);
    } else {
      const full = resizable(CHUNK_BYTES);
      new Int32Array(full).set(this.words);
      this.chunks.push(full);
      this.words.fill(0);
    }
  }
}

/** Resizable buffers (Node 20 has them, TypeScript's es2023 library not yet): they can shrink at once, without waiting for GC. */
type Resizable = ArrayBuffer & { resize(bytes: number): void };

function resizable(bytes: number): Resizable {
  const Buffers = ArrayBuffer as unknown as new (bytes: number, options: { maxByteLength: number }) => Resizable;
  return new Buffers(bytes, { maxByteLength: bytes });
}
