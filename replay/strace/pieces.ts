/** Many short texts in a few buffers: an object for each would take several times their size. */
import { UringReplayError } from '../errors.js';
import type { ArgsText } from '../trace/model.js';

const CHUNK_BYTES = 1 << 20;
/** Places, and lengths behind them, are kept in 32 bits. */
const PLACES_MAX = 2 ** 32 - 2;

export class Pieces {
  /** A longer text has a chunk of its own, which stands here as many times as it is longer. */
  readonly #chunks: Uint8Array[] = [];
  #at = 0;
  #end = 0;

  /** Keeps b[start, end). Returns its place. */
  add(b: Uint8Array, start: number, end: number): number {
    const length = end - start;
    if (this.#at + length >= this.#end) this.#begin(length);
    const place = this.#at;
    this.#chunks[Math.floor(place / CHUNK_BYTES)].set(b.subarray(start, end), place % CHUNK_BYTES);
    this.#at = length > CHUNK_BYTES ? this.#end : place + length;
    return place;
  }

  #begin(length: number): void {
    const filled = Math.max(1, Math.ceil(length / CHUNK_BYTES));
    const chunk = Buffer.alloc(filled * CHUNK_BYTES);
    this.#at = this.#chunks.length * CHUNK_BYTES;
    this.#end = this.#at + chunk.length;
    if (this.#end > PLACES_MAX) {
      throw new UringReplayError('UR_LOG_TOO_LARGE', 'the log holds more than 4 GiB of calls in pieces, which is more than can be held in memory', 'Cut the log into parts: show --since --until.');
    }
    for (let i = 0; i < filled; i++) this.#chunks.push(chunk);
  }

  /** The text of so many bytes at a place. */
  span(place: number, length: number): ArgsText {
    const start = place % CHUNK_BYTES;
    return { bytes: this.#chunks[Math.floor(place / CHUNK_BYTES)], start, end: start + length };
  }
}
