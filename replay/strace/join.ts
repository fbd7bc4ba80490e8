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
import { ascii, endsWith, startsWith, copyOf } from './bytes.js';
import { Clock } from './clock.js';
import { lexCommon } from './lexcommon.js';
import { argumentsAreBalanced, lexLine, lexTail } from './lexer.js';
import * as L from './line.js';
import { Line } from './line.js';
import { outputStart } from './output.js';
import { PendingCalls } from './pending.js';
import { TableTracker } from './table.js';
import { TipTracker } from './tip.js';
import type { Pending } from './pending.js';
import type { RecordKind } from '../trace/model.js';

export type EventKind = Exclude<RecordKind, 'call'>;

/** What a log is handed to. `line` and its spans in `bytes` are valid only during the call. */
export interface Sink {
  /** Whether to work out `line.time`; 'relative': only where the printed time alone does not tell (-r, -t, -tt). */
  readonly wantsTime: boolean | 'relative';
  /** A call was entered whose end is not known yet. The ticket comes back with `call`. */
  began(lineNumber: number): number;
  /** A whole call. `ticket` is -1 when it was never announced. `orphan`: its first half is not in the log. */
  call(bytes: Uint8Array, line: Line, first: number, last: number, ticket: number, orphan: boolean): void;
  /** Anything else; b[line.body, line.end) is the text without pid and time. */
  event(kind: EventKind, bytes: Uint8Array, line: Line, lineNumber: number): void;
  /** A line that is not understood, or not wholly; b[start, end) is its text. Its event or call comes as well. */
  unrecognised(reason: string, lineNumber: number, b: Uint8Array, start: number, end: number): void;
}

/** Indexed by KIND_*. */
const KIND_NAMES: readonly RecordKind[] = [
  'call', 'signal', 'exit', 'killed', 'superseded', 'note', 'hexdump', 'stack', 'summary', 'output', 'blank', 'unrecognised',
];

const REASON_NOT_STRACE = "not strace's notation (output of the traced program?)";
export const REASON_BREAKS_OFF = 'a call breaks off in the middle of its line';

const GIVEN_UP = ascii(' <unfinished ...>');
const EXECVE = ascii('execve');
const NEWLINE = 10;

/** A call whose line stops inside it without saying so, and the lines since: a log captured from stderr. */
interface Interrupted {
  readonly call: Pending;
  /** strace itself broke the line, with a message that is already cut off. */
  readonly spliced: boolean;
  readonly lines: { readonly bytes: Uint8Array; readonly number: number }[];
}

/** More lines of output than that inside one call, and the call is taken for damaged. */
const OUTPUT_LINES_MAX = 10_000;

export class Joiner {
  readonly #sink: Sink;
  readonly #loose: ((line: Uint8Array) => void) | null;
  readonly #wantsTime: boolean;
  readonly #wantsRelative: boolean;
  readonly #line = new Line();
  readonly #whole = new Line();
  readonly #clock = new Clock();
  readonly #pending = new PendingCalls();
  readonly #table = new TableTracker();
  readonly #tip = new TipTracker();
  #interrupted: Interrupted | null = null;
  /** The call that the last line left unfinished; strace -z goes on with it in the next line without saying so. */
  #justSuspended: Pending | null = null;
  #lineNumber = 0;
  readonly #kinds = new Float64Array(KIND_NAMES.length);

  /** `loose` takes the rests of calls whose beginning is not in the log, as lines, instead of the sink: see segments.ts. */
  constructor(sink: Sink, loose: ((line: Uint8Array) => void) | null = null) {
    this.#sink = sink;
    this.#loose = loose;
    this.#wantsTime = sink.wantsTime === true;
    this.#wantsRelative = sink.wantsTime === 'relative';
  }

  get lines(): number {
    return this.#lineNumber;
  }

  /** Lines by kind, so far. */
  get kinds(): Partial<Record<RecordKind, number>> {
    const kinds: Partial<Record<RecordKind, number>> = {};
    KIND_NAMES.forEach((name, i) => {
      if (this.#kinds[i] > 0) kinds[name] = this.#kinds[i];
    });
    return kinds;
  }

  /** All whole lines in b[start, end). Returns where the line begins that `end` cuts. */
  pushLines(b: Buffer, start: number, end: number): number {
    let at = start;
    for (;;) {
      const newline = b.indexOf(NEWLINE, at);
      if (newline < 0 || newline >= end) return at;
      if (this.#interrupted === null && !this.#table.active && lexCommon(b, at, newline, this.#line)) this.#oneLine(b);
      else this.push(b, at, newline);
      at = newline + 1;
    }
  }

  /** A call in one line, when nothing is left open by the lines before. */
  #oneLine(b: Uint8Array): void {
    const line = this.#line;
    const number = ++this.#lineNumber;
    line.time = this.#timeOf(b, line);
    this.#justSuspended = null;
    this.#kinds[L.KIND_CALL]++;
    dropGivenUp(b, line);
    this.#sink.call(b, line, number, number, -1, false);
  }

  #timeOf(b: Uint8Array, line: Line): number {
    return line.timeStart >= 0 && (this.#wantsTime || (this.#wantsRelative && isRelative(b, line))) ? this.#clock.at(b, line) : NaN;
  }

  /** One line, without its line feed. */
  push(b: Uint8Array, start: number, end: number): void {
    const line = this.#line;
    this.#lineNumber++;
    if (this.#table.active && this.#table.continues(b, start, end)) {
      this.#summary(b, start, end);
      return;
    }
    lexLine(b, start, end, line);
    line.time = this.#timeOf(b, line);
    if (line.kind === L.KIND_CALL && line.ending === L.END_RESULT && line.head === L.HEAD_NAME) {
      if (this.#interrupted !== null) this.#giveUpInterrupted();
      this.#justSuspended = null;
      this.#kinds[L.KIND_CALL]++;
      dropGivenUp(b, line);
      this.#sink.call(b, line, this.#lineNumber, this.#lineNumber, -1, false);
    } else this.#other(b, line);
  }

  /** Gives up what is pending, as the lines with which strace left it unfinished. */
  takePending(): Uint8Array[] {
    return this.#pending.inOrder().map((pending) => {
      pending.append(GIVEN_UP, 0, GIVEN_UP.length);
      this.#pending.remove(pending);
      return copyOf(pending.bytes, 0, pending.length + 1);
    });
  }

  /** End of the log: what is pending never returned. */
  finish(): void {
    if (this.#interrupted !== null) this.#giveUpInterrupted();
    for (const pending of this.#pending.inOrder()) this.#neverReturned(pending);
  }

  #other(b: Uint8Array, line: Line): void {
    const justSuspended = this.#justSuspended;
    this.#justSuspended = null;
    if (line.kind === L.KIND_UNRECOGNISED) {
      if (this.#interrupted !== null) this.#insideInterrupted(b, line);
      else if (justSuspended === null || !this.#continuedUnsaid(b, line, justSuspended)) this.#unrecognised(b, line);
      return;
    }
    if (this.#interrupted !== null && line.kind !== L.KIND_NOTE && line.kind !== L.KIND_BLANK) this.#giveUpInterrupted();
    this.#kinds[line.kind]++;
    if (line.kind === L.KIND_CALL) {
      if (line.head === L.HEAD_NAME) this.#entered(b, line);
      else this.#resumed(b, line);
      return;
    }
    this.#sink.event(KIND_NAMES[line.kind] as EventKind, b, line, this.#lineNumber);
    if (line.kind === L.KIND_EXIT || line.kind === L.KIND_KILLED) this.#flush(line.pid);
    else if (line.kind === L.KIND_SUPERSEDED) this.#superseded(b, line);
  }

  #entered(b: Uint8Array, line: Line): void {
    const pending = this.#pending.take();
    const pid = line.ending === L.END_PID_CHANGED ? line.otherPid : line.pid;
    pending.begin(b, line, pid, this.#lineNumber, this.#sink.began(this.#lineNumber));
    if (line.ending === L.END_OPEN) this.#interrupted = { call: pending, spliced: line.argsEnd < line.end, lines: [] };
    else this.#suspend(pending, line.ending);
  }

  #suspend(pending: Pending, ending: number): void {
    this.#flush(pending.pid);
    if (ending === L.END_DETACHED) {
      this.#neverReturned(pending);
      return;
    }
    this.#pending.add(pending);
    this.#justSuspended = pending;
  }

  #flush(pid: number): void {
    const pending = this.#pending.get(pid);
    if (pending === undefined) return;
    this.#pending.remove(pending);
    this.#neverReturned(pending);
  }

  #resumed(b: Uint8Array, line: Line): void {
    const pending = this.#findPending(b, line);
    if (pending === null) {
      if (this.#loose !== null) {
        this.#loose(lineCopy(b, line));
        return;
      }
      if (line.ending === L.END_RESULT) {
        dropGivenUp(b, line);
        this.#sink.call(b, line, this.#lineNumber, this.#lineNumber, -1, true);
      } else this.#entered(b, line);
      return;
    }
    this.#pending.remove(pending);
    if (line.ending === L.END_RESULT) {
      this.#complete(pending, b, line.argsStart, line.end);
      return;
    }
    // Resumed and unfinished again, detached, or broken off.
    pending.append(b, line.argsStart, line.argsEnd);
    if (line.ending === L.END_OPEN) this.#interrupted = { call: pending, spliced: line.argsEnd < line.end, lines: [] };
    else this.#suspend(pending, line.ending);
  }

  /** By pid; where one half has no pid (stderr before the first fork, after the last exit), by name. */
  #findPending(b: Uint8Array, line: Line): Pending | null {
    const own = this.#pending.get(line.pid);
    const unknown = b[line.nameStart] === 63;
    if (own !== undefined && (unknown || own.bytes[own.nameStart] === 63 || own.isNamed(b, line.nameStart, line.nameEnd))) return own;
    if (line.pid < 0) return this.#pending.onlyNamed(b, line.nameStart, line.nameEnd);
    const anonymous = this.#pending.get(-1);
    return anonymous?.isNamed(b, line.nameStart, line.nameEnd) === true ? anonymous : null;
  }

  /** Puts first and second half together and takes the whole apart. */
  #complete(pending: Pending, b: Uint8Array, start: number, end: number): void {
    pending.append(b, start, end);
    const whole = this.#whole;
    if (!lexCommon(pending.bytes, 0, pending.length, whole)) lexLine(pending.bytes, 0, pending.length, whole);
    whole.time = pending.time;
    if (whole.ending === L.END_RESULT) dropGivenUp(pending.bytes, whole);
    else whole.argsEnd = whole.end;
    this.#sink.call(pending.bytes, whole, pending.first, this.#lineNumber, pending.ticket, whole.head === L.HEAD_RESUMED);
    this.#pending.release(pending);
  }

  #neverReturned(pending: Pending): void {
    const whole = this.#whole;
    lexLine(pending.bytes, 0, pending.length, whole);
    whole.time = pending.time;
    whole.ending = L.END_UNFINISHED;
    whole.durationStart = -1;
    whole.argsEnd = whole.end;
    this.#sink.call(pending.bytes, whole, pending.first, pending.first, pending.ticket, whole.head === L.HEAD_RESUMED);
    this.#pending.release(pending);
  }

  /** `7 +++ superseded by execve in pid 8 +++`: 8 goes on as 7, unless "pid changed" said so before. */
  #superseded(b: Uint8Array, line: Line): void {
    const moved = this.#pending.get(line.otherPid);
    if (moved === undefined && this.#loose !== null) this.#loose(lineCopy(b, line));
    if (moved === undefined || !startsWith(moved.bytes, moved.nameStart, moved.nameEnd, EXECVE)) return;
    this.#pending.remove(moved);
    this.#flush(line.pid);
    moved.pid = line.pid;
    this.#pending.add(moved);
  }

  #unrecognised(b: Uint8Array, line: Line): void {
    if (this.#table.begins(b, line.start, line.end)) {
      this.#summary(b, line.start, line.end);
      return;
    }
    if (this.#tip.continues(b, line.start, line.end, this.#lineNumber)) {
      this.#kinds[L.KIND_NOTE]++;
      this.#sink.event('note', b, line, this.#lineNumber);
      return;
    }
    this.#kinds[L.KIND_UNRECOGNISED]++;
    this.#sink.event('unrecognised', b, line, this.#lineNumber);
    this.#sink.unrecognised(REASON_NOT_STRACE, this.#lineNumber, b, line.start, line.end);
  }

  /** `"", 4096) = 0` right below an unfinished call (strace -z prints the rest without its leader). */
  #continuedUnsaid(b: Uint8Array, line: Line, pending: Pending): boolean {
    lexTail(b, line.start, line.end, line);
    if (line.ending !== L.END_RESULT || !argumentsAreBalanced(b, line.start, line.argsEnd)) {
      line.ending = L.END_OPEN;
      return false;
    }
    this.#kinds[L.KIND_CALL]++;
    this.#pending.remove(pending);
    this.#complete(pending, b, line.start, line.end);
    return true;
  }

  /** A line that is not whole by itself below an interrupted one: its rest (`) = 1`, ` <unfinished ...>`), or output. */
  #insideInterrupted(b: Uint8Array, line: Line): void {
    const { call, spliced, lines } = this.#interrupted!;
    lexTail(b, line.start, line.end, line);
    if (line.ending === L.END_OPEN) {
      lines.push({ bytes: copyOf(b, line.start, line.end), number: this.#lineNumber });
      if (lines.length >= OUTPUT_LINES_MAX) this.#giveUpInterrupted();
      return;
    }
    this.#interrupted = null;
    this.#kinds[L.KIND_CALL]++;
    for (const output of lines) this.#report('output', output);
    if (!spliced) call.cut(outputStart(call.bytes, call.argsStart, call.length));
    if (line.ending === L.END_RESULT) {
      // Of the rest only what begins like arguments belongs to the call: the last line of output may stand before it.
      const start = argumentsAreBalanced(b, line.start, line.argsEnd) ? line.start : line.argsEnd;
      this.#complete(call, b, start, line.end);
      return;
    }
    if (argumentsAreBalanced(b, line.start, line.argsEnd)) call.append(b, line.start, line.argsEnd);
    if (line.ending === L.END_PID_CHANGED) call.pid = line.otherPid;
    this.#suspend(call, line.ending);
  }

  /** The interrupted call does not go on. */
  #giveUpInterrupted(): void {
    const { call, lines } = this.#interrupted!;
    this.#interrupted = null;
    this.#sink.unrecognised(REASON_BREAKS_OFF, call.first, call.bytes, 0, call.length);
    this.#neverReturned(call);
    for (const line of lines) {
      this.#report('unrecognised', line);
      this.#sink.unrecognised(REASON_NOT_STRACE, line.number, line.bytes, 0, line.bytes.length);
    }
  }

  #report(kind: 'output' | 'unrecognised', { bytes, number }: Interrupted['lines'][number]): void {
    const line = this.#whole;
    this.#kinds[kind === 'output' ? L.KIND_OUTPUT : L.KIND_UNRECOGNISED]++;
    line.pid = line.timeStart = -1;
    line.time = NaN;
    line.start = line.body = 0;
    line.end = bytes.length;
    this.#sink.event(kind, bytes, line, number);
  }

  #summary(b: Uint8Array, start: number, end: number): void {
    const line = this.#line;
    line.pid = line.timeStart = -1;
    line.time = NaN;
    line.start = line.body = start;
    line.end = end > start && b[end - 1] === 13 ? end - 1 : end;
    this.#kinds[L.KIND_SUMMARY]++;
    this.#sink.event('summary', b, line, this.#lineNumber);
  }
}

/** With a line feed behind, which the lexer may look at. */
function lineCopy(b: Uint8Array, line: Line): Uint8Array {
  const copy = Buffer.alloc(line.end - line.start + 1);
  copy.set(b.subarray(line.start, line.end));
  copy[copy.length - 1] = NEWLINE;
  return copy;
}

/** Differences, and times of day. */
const isRelative = (b: Uint8Array, line: Line): boolean => line.timeRelative || b[line.timeStart + 2] === 58;

/** `nanosleep({...},  <unfinished ...>) = ?`: strace gave up on the arguments that it prints at the end. */
function dropGivenUp(b: Uint8Array, line: Line): void {
  if (b[line.argsEnd - 1] === 62 && endsWith(b, line.argsStart, line.argsEnd, GIVEN_UP)) line.argsEnd -= GIVEN_UP.length;
}
