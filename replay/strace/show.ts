/** The records that pass a filter, as strace's own lines (pieces of calls joined) or as lines of JSON. */
import { CallFilter } from './filter.js';
import { JsonLines } from './json.js';
import { Out } from './out.js';
import type { FilterOptions } from './filter.js';
import type { EventKind, Sink } from './join.js';
import type { Line } from './line.js';

/** Takes the bytes that are ready; false: nobody reads any more. */
export type Write = (bytes: Uint8Array) => boolean;

const FLUSH_BYTES = 1 << 17;
const NEWLINE = 10;

export class Shower implements Sink {
  readonly wantsTime: boolean | 'relative';
  readonly #filter: CallFilter;
  readonly #out = new Out();
  readonly #json: JsonLines | null;
  readonly #write: Write;
  #open = true;
  /** Dumps and stacks go with the call above them. */
  #lastShown = true;

  constructor(options: FilterOptions, json: boolean, write: Write) {
    this.#filter = new CallFilter(options);
    this.#json = json ? new JsonLines(this.#out) : null;
    this.#write = write;
    this.wantsTime = this.#filter.wantsTime || (json && 'relative');
  }

  /** False once the reader of the output is gone. */
  get open(): boolean {
    return this.#open;
  }

  began(): number {
    return 0;
  }

  call(b: Uint8Array, line: Line, first: number, last: number, _ticket: number, orphan: boolean): void {
    this.#lastShown = this.#filter.acceptsCall(b, line);
    if (!this.#lastShown) return;
    if (this.#json !== null) this.#json.call(b, line, first, last, orphan);
    else this.#text(b, line);
    if (this.#out.length >= FLUSH_BYTES) this.flush();
  }

  event(kind: EventKind, b: Uint8Array, line: Line, number: number): void {
    const shown = kind === 'hexdump' || kind === 'stack' ? this.#lastShown : this.#filter.acceptsEvent(line);
    if (!shown) return;
    if (this.#json !== null) this.#json.event(kind, b, line, number);
    else this.#text(b, line);
    if (this.#out.length >= FLUSH_BYTES) this.flush();
  }

  unrecognised(): void {
    // Shown as the events that they are.
  }

  /** To be called at the end. */
  flush(): void {
    if (this.#out.length > 0 && this.#open) this.#open = this.#write(this.#out.drain());
    else this.#out.length = 0;
  }

  #text(b: Uint8Array, line: Line): void {
    this.#out.reserve(line.end - line.start + 1);
    this.#out.copy(b, line.start, line.end);
    this.#out.byte(NEWLINE);
  }
}
