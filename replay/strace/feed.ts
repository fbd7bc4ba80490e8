/**
 * Brings a log's bytes to a joiner in whole lines, in one buffer that is used again and again. Colour (--color of
 * strace 7.0) is taken out on the way.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { UringReplayError } from '../errors.js';
import { stripColour } from './colour.js';

/** What lines are handed to: a joiner, mostly. */
export interface LineTarget {
  /** Lines so far. */
  readonly lines: number;
  /** All whole lines in b[start, end), which ends with a line feed. */
  pushLines(b: Buffer, start: number, end: number): void;
  /** One line, without its line feed. */
  push(b: Uint8Array, start: number, end: number): void;
  /** The end of the log. */
  finish(): void;
}

/** Small enough to stay in the second-level cache between the kernel's copy and the lexer. */
export const CHUNK_BYTES = 1 << 18;
/** A longer line is refused: it would have to be held in memory as a whole. */
const LINE_BYTES_MAX = 1 << 30;

const NEWLINE = 10;
const ESCAPE = 27;

export class Feeder {
  readonly #target: LineTarget;
  readonly #colour: 'strip' | 'keep';
  #buffer = Buffer.allocUnsafeSlow(CHUNK_BYTES * 2);
  /** Bytes in the buffer: the beginning of a line that is not whole. */
  #held = 0;
  /** Bytes fed. */
  bytes = 0;

  constructor(target: LineTarget, colour: 'strip' | 'keep' = 'strip') {
    this.#target = target;
    this.#colour = colour;
  }

  /** Reads the next chunk from a file descriptor; blocks. false: there is none. */
  readChunk(fd: number): boolean {
    this.#makeRoom(CHUNK_BYTES);
    const count = readSync(fd, this.#buffer, this.#held, CHUNK_BYTES, null);
    if (count > 0) this.#take(count);
    return count > 0;
  }

  /** Reads bytes [start, end) of a file, which hold whole lines. */
  readRange(fd: number, start: number, end: number): void {
    for (let at = start; at < end; ) {
      this.#makeRoom(CHUNK_BYTES);
      const count = readSync(fd, this.#buffer, this.#held, Math.min(CHUNK_BYTES, end - at), at);
      if (count === 0) return;
      at += count;
      this.#take(count);
    }
  }

  /** The next bytes of a stream. */
  write(chunk: Uint8Array): void {
    this.#makeRoom(chunk.length);
    this.#buffer.set(chunk, this.#held);
    this.#take(chunk.length);
  }

  /** The end of the log. Its last line may lack the line feed. */
  end(): void {
    if (this.#held > 0) {
      this.#makeRoom(1);
      this.#buffer[this.#held] = NEWLINE;
      const rest = this.#held;
      this.#held = 0;
      const end = this.#colour === 'strip' && this.#buffer.subarray(0, rest).includes(ESCAPE) ? stripColour(this.#buffer, 0, rest + 1) - 1 : rest;
      this.#target.push(this.#buffer, 0, end);
    }
    this.#target.finish();
  }

  #take(count: number): void {
    const from = this.#held;
    const end = from + count;
    this.bytes += count;
    const last = this.#buffer.subarray(from, end).lastIndexOf(NEWLINE);
    if (last < 0) {
      this.#held = end;
      return;
    }
    const whole = from + last + 1;
    const escape = this.#colour === 'strip' ? this.#buffer.indexOf(ESCAPE) : -1;
    const lines = escape >= 0 && escape < whole ? stripColour(this.#buffer, 0, whole) : whole;
    this.#target.pushLines(this.#buffer, 0, lines);
    this.#buffer.copyWithin(0, whole, end);
    this.#held = end - whole;
  }

  #makeRoom(size: number): void {
    const needed = this.#held + size + 1;
    if (needed <= this.#buffer.length) return;
    if (this.#held > LINE_BYTES_MAX) {
      throw new UringReplayError('UR_LINE_TOO_LONG', `line ${this.#target.lines + 1} of the log is longer than ${LINE_BYTES_MAX} bytes`, 'This is no strace log, or it lost its line feeds.');
    }
    const buffer = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(buffer, 0, 0, this.#held);
    this.#buffer = buffer;
  }
}

/** Chunks between two moments in which signals and timers get their turn. */
const TURN_CHUNKS = 32;

/** Reads a regular file that is not compressed. `goOn` is asked between chunks. */
export async function feedFile(path: string, feeder: Feeder, goOn: () => boolean = () => true): Promise<void> {
  const fd = openSync(path, 'r');
  try {
    if (!fstatSync(fd).isFile()) throw new Error(`${path} is no regular file`);
    for (let chunks = 1; goOn() && feeder.readChunk(fd); chunks++) {
      if (chunks % TURN_CHUNKS === 0) await new Promise((resolve) => { setImmediate(resolve); });
    }
  } finally {
    closeSync(fd);
  }
}
