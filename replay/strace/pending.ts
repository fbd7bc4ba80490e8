/** The first halves of calls that have not returned yet, one at most per process. Their buffers are used again. */
import type { Line } from './line.js';

const INITIAL_BYTES = 256;

export class Pending {
  /** A Buffer, because the chunks of the log are: the lexer then sees one kind of array. */
  bytes = Buffer.alloc(INITIAL_BYTES);
  length = 0;
  pid = -1;
  nameStart = 0;
  nameEnd = 0;
  argsStart = 0;
  first = 0;
  ticket = -1;
  time = NaN;

  /** Begins with b[line.start, line.argsEnd). */
  begin(b: Uint8Array, line: Line, pid: number, lineNumber: number, ticket: number): void {
    this.length = 0;
    this.append(b, line.start, line.argsEnd);
    this.pid = pid;
    this.nameStart = line.nameStart - line.start;
    this.nameEnd = line.nameEnd - line.start;
    this.argsStart = line.argsStart - line.start;
    this.first = lineNumber;
    this.ticket = ticket;
    this.time = line.time;
  }

  append(b: Uint8Array, start: number, end: number): void {
    const size = end - start;
    const length = this.length + size;
    if (length + 1 > this.bytes.length) this.#grow(length + 1);
    const to = this.bytes;
    const at = this.length;
    if (size > 512) to.set(b.subarray(start, end), at);
    else for (let i = 0; i < size; i++) to[at + i] = b[start + i];
    this.length = length;
    to[length] = 10; // what the lexer may look at behind a line's end
  }

  /** Forgets everything from `at` on. */
  cut(at: number): void {
    this.length = at;
    this.bytes[at] = 10;
  }

  isNamed(b: Uint8Array, start: number, end: number): boolean {
    const size = end - start;
    if (size !== this.nameEnd - this.nameStart) return false;
    for (let i = 0; i < size; i++) if (b[start + i] !== this.bytes[this.nameStart + i]) return false;
    return true;
  }

  #grow(size: number): void {
    const bytes = Buffer.alloc(Math.max(size, this.bytes.length * 2));
    bytes.set(this.bytes.subarray(0, this.length));
    this.bytes = bytes;
  }
}

export class PendingCalls {
  readonly #calls = new Map<number, Pending>();
  readonly #free: Pending[] = [];

  get(pid: number): Pending | undefined {
    return this.#calls.get(pid);
  }

  take(): Pending {
    return this.#free.pop() ?? new Pending();
  }

  add(pending: Pending): void {
    this.#calls.set(pending.pid, pending);
  }

  remove(pending: Pending): void {
    this.#calls.delete(pending.pid);
  }

  /** The pending call may be used again. Buffers that one long line made large are let go. */
  release(pending: Pending): void {
    if (this.#free.length < 1024 && pending.bytes.length <= 1 << 16) this.#free.push(pending);
  }

  /** The only one of that name; null when there is none or more than one. */
  onlyNamed(b: Uint8Array, start: number, end: number): Pending | null {
    let found: Pending | null = null;
    for (const pending of this.#calls.values()) {
      if (!pending.isNamed(b, start, end)) continue;
      if (found !== null) return null;
      found = pending;
    }
    return found;
  }

  /** All, in the order of their lines. */
  inOrder(): Pending[] {
    return [...this.#calls.values()].sort((x, y) => x.first - y.first);
  }
}
