/** Texts as small numbers, found by their bytes: names of system calls and the like, whole arguments. */
import { latin1 } from './bytes.js';

const INITIAL_SLOTS = 2048;
/** Longer texts are compared four bytes at a step. */
const SHORT_BYTES = 16;
/** Of texts that are at least as long as this, so many bytes are hashed at a step. */
const LONG_BYTES = 8;

export function hashOf(b: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + b[i]) | 0;
  return hash;
}

function mixed(word: number): number {
  const product = Math.imul(word, 0x9e3779b1);
  return product ^ (product >>> 15);
}

export class NameTable {
  /** By number; empty where no strings are wanted. */
  readonly names: string[] = [];
  readonly #named: boolean;
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1);
  readonly #hashes: number[] = [];
  /** All texts, one after another, and where each begins. */
  #known = new Uint8Array(1 << 12);
  #knownView = viewOf(this.#known);
  readonly #starts: number[] = [0];
  /** Whose bytes were looked at last. */
  #source: Uint8Array = this.#known;
  #sourceView = this.#knownView;

  constructor({ named = true }: { readonly named?: boolean } = {}) {
    this.#named = named;
  }

  /** Different texts so far. */
  get length(): number {
    return this.#hashes.length;
  }

  /** Bytes of all of them. */
  get bytes(): number {
    return this.#starts[this.#hashes.length];
  }

  /** The number of the text in b[start, end); given out in order of first appearance. */
  id(b: Uint8Array, start: number, end: number, hash: number = hashOf(b, start, end)): number {
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 11)) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot];
      if (id < 0) return this.#add(b, start, end, hash, slot);
      if (this.#hashes[id] === hash && this.#equals(id, b, start, end)) return id;
    }
  }

  /** The same, of texts that are mostly long. A table has one of the two. */
  idOfLong(b: Uint8Array, start: number, end: number): number {
    if (end - start < LONG_BYTES) return this.id(b, start, end);
    const view = this.#viewOf(b);
    // Two halves, which a processor works out at the same time. The last bytes may be taken twice.
    let even = 0;
    let odd = 0;
    const last = end - LONG_BYTES;
    for (let i = start; i < last; i += LONG_BYTES) {
      even = mixed(even ^ view.getInt32(i));
      odd = mixed(odd ^ view.getInt32(i + 4));
    }
    even = mixed(even ^ view.getInt32(last));
    odd = mixed(odd ^ view.getInt32(last + 4));
    return this.id(b, start, end, (Math.imul(even, 31) + odd) | 0);
  }

  #equals(id: number, b: Uint8Array, start: number, end: number): boolean {
    let at = this.#starts[id];
    const size = end - start;
    if (this.#starts[id + 1] - at !== size) return false;
    let i = start;
    if (size > SHORT_BYTES) {
      const view = this.#viewOf(b);
      const knownView = this.#knownView;
      for (; i + 4 <= end; i += 4, at += 4) if (knownView.getInt32(at) !== view.getInt32(i)) return false;
    }
    const known = this.#known;
    for (; i < end; i++) if (known[at++] !== b[i]) return false;
    return true;
  }

  #viewOf(b: Uint8Array): DataView {
    if (b !== this.#source) {
      this.#source = b;
      this.#sourceView = viewOf(b);
    }
    return this.#sourceView;
  }

  #add(b: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const id = this.#hashes.length;
    const from = this.#starts[id];
    const size = end - start;
    if (from + size > this.#known.length) {
      const bytes = new Uint8Array(Math.max(from + size, this.#known.length * 2));
      bytes.set(this.#known);
      this.#known = bytes;
      this.#knownView = viewOf(bytes);
    }
    const known = this.#known;
    for (let i = 0; i < size; i++) known[from + i] = b[start + i];
    if (this.#named) this.names.push(latin1(b, start, end));
    this.#hashes.push(hash);
    this.#starts.push(from + size);
    this.#slots[slot] = id;
    if (this.#hashes.length * 2 > this.#slots.length) this.#grow();
    return id;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2).fill(-1);
    const mask = slots.length - 1;
    this.#hashes.forEach((hash, id) => {
      let slot = (hash ^ (hash >>> 11)) & mask;
      while (slots[slot] >= 0) slot = (slot + 1) & mask;
      slots[slot] = id;
    });
    this.#slots = slots;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
