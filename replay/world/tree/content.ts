/**
 * File contents: real ones where somebody knows them, else generated, not compressible, without holes, and a function
 * of path and size alone, so that a file can be put back without remembering what was in it.
 */
import { Buffer } from 'node:buffer';
import { closeSync, constants, fchmodSync, openSync, writeSync } from 'node:fs';
import { fsPath } from './place.js';

/** Knows what was in files. */
export interface ContentSource {
  /**
   * The content of the file `name` (its path in the tree, one char per byte) in pieces that come to `size` bytes; null:
   * not known, or of another size.
   */
  pieces(name: string, size: number): Iterable<Buffer> | null;
}

const BLOCK_BYTES = 1 << 20;

let block: Buffer | null = null;

/** Pseudo-random bytes: xorshift32 (Marsaglia 2003), seeded. */
function randomBlock(): Buffer {
  if (block !== null) return block;
  const words = new Uint32Array(BLOCK_BYTES / 4);
  let state = 0x9e3779b9;
  for (let i = 0; i < words.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state >>> 0;
  }
  return (block = Buffer.from(words.buffer));
}

/** FNV-1a, 32 bits. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193);
  return value >>> 0;
}

/** The content of the file known as `name` in the tree, in pieces that come to `size` bytes. */
export function contentPieces(name: string, size: number, source: ContentSource | null = null): Iterable<Buffer> {
  return (size > 0 ? source?.pieces(name, size) : null) ?? generatedPieces(name, size);
}

function* generatedPieces(name: string, size: number): Generator<Buffer, void> {
  const bytes = randomBlock();
  let seed = hash(name);
  for (let left = size; left > 0; seed = Math.imul(seed + 0x6d2b79f5, 0x85ebca6b) >>> 0) {
    // Small files come in one piece; the pieces of large ones begin at different places of the block.
    const wanted = Math.min(left, BLOCK_BYTES / 2);
    const offset = seed % (BLOCK_BYTES - wanted + 1);
    yield bytes.subarray(offset, offset + wanted);
    left -= wanted;
  }
}

/** O_EXCL | O_NOFOLLOW: what is there already is never written through. */
const CREATE_FLAGS = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

interface FileToMake {
  readonly size: number;
  readonly mode: number;
}

/** Makes the file `name` of the tree at `path`; yields between the pieces of a large one. */
export function* createFile(path: string, name: string, { size, mode }: FileToMake, source: ContentSource | null = null): Generator<void, void> {
  const fd = openSync(fsPath(path), CREATE_FLAGS, 0o600);
  try {
    for (const piece of contentPieces(name, size, source)) {
      for (let done = 0; done < piece.length; ) done += writeSync(fd, piece, done);
      if (size > BLOCK_BYTES) yield;
    }
    fchmodSync(fd, mode);
  } finally {
    closeSync(fd);
  }
}
