/** Collects the calls of a log as columns, ordered by the line on which they were entered. */
import { seconds, copyOf } from './bytes.js';
import { returnValue } from './returned.js';
import { END_RESULT } from './line.js';
import { inferPids, isFork } from './infer-pids.js';
import { NameTable } from './names.js';
import { Pieces } from './pieces.js';
import type { Sink } from './join.js';
import type { Line } from './line.js';
import type { ArgsText, LogEvent, RecordKind, Trace } from '../trace/model.js';
import type { ArgSource } from '../trace/trace.js';

const INITIAL = 1 << 12;

export class Columns implements Sink, ArgSource {
  readonly wantsTime = true;
  readonly #log: Uint8Array;
  #capacity = INITIAL;
  #length = 0;
  #pid = new Int32Array(INITIAL);
  #line = new Uint32Array(INITIAL);
  #lineEnd = new Uint32Array(INITIAL);
  #nameId = new Uint16Array(INITIAL);
  #time = new Float64Array(INITIAL);
  #duration = new Float64Array(INITIAL);
  #ret = new Float64Array(INITIAL);
  #errnoId = new Uint16Array(INITIAL);
  #argsStart = new Uint32Array(INITIAL);
  #argsEnd = new Uint32Array(INITIAL);
  /** Arguments of calls joined from pieces, which are not one span of the log. */
  readonly #joined = new Pieces();
  /** The answer of span(): one for all. */
  readonly #span: { -readonly [K in keyof ArgsText]: ArgsText[K] };
  readonly #orphans = new Set<number>();
  readonly #bigRets = new Map<number, bigint>();
  readonly #names = new NameTable();
  readonly #errnos = new NameTable();
  readonly #reasons = new Map<string, { reason: string; count: number; firstLine: number }>();
  #events: LogEvent[] = [];

  constructor(log: Uint8Array) {
    this.#log = log;
    this.#span = { bytes: log, start: 0, end: 0 };
    this.#errnos.id(log, 0, 0);
  }

  began(): number {
    return this.#next();
  }

  call(bytes: Uint8Array, line: Line, first: number, last: number, ticket: number, orphan: boolean): void {
    const i = ticket >= 0 ? ticket : this.#next();
    this.#pid[i] = line.pid;
    this.#line[i] = first;
    this.#lineEnd[i] = last;
    this.#nameId[i] = this.#names.id(bytes, line.nameStart, line.nameEnd, line.nameHash);
    this.#time[i] = line.time;
    this.#duration[i] = line.durationStart < 0 ? NaN : seconds(bytes, line.durationStart, line.durationEnd);
    this.#ret[i] = NaN;
    this.#errnoId[i] = 0;
    if (line.ending === END_RESULT) {
      this.#setRet(i, bytes, line);
      if (line.errnoEnd > line.errnoStart) this.#errnoId[i] = this.#errnos.id(bytes, line.errnoStart, line.errnoEnd);
    }
    this.#argsStart[i] = line.argsStart;
    this.#argsEnd[i] = line.argsEnd;
    // The bytes of a joined call are the joiner's, which uses them again. An end before the start says where the copy is.
    if (bytes !== this.#log) {
      const at = this.#joined.add(bytes, line.argsStart, line.argsEnd);
      this.#argsStart[i] = at + (line.argsEnd - line.argsStart) + 1;
      this.#argsEnd[i] = at;
    }
    if (orphan) this.#orphans.add(i);
  }

  #setRet(i: number, b: Uint8Array, line: Line): void {
    const value = returnValue(b, line);
    if (typeof value === 'bigint') this.#bigRets.set(i, value);
    if (value !== null) this.#ret[i] = Number(value);
  }

  event(kind: Exclude<RecordKind, 'call'>, bytes: Uint8Array, line: Line, lineNumber: number): void {
    const pid = line.pid < 0 ? null : line.pid;
    const text = bytes === this.#log ? bytes.subarray(line.body, line.end) : copyOf(bytes, line.body, line.end);
    this.#events.push({ kind, line: lineNumber, lineEnd: lineNumber, pid, time: Number.isNaN(line.time) ? null : line.time, text });
  }

  unrecognised(reason: string, lineNumber: number): void {
    const known = this.#reasons.get(reason);
    if (known === undefined) this.#reasons.set(reason, { reason, count: 1, firstLine: lineNumber });
    else {
      known.count++;
      known.firstLine = Math.min(known.firstLine, lineNumber);
    }
  }

  finish(): Pick<Trace, 'length' | 'columns' | 'names' | 'errnos' | 'unrecognised'> {
    const n = this.#length;
    this.#events.sort((x, y) => x.line - y.line);
    const forks = this.#names.names.map(isFork);
    const nameId = this.#nameId;
    this.#events = inferPids({ length: n, pid: this.#pid, line: this.#line, ret: this.#ret, forks: (i) => forks[nameId[i]] }, this.#events);
    return {
      length: n,
      columns: {
        pid: this.#pid.subarray(0, n),
        line: this.#line.subarray(0, n),
        lineEnd: this.#lineEnd.subarray(0, n),
        nameId: this.#nameId.subarray(0, n),
        time: this.#time.subarray(0, n),
        duration: this.#duration.subarray(0, n),
        ret: this.#ret.subarray(0, n),
        errnoId: this.#errnoId.subarray(0, n),
      },
      names: this.#names.names,
      errnos: this.#errnos.names,
      unrecognised: [...this.#reasons.values()],
    };
  }

  /** In the order of their lines, once finished. */
  get events(): readonly LogEvent[] {
    return this.#events;
  }

  span(index: number): ArgsText {
    const start = this.#argsStart[index];
    const end = this.#argsEnd[index];
    if (end < start) return this.#joined.span(end, start - end - 1);
    this.#span.start = start;
    this.#span.end = end;
    return this.#span;
  }

  orphan(index: number): boolean {
    return this.#orphans.size > 0 && this.#orphans.has(index);
  }

  bigRet(index: number): bigint | null {
    return this.#bigRets.size > 0 ? (this.#bigRets.get(index) ?? null) : null;
  }

  #next(): number {
    if (this.#length === this.#capacity) this.#grow();
    return this.#length++;
  }

  #grow(): void {
    this.#capacity = Math.ceil(this.#capacity * 1.5);
    const n = this.#capacity;
    this.#pid = grown(this.#pid, new Int32Array(n));
    this.#line = grown(this.#line, new Uint32Array(n));
    this.#lineEnd = grown(this.#lineEnd, new Uint32Array(n));
    this.#nameId = grown(this.#nameId, new Uint16Array(n));
    this.#time = grown(this.#time, new Float64Array(n));
    this.#duration = grown(this.#duration, new Float64Array(n));
    this.#ret = grown(this.#ret, new Float64Array(n));
    this.#errnoId = grown(this.#errnoId, new Uint16Array(n));
    this.#argsStart = grown(this.#argsStart, new Uint32Array(n));
    this.#argsEnd = grown(this.#argsEnd, new Uint32Array(n));
  }
}

function grown<T extends { set(source: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}

export { returnValue };
