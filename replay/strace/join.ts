/**
 * Joins the pieces of calls and classifies what only its neighbours explain. Feed it the lines of a log in order;
 * it hands whole calls and all other records to a sink.
 *
 * A call in pieces is put together as the one line that strace would have printed had nothing come between, and that
 * line is taken apart like any other:
 *
 *     7 read(3,  <unfinished ...>        pending[7] = "7 read(3, "
 *     8 close(4) = 0
 *     7 <... read resumed>"", 9) = 0     -> "7 read(3, " + "\"\", 9) = 0"
 */
import { Clock } from './clock.js';
import { ascii, endsWith, latin1 } from './bytes.js';
import { lexLine, lexTail } from './lexer.js';
import * as L from './line.js';
import { Line } from './line.js';
import { spliced } from './output.js';
import type { RecordKind } from '../trace/model.js';

/** A call as the sink gets it: `line` with its spans in `bytes`, valid only during the call of the sink. */
export interface Sink {
  /** Whether to work out `line.time`. */
  readonly wantsTime: boolean;
  /** A call was entered whose end is not known yet. The ticket comes back with `ended`. */
  began(lineNumber: number): number;
  /** A whole call. `ticket` is -1 when it was never announced. `orphan`: its first half is not in the log. */
  call(bytes: Uint8Array, line: Line, first: number, last: number, ticket: number, orphan: boolean): void;
  /** Anything else; the span is the text without pid and time. */
  event(kind: Exclude<RecordKind, 'call'>, bytes: Uint8Array, line: Line, lineNumber: number): void;
  unrecognised(reason: string, lineNumber: number): void;
}

interface Pending {
  readonly name: string;
  bytes: Uint8Array;
  readonly first: number;
  last: number;
  readonly ticket: number;
  readonly time: number;
}

export const KIND_NAMES: readonly RecordKind[] = [
  'call', 'signal', 'exit', 'killed', 'superseded', 'note', 'hexdump', 'stack', 'summary', 'output', 'blank', 'unrecognised',
];

const GIVEN_UP = ascii(' <unfinished ...>');
const TABLE_HEAD = ascii('% time');
const TABLE_TITLE = 'System call usage summary';

export class Joiner {
  readonly #sink: Sink;
  readonly #line = new Line();
  readonly #whole = new Line();
  readonly #clock = new Clock();
  readonly #pending = new Map<number, Pending>();
  /** The call that the last line stopped inside, without "unfinished": a log captured from stderr. */
  #open: (Pending & { readonly pid: number; lines: number[] }) | null = null;
  /** In a -c table: 3 before, 2 after the first row of dashes, 1 after the second (the totals follow); 0: not in one. */
  #table = 0;
  #lineNumber = 0;
  /** Lines by kind, indexed by KIND_*. */
  readonly kinds = new Float64Array(KIND_NAMES.length);

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  get lines(): number {
    return this.#lineNumber;
  }

  /** One line, without its line feed. */
  push(b: Uint8Array, start: number, end: number): void {
    const line = this.#line;
    this.#lineNumber++;
    if (this.#table > 0 && this.#tableLine(b, start, end)) return;
    lexLine(b, start, end, line);
    line.time = this.#sink.wantsTime && line.timeStart >= 0 ? this.#clock.at(b, line) : NaN;
    if (line.kind === L.KIND_CALL) {
      if (this.#open !== null) this.#closeOpen();
      if (line.head === L.HEAD_NAME) this.#entered(b, line);
      else this.#resumed(b, line);
    } else this.#other(b, line);
  }

  /** End of the log: what is pending never returned. */
  finish(): void {
    if (this.#open !== null) this.#closeOpen();
    const rest = [...this.#pending.values()].sort((x, y) => x.first - y.first);
    this.#pending.clear();
    for (const pending of rest) this.#neverReturned(pending);
  }

  #count(kind: number): void {
    this.kinds[kind]++;
  }

  #entered(b: Uint8Array, line: Line): void {
    this.#count(L.KIND_CALL);
    const number = this.#lineNumber;
    if (line.ending === L.END_RESULT) {
      const stop = givenUp(b, line);
      if (stop >= 0) line.argsEnd = stop;
      this.#sink.call(b, line, number, number, -1, false);
      return;
    }
    const pending: Pending = {
      name: latin1(b, line.nameStart, line.nameEnd),
      bytes: b.slice(line.start, line.argsEnd),
      first: number,
      last: number,
      ticket: this.#sink.began(number),
      time: line.time,
    };
    if (line.ending === L.END_OPEN) {
      this.#open = { ...pending, pid: line.pid, lines: [] };
      return;
    }
    this.#suspend(line.ending === L.END_PID_CHANGED ? line.otherPid : line.pid, pending);
    if (line.ending === L.END_DETACHED) this.#flush(line.pid);
  }

  #suspend(pid: number, pending: Pending): void {
    this.#flush(pid);
    this.#pending.set(pid, pending);
  }

  #flush(pid: number): void {
    const pending = this.#pending.get(pid);
    if (pending === undefined) return;
    this.#pending.delete(pid);
    this.#neverReturned(pending);
  }

  #resumed(b: Uint8Array, line: Line): void {
    this.#count(L.KIND_CALL);
    const number = this.#lineNumber;
    const name = latin1(b, line.nameStart, line.nameEnd);
    const found = this.#findPending(line.pid, name);
    if (found === null) {
      if (line.ending === L.END_RESULT) this.#sink.call(b, line, number, number, -1, true);
      else this.#suspend(line.pid, { name, bytes: b.slice(line.start, line.argsEnd), first: number, last: number, ticket: this.#sink.began(number), time: line.time });
      return;
    }
    const [key, pending] = found;
    if (line.ending === L.END_RESULT) {
      this.#pending.delete(key);
      pending.last = number;
      this.#complete(pending, b, line.argsStart, line.end);
      return;
    }
    // Resumed and unfinished again, or detached.
    pending.bytes = concat(pending.bytes, b, line.argsStart, line.argsEnd);
    pending.last = number;
    if (line.ending === L.END_DETACHED) this.#flush(key);
  }

  /** By pid; where one half has no pid (stderr before the first fork, after the last exit), by name. */
  #findPending(pid: number, name: string): readonly [number, Pending] | null {
    const own = this.#pending.get(pid);
    if (own !== undefined && (own.name === name || name === '???' || own.name === '???')) return [pid, own];
    if (pid === -1) {
      let found: readonly [number, Pending] | null = null;
      for (const entry of this.#pending) {
        if (entry[1].name !== name) continue;
        if (found !== null) return null;
        found = entry;
      }
      return found;
    }
    const anonymous = this.#pending.get(-1);
    return anonymous?.name === name ? [-1, anonymous] : null;
  }

  /** Puts first and second half together and takes the whole apart. */
  #complete(pending: Pending, b: Uint8Array, start: number, end: number): void {
    const bytes = concat(pending.bytes, b, start, end);
    const whole = this.#whole;
    lexLine(bytes, 0, bytes.length, whole);
    const orphan = whole.head === L.HEAD_RESUMED;
    whole.time = pending.time;
    const stop = givenUp(bytes, whole);
    if (stop >= 0) whole.argsEnd = stop;
    this.#sink.call(bytes, whole, pending.first, pending.last, pending.ticket, orphan);
  }

  #neverReturned(pending: Pending): void {
    const whole = this.#whole;
    lexLine(pending.bytes, 0, pending.bytes.length, whole);
    whole.time = pending.time;
    whole.ending = L.END_UNFINISHED;
    whole.argsEnd = whole.end;
    this.#sink.call(pending.bytes, whole, pending.first, pending.last, pending.ticket, whole.head === L.HEAD_RESUMED);
  }

  #other(b: Uint8Array, line: Line): void {
    const number = this.#lineNumber;
    if (this.#open !== null && line.kind === L.KIND_UNRECOGNISED) {
      if (this.#continued(b, line)) return;
      this.#open.lines.push(number);
      return;
    }
    if (this.#open !== null && line.kind !== L.KIND_NOTE && line.kind !== L.KIND_BLANK) this.#closeOpen();
    if (line.kind === L.KIND_UNRECOGNISED) {
      this.#unrecognised(b, line);
      return;
    }
    this.#count(line.kind);
    this.#sink.event(KIND_NAMES[line.kind] as Exclude<RecordKind, 'call'>, b, line, number);
    if (line.kind === L.KIND_EXIT || line.kind === L.KIND_KILLED) this.#flush(line.pid);
    else if (line.kind === L.KIND_SUPERSEDED) this.#superseded(line);
  }

  #unrecognised(b: Uint8Array, line: Line): void {
    if (this.#isTableHead(b, line.start, line.end)) return;
    this.#count(L.KIND_UNRECOGNISED);
    this.#sink.event('unrecognised', b, line, this.#lineNumber);
    this.#sink.unrecognised("not strace's notation (perhaps output of the traced program)", this.#lineNumber);
  }

  /** `7 +++ superseded by execve in pid 8 +++`: 8 goes on as 7, unless "pid changed" said so before. */
  #superseded(line: Line): void {
    const moved = this.#pending.get(line.otherPid);
    if (moved === undefined || (moved.name !== 'execve' && moved.name !== 'execveat')) return;
    this.#pending.delete(line.otherPid);
    this.#suspend(line.pid, moved);
  }

  /** `) = 1`, `, 9) = 1`, ` <unfinished ...>`: the rest of the line before. */
  #continued(b: Uint8Array, line: Line): boolean {
    const open = this.#open!;
    lexTail(b, line.start, line.end, line);
    if (line.ending === L.END_OPEN) return false;
    this.#open = null;
    this.#count(L.KIND_CALL);
    for (const n of open.lines) this.#outputLine(n);
    open.last = this.#lineNumber;
    if (line.ending === L.END_RESULT) {
      open.bytes = spliced(open.bytes, b, line.start, line.argsEnd);
      this.#complete(open, b, line.argsEnd, line.end);
      return true;
    }
    open.bytes = concat(open.bytes, b, line.start, line.argsEnd);
    this.#suspend(line.ending === L.END_PID_CHANGED ? line.otherPid : open.pid, open);
    if (line.ending === L.END_DETACHED) this.#flush(open.pid);
    return true;
  }

  #outputLine(number: number): void {
    const line = this.#whole;
    this.#count(L.KIND_OUTPUT);
    line.pid = line.timeStart = -1;
    line.time = NaN;
    line.body = line.end = 0;
    this.#sink.event('output', line0, line, number);
  }

  /** A call that stops inside a line and does not go on. */
  #closeOpen(): void {
    const open = this.#open!;
    this.#open = null;
    this.#sink.unrecognised('a call breaks off', open.first);
    this.#neverReturned(open);
    for (const n of open.lines) {
      this.kinds[L.KIND_UNRECOGNISED]++;
      this.#sink.unrecognised("not strace's notation (perhaps output of the traced program)", n);
    }
  }

  #isTableHead(b: Uint8Array, start: number, end: number): boolean {
    let i = start;
    while (i < end && b[i] === 32) i++;
    const text = latin1(b, i, end);
    if (!text.startsWith(TABLE_TITLE) && !(endsWith(b, i, i + TABLE_HEAD.length, TABLE_HEAD) || (/\bsyscall\b/.test(text) && /\bcalls\b/.test(text)))) return false;
    if (!text.startsWith(TABLE_TITLE)) this.#table = 3;
    this.#summary(b, start, end);
    return true;
  }

  /** Between the header of a -c table and the line of totals behind its second row of dashes. */
  #tableLine(b: Uint8Array, start: number, end: number): boolean {
    let i = start;
    while (i < end && (b[i] === 45 || b[i] === 32)) i++;
    if (i === end && end > start && b[start] === 45) this.#table--;
    else if (this.#table === 1) this.#table = 0;
    if (this.#table === 0 && !endsWith(b, start, end, TOTAL)) return false;
    this.#summary(b, start, end);
    return true;
  }

  #summary(b: Uint8Array, start: number, end: number): void {
    const line = this.#line;
    line.pid = line.timeStart = -1;
    line.time = NaN;
    line.start = line.body = start;
    line.end = end;
    this.#count(L.KIND_SUMMARY);
    this.#sink.event('summary', b, line, this.#lineNumber);
  }
}

const TOTAL = ascii('total');
const line0 = new Uint8Array(0);

/** `nanosleep({...},  <unfinished ...>) = ?`: where the arguments end before that; -1: not so. */
function givenUp(b: Uint8Array, line: Line): number {
  if (b[line.argsEnd - 1] !== 62 || !endsWith(b, line.argsStart, line.argsEnd, GIVEN_UP)) return -1;
  return line.argsEnd - GIVEN_UP.length;
}

export function concat(head: Uint8Array, b: Uint8Array, start: number, end: number): Uint8Array {
  const out = new Uint8Array(head.length + end - start);
  out.set(head);
  out.set(b.subarray(start, end), head.length);
  return out;
}
