/** Syscall names as small numbers, found by their bytes without making a string. */
import { latin1 } from './bytes.js';

const INITIAL_SLOTS = 2048;

export function hashOf(b: Uint8Array, start: number, end: number): number {
  let hash = 0;
  for (let i = start; i < end; i++) hash = (Math.imul(hash, 31) + b[i]) | 0;
  return hash;
}

export class NameTable {
  readonly names: string[] = [];
  #slots = new Int32Array(INITIAL_SLOTS).fill(-1);
  #hashes: number[] = [];
  #bytes = new Uint8Array(1 << 12);
  #starts: number[] = [0];

  /** The number of the name in b[start, end); given out in order of first appearance. */
  id(b: Uint8Array, start: number, end: number, hash: number = hashOf(b, start, end)): number {
    const mask = this.#slots.length - 1;
    for (let slot = (hash ^ (hash >>> 11)) & mask; ; slot = (slot + 1) & mask) {
      const id = this.#slots[slot];
      if (id < 0) return this.#add(b, start, end, hash, slot);
      if (this.#hashes[id] === hash && this.#equals(id, b, start, end)) return id;
    }
  }

  #equals(id: number, b: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[id];
    const size = end - start;
    if (this.#starts[id + 1] - from !== size) return false;
    const known = this.#bytes;
    for (let i = 0; i < size; i++) if (known[from + i] !== b[start + i]) return false;
    return true;
  }

  #add(b: Uint8Array, start: number, end: number, hash: number, slot: number): number {
    const id = this.names.length;
    const from = this.#starts[id];
    const size = end - start;
    if (from + size > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(from + size, this.#bytes.length * 2));
      bytes.set(this.#bytes);
      this.#bytes = bytes;
    }
    this.#bytes.set(b.subarray(start, end), from);
    this.names.push(latin1(b, start, end));
    this.#hashes.push(hash);
    this.#starts.push(from + size);
    this.#slots[slot] = id;
    if (this.names.length * 2 > this.#slots.length) this.#grow();
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
