/**
 * Hands the calls of a log on in the order in which they were entered, in memory that does not grow with the log.
 *
 * A call that has not returned yet holds back all that were entered after it. What stays inside one call for long
 * (a thread that waits on a futex) would so hold back most of the log: such calls must be known from an earlier
 * reading, see LONG_CALLS.
 */
import { type CallNames, ReadCall } from './read-call.js';
import type { Sink } from './join.js';
import type { Line } from './line.js';

/** A call during which more than so many others are entered is a long one. */
export const LONG_CALLS = 1024;

export class InOrder implements Sink {
  readonly wantsTime = false;
  readonly #names: CallNames;
  readonly #target: (call: ReadCall) => void;
  readonly #long: ReadonlyMap<number, ReadCall>;
  /** From #head on what waits for the call at #head, which has not returned. */
  #waiting: (ReadCall | null)[] = [];
  #head = 0;
  /** Calls entered so far. */
  #entered = 0;

  /** `target`: has the call only while it is told about it. `long`: the long calls of this log by index, made with `names`. */
  constructor(names: CallNames, long: ReadonlyMap<number, ReadCall>, target: (call: ReadCall) => void) {
    this.#names = names;
    this.#target = target;
    this.#long = long;
  }

  began(): number {
    const index = this.#entered++;
    this.#waiting.push(this.#long.get(index) ?? null);
    this.#handOn();
    return index;
  }

  call(b: Uint8Array, line: Line, first: number, last: number, ticket: number, orphan: boolean): void {
    if (ticket < 0) {
      const free = this.#waiting.length === 0;
      const call = new ReadCall(this.#names, b, line, this.#entered++, first, last, orphan, !free);
      if (free) this.#target(call);
      else this.#waiting.push(call);
      return;
    }
    const at = this.#waiting.length - (this.#entered - ticket);
    if (at < this.#head || this.#waiting[at] !== null) return; // a long one
    this.#waiting[at] = new ReadCall(this.#names, b, line, ticket, first, last, orphan, true);
    this.#handOn();
  }

  event(): void {
    // Calls alone.
  }

  unrecognised(): void {
    // Calls alone.
  }

  #handOn(): void {
    for (; this.#head < this.#waiting.length; this.#head++) {
      const call = this.#waiting[this.#head];
      if (call === null) break;
      this.#target(call);
    }
    if (this.#head === this.#waiting.length || this.#head > LONG_CALLS) {
      this.#waiting = this.#waiting.slice(this.#head);
      this.#head = 0;
    }
  }
}
