/**
 * Rebuilds a log from what the lexer and the grammar read of each line and compares it byte for byte: nothing may get
 * lost between the parts, and arguments are printed again from their values.
 */
import { ArgsParser } from './args.js';
import { colourLength } from './colour.js';
import { lexLine } from './lexer.js';
import * as L from './line.js';
import { Line } from './line.js';
import { Literal, Out } from './out.js';
import { Reprinter } from './reprint.js';
import type { LineTarget } from './feed.js';

export interface RoundTripResult {
  readonly lines: number;
  /** Lines (from 1) that came out differently, at most a thousand of them. */
  readonly different: readonly number[];
  /** Lines of calls, and how many of them have arguments that had to be kept as printed, because printing them again
   *  from their values gives other bytes (another strace's habits, program output inside the line). */
  readonly callLines: number;
  readonly verbatim: number;
}

const DIFFERENT_MAX = 1000;
const ESCAPE = 27;
const NEWLINE = 10;
const RESUMED = new Literal('<... ');
const RESUMED_END = new Literal(' resumed>');
const UNFINISHED = new Literal('<unfinished ...>');
const DETACHED = new Literal('<detached ...>');
const PID_CHANGED = new Literal('<pid changed to ');
const MORE = new Literal(' ...>');

export class RoundTrip implements LineTarget {
  readonly #line = new Line();
  readonly #out = new Out();
  readonly #reprinter = new Reprinter();
  readonly #parser = new ArgsParser(this.#reprinter);
  readonly #different: number[] = [];
  #callLines = 0;
  #verbatim = 0;
  lines = 0;

  get result(): RoundTripResult {
    return { lines: this.lines, different: this.#different, callLines: this.#callLines, verbatim: this.#verbatim };
  }

  pushLines(b: Buffer, start: number, end: number): void {
    for (let at = start; at < end; ) {
      const newline = b.indexOf(NEWLINE, at);
      this.push(b, at, newline);
      at = newline + 1;
    }
  }

  push(b: Uint8Array, start: number, end: number): void {
    this.lines++;
    const rebuilt = this.#rebuild(b, start, end);
    if (sameBytes(rebuilt, b, start, end)) return;
    if (this.#different.length < DIFFERENT_MAX) this.#different.push(this.lines);
  }

  finish(): void {
    // Every line has been compared.
  }

  #rebuild(b: Uint8Array, start: number, end: number): Uint8Array {
    this.#out.length = 0;
    const colours = coloursIn(b, start, end);
    if (colours.length === 0) {
      this.#rebuildBare(b, start, end);
      return this.#out.drain();
    }
    const bare = withoutColours(b, start, end, colours);
    this.#rebuildBare(bare, 0, bare.length - 1);
    return withColours(this.#out.drain(), b, start, colours);
  }

  #rebuildBare(b: Uint8Array, start: number, end: number): void {
    const line = this.#line;
    const out = this.#out;
    lexLine(b, start, end, line);
    out.reserve((end - start) * 2 + 64);
    out.copy(b, start, line.body);
    if (line.kind === L.KIND_CALL) this.#call(b, line);
    else out.copy(b, line.body, line.end);
    if (line.end < end) out.byte(13);
  }

  #call(b: Uint8Array, line: Line): void {
    const out = this.#out;
    this.#callLines++;
    if (line.head === L.HEAD_RESUMED) out.literal(RESUMED);
    out.copy(b, line.nameStart, line.nameEnd);
    if (line.head === L.HEAD_RESUMED) out.literal(RESUMED_END);
    else out.byte(40);
    this.#arguments(b, line.argsStart, line.argsEnd);
    switch (line.ending) {
      case L.END_RESULT: {
        out.copy(b, line.argsEnd, line.retStart);
        out.copy(b, line.retStart, line.retEnd);
        if (line.errnoEnd > line.errnoStart) {
          out.byte(32);
          out.copy(b, line.errnoStart, line.errnoEnd);
        }
        out.copy(b, line.tailStart, line.tailEnd);
        if (line.durationStart < 0) return;
        out.byte(32);
        out.byte(60);
        out.copy(b, line.durationStart, line.durationEnd);
        out.byte(62);
        return;
      }
      case L.END_PID_CHANGED:
        if (b[line.argsEnd] === 32) out.byte(32);
        out.literal(PID_CHANGED);
        out.integer(line.otherPid);
        out.literal(MORE);
        return;
      case L.END_DETACHED:
        if (b[line.argsEnd] === 32) out.byte(32);
        out.literal(DETACHED);
        return;
      case L.END_UNFINISHED:
        if (b[line.end - 2] === 46) {
          if (b[line.argsEnd] === 32) out.byte(32);
          out.literal(UNFINISHED);
          return;
        }
        break;
    }
    out.copy(b, line.argsEnd, line.end); // what strace printed in the middle of the call
  }

  #arguments(b: Uint8Array, start: number, end: number): void {
    const printed = this.#reprinter.out;
    printed.length = 0;
    // Halves begin or end with the separator of the argument that the other half has.
    if (end > start && b[start] === 44) printed.ascii(b[start + 1] === 32 ? ', ' : ',');
    const from = start + printed.length;
    const trailing = end - 2 >= from && b[end - 1] === 32 && b[end - 2] === 44;
    this.#parser.parse(b, from, trailing ? end - 2 : end);
    if (trailing) {
      printed.reserve(2);
      printed.ascii(', ');
    }
    const again = printed.drain();
    const same = sameBytes(again, b, start, end);
    if (!same) this.#verbatim++;
    this.#out.reserve(end - start + 256);
    if (same) this.#out.copy(again, 0, again.length);
    else this.#out.copy(b, start, end);
  }
}

interface Colour {
  readonly at: number;
  readonly length: number;
}

function coloursIn(b: Uint8Array, start: number, end: number): Colour[] {
  const colours: Colour[] = [];
  for (let at = b.indexOf(ESCAPE, start); at >= 0 && at < end; at = b.indexOf(ESCAPE, at + 1)) {
    const length = colourLength(b, at, end);
    if (length > 0) colours.push({ at, length });
  }
  return colours;
}

/** With a line feed behind. */
function withoutColours(b: Uint8Array, start: number, end: number, colours: readonly Colour[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = start;
  for (const { at, length } of colours) {
    parts.push(b.subarray(from, at));
    from = at + length;
  }
  parts.push(b.subarray(from, end), Buffer.from([NEWLINE]));
  return Buffer.concat(parts);
}

/** Puts the colours back where they stood. */
function withColours(bare: Uint8Array, b: Uint8Array, start: number, colours: readonly Colour[]): Uint8Array {
  const parts: Uint8Array[] = [];
  let from = 0;
  let removed = 0;
  for (const { at, length } of colours) {
    const to = at - start - removed;
    parts.push(bare.subarray(from, to), b.subarray(at, at + length));
    from = to;
    removed += length;
  }
  parts.push(bare.subarray(from));
  return Buffer.concat(parts);
}

function sameBytes(one: Uint8Array, b: Uint8Array, start: number, end: number): boolean {
  return Buffer.compare(one, b.subarray(start, end)) === 0;
}
