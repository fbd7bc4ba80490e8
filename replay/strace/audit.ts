/** Looks at every line and every argument of a log and lists what was not understood. */
import { ArgsParser } from './args.js';
import { latin1 } from './bytes.js';
import { REASON_BREAKS_OFF } from './join.js';
import type { Builder } from './builder.js';
import type { Sink } from './join.js';
import type { Line } from './line.js';

export interface NotUnderstood {
  readonly reason: string;
  readonly count: number;
  readonly firstLine: number;
}

export interface NotUnderstoodLine {
  readonly line: number;
  readonly reason: string;
  /** Its beginning, latin1. */
  readonly text: string;
}

/** Lines kept with their text; all are counted. */
const LISTED_MAX = 100_000;
const TEXT_BYTES_MAX = 200;

export class Audit implements Sink {
  readonly wantsTime = false;
  readonly #parser = new ArgsParser(new NullBuilder());
  readonly #reasons = new Map<string, { reason: string; count: number; firstLine: number }>();
  /** In the order of their lines. */
  readonly lines: NotUnderstoodLine[] = [];
  #brokenLine = 0;
  calls = 0;

  began(): number {
    return 0;
  }

  call(b: Uint8Array, line: Line, first: number): void {
    this.calls++;
    this.#parser.parse(b, line.argsStart, line.argsEnd);
    const { problem } = this.#parser;
    // Of a call that breaks off the arguments are bound to be broken as well.
    if (problem !== null && first !== this.#brokenLine) this.unrecognised(`arguments: ${problem}`, first, b, line.start, line.end);
  }

  event(): void {
    // What is not understood comes to unrecognised() as well.
  }

  unrecognised(reason: string, line: number, b: Uint8Array, start: number, end: number): void {
    if (reason === REASON_BREAKS_OFF) this.#brokenLine = line;
    const known = this.#reasons.get(reason);
    if (known === undefined) this.#reasons.set(reason, { reason, count: 1, firstLine: line });
    else {
      known.count++;
      known.firstLine = Math.min(known.firstLine, line);
    }
    if (this.lines.length < LISTED_MAX) this.lines.push({ line, reason, text: latin1(b, start, Math.min(end, start + TEXT_BYTES_MAX)) });
  }

  get reasons(): readonly NotUnderstood[] {
    return [...this.#reasons.values()].sort((x, y) => y.count - x.count);
  }
}

/** The grammar alone. */
class NullBuilder implements Builder {
  mark(): number { return 0; }
  takeBack(): void { /* nothing is built */ }
  string(): void { /* nothing is built */ }
  number(): void { /* nothing is built */ }
  nil(): void { /* nothing is built */ }
  flags(): void { /* nothing is built */ }
  fd(): void { /* nothing is built */ }
  text(): void { /* nothing is built */ }
  beginStruct(): void { /* nothing is built */ }
  field(): void { /* nothing is built */ }
  endStruct(): void { /* nothing is built */ }
  beginArray(): void { /* nothing is built */ }
  item(): void { /* nothing is built */ }
  endArray(): void { /* nothing is built */ }
  beginMacro(): void { /* nothing is built */ }
  endMacro(): void { /* nothing is built */ }
  comment(): void { /* nothing is built */ }
  beginChange(): void { /* nothing is built */ }
  endChange(): void { /* nothing is built */ }
}
