/** Hands the records of one reading to two sinks, neither of which wants times. */
import type { EventKind, Sink } from './join.js';
import type { Line } from './line.js';

type Timeless = Sink & { readonly wantsTime: false };

export class Tee implements Sink {
  readonly wantsTime = false;
  readonly #keeper: Timeless;
  readonly #other: Timeless;

  /** `keeper`: the one whose tickets come back; the other makes no use of them. */
  constructor(keeper: Timeless, other: Timeless) {
    this.#keeper = keeper;
    this.#other = other;
  }

  began(lineNumber: number): number {
    this.#other.began(lineNumber);
    return this.#keeper.began(lineNumber);
  }

  call(b: Uint8Array, line: Line, first: number, last: number, ticket: number, orphan: boolean): void {
    this.#keeper.call(b, line, first, last, ticket, orphan);
    this.#other.call(b, line, first, last, ticket, orphan);
  }

  event(kind: EventKind, b: Uint8Array, line: Line, lineNumber: number): void {
    this.#keeper.event(kind, b, line, lineNumber);
    this.#other.event(kind, b, line, lineNumber);
  }

  unrecognised(reason: string, lineNumber: number, b: Uint8Array, start: number, end: number): void {
    this.#keeper.unrecognised(reason, lineNumber, b, start, end);
    this.#other.unrecognised(reason, lineNumber, b, start, end);
  }
}
