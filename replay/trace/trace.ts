/** A whole log in memory as columns; arguments are decoded from the log's bytes when asked for. */
import { latin1 } from '../strace/bytes.js';
import { decodeArgs } from '../strace/values.js';
import type { ArgsText, Call, LogEvent, RecordKind, Trace, Value } from './model.js';

/** Arguments longer than this are rarely the same again. */
const MEMO_BYTES_MAX = 256;
const MEMO_ENTRIES_MAX = 1 << 10; // more survive into the old generation, and cost more than they spare

/** Where the arguments of a call are: a span of the log, or bytes of its own for calls joined from pieces. */
export interface ArgSource {
  span(index: number): ArgsText;
  orphan(index: number): boolean;
  bigRet(index: number): bigint | null;
}

export class ColumnTrace implements Trace {
  readonly file: string;
  readonly digest: string;
  readonly lines: number;
  readonly cutAt: number | null;
  readonly length: number;
  readonly columns: Trace['columns'];
  readonly names: readonly string[];
  readonly errnos: readonly string[];
  readonly kinds: Readonly<Partial<Record<RecordKind, number>>>;
  readonly unrecognised: Trace['unrecognised'];
  readonly #args: ArgSource;
  readonly #events: readonly LogEvent[];
  /** Arguments decoded before, by their text. */
  readonly #memo = new Map<string, readonly Value[]>();

  constructor(parts: Omit<Trace, 'call' | 'calls' | 'events' | 'argsText' | 'isOrphan'>, args: ArgSource, events: readonly LogEvent[]) {
    this.file = parts.file;
    this.digest = parts.digest;
    this.lines = parts.lines;
    this.cutAt = parts.cutAt;
    this.length = parts.length;
    this.columns = parts.columns;
    this.names = parts.names;
    this.errnos = parts.errnos;
    this.kinds = parts.kinds;
    this.unrecognised = parts.unrecognised;
    this.#args = args;
    this.#events = events;
  }

  call(index: number): Call {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`call ${index} of ${this.length}`);
    const { line, lineEnd, pid, time, nameId, ret, errnoId, duration } = this.columns;
    return {
      index,
      line: line[index],
      lineEnd: lineEnd[index],
      pid: pid[index] < 0 ? null : pid[index],
      time: known(time[index]),
      name: this.names[nameId[index]],
      ret: this.#args.bigRet(index) ?? known(ret[index]),
      errno: this.errnos[errnoId[index]] || null,
      duration: known(duration[index]),
      args: () => this.decode(index),
    };
  }

  argsText(index: number): ArgsText {
    return this.#args.span(index);
  }

  isOrphan(index: number): boolean {
    return this.#args.orphan(index);
  }

  /** The arguments of call `index`, decoded. */
  decode(index: number): readonly Value[] {
    const { bytes, start, end } = this.#args.span(index);
    if (end - start > MEMO_BYTES_MAX || this.#args.orphan(index)) return this.#decodeSpan(index, bytes, start, end);
    // Two thirds and more of a log's calls repeat arguments word for word.
    const text = latin1(bytes, start, end);
    let values = this.#memo.get(text);
    if (values === undefined) {
      values = this.#decodeSpan(index, bytes, start, end);
      if (this.#memo.size >= MEMO_ENTRIES_MAX) this.#memo.clear();
      this.#memo.set(text, values);
    }
    return values;
  }

  #decodeSpan(index: number, bytes: Uint8Array, start: number, end: number): readonly Value[] {
    const { values } = decodeArgs(bytes, start, end);
    // The first arguments of a call whose beginning is not in the log are unknown.
    return this.#args.orphan(index) ? [{ type: 'text', text: '...' }, ...values] : values;
  }

  *calls(): IterableIterator<Call> {
    for (let i = 0; i < this.length; i++) yield this.call(i);
  }

  *events(): IterableIterator<LogEvent> {
    yield* this.#events;
  }
}

function known(value: number): number | null {
  return Number.isNaN(value) ? null : value;
}
