/** Texts as small numbers, found by their bytes without making a string. */
import { latin1 } from './bytes.js';

const INITIAL_SLOTS = 2048;

export function hashOf(b: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + b[i]) | 0;
  return hash;
}

/** Numbers texts in the order of their first appearance. */
class TextTable {
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1);
  readonly #hashes: number[] = [];
  readonly #starts: number[] = [0];
  /** All texts, one after another. */
  protected known: Uint8Array;

  constructor(bytes: number) {
    this.known = new Uint8Array(bytes);
  }

  /** Different texts so far. */
  get length(): number {
    return this.#hashes.length;
  }

  /** Bytes of all of them. */
  get bytes(): number {
    return this.#starts[this.#hashes.length];
  }

  protected number(b: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 11)) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot];
      if (id < 0) return this.#add(b, start, end, hash, slot);
      if (this.#hashes[id] !== hash) continue;
      const from = this.#starts[id];
      if (this.#starts[id + 1] - from === end - start && this.equals(from, b, start, end)) return id;
    }
  }

  /** Whether the bytes of `known` from there on are those of b[start, end). */
  protected equals(from: number, b: Uint8Array, start: number, end: number): boolean {
    const { known } = this;
    for (let i = start; i < end; i++) if (known[from++] !== b[i]) return false;
    return true;
  }

  #add(b: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const id = this.#hashes.length;
    const from = this.#starts[id];
    const size = end - start;
    if (from + size > this.known.length) {
      const bytes = new Uint8Array(Math.max(from + size, this.known.length * 2));
      bytes.set(this.known);
      this.known = bytes;
    }
    this.known.set(b.subarray(start, end), from);
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

/** Names of system calls, errors and the like, and their strings. */
export class NameTable extends TextTable {
  readonly names: string[] = [];

  constructor() {
    super(1 << 12);
  }

  /** The number of the name in b[start, end). */
  id(b: Uint8Array, start: number, end: number, hash: number = hashOf(b, start, end)): number {
    const id = this.number(b, start, end, hash);
    if (id === this.names.length) this.names.push(latin1(b, start, end));
    return id;
  }
}

/** Longer texts, which are compared four bytes at a step. */
export class LongTexts extends TextTable {
  #source: Uint8Array = this.known;
  #view = viewOf(this.known);
  #viewed = this.known;
  #knownView = this.#view;

  constructor() {
    super(1 << 16);
  }

  /** The number of the text in b[start, end). */
  id(b: Uint8Array, start: number, end: number): number {
    if (b !== this.#source) {
      this.#source = b;
      this.#view = viewOf(b);
    }
    const view = this.#view;
    let hash = 0;
    let i = start;
    for (; i + 4 <= end; i += 4) {
      hash = Math.imul(hash ^ view.getInt32(i), 0x9e3779b1);
      hash ^= hash >>> 15;
    }
    for (; i < end; i++) hash = (Math.imul(hash, 31) + b[i]) | 0;
    return this.number(b, start, end, hash);
  }

  protected override equals(from: number, b: Uint8Array, start: number, end: number): boolean {
    const { known } = this;
    if (this.#viewed !== known) {
      this.#viewed = known;
      this.#knownView = viewOf(known);
    }
    const view = this.#view;
    const knownView = this.#knownView;
    let i = start;
    for (; i + 4 <= end; i += 4, from += 4) if (knownView.getInt32(from) !== view.getInt32(i)) return false;
    for (; i < end; i++) if (known[from++] !== b[i]) return false;
    return true;
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
