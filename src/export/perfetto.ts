/**
 * A log in the Trace Event Format (JSON), which Perfetto, speedscope and chrome://tracing open: one slice per call,
 * grouped by process and thread, errors marked, calls that never returned left open. Written as the log is read.
 *
 * Format: "Trace Event Format" of the Chromium project: X = complete slice, B = begun, i = instant, M = name. Times
 * are microseconds.
 */
import { UringReplayError } from '../../replay/errors.js';
import { isDigit, latin1 } from '../../replay/strace/bytes.js';
import { END_RESULT } from '../../replay/strace/line.js';
import { NameTable } from '../../replay/strace/names.js';
import { Literal, Out } from '../../replay/strace/out.js';
import { decodeArgs } from '../../replay/strace/values.js';
import { baseName } from '../analysis/names.js';
import { SHAPES } from '../analysis/shapes.js';
import { jsonPath, safeJson } from '../analysis/text.js';
import { flagsWith, hasFlag, pathOf } from '../analysis/values.js';
import type { EventKind, Sink } from '../../replay/strace/join.js';
import type { Line } from '../../replay/strace/line.js';

const HEAD = new Literal('{"displayTimeUnit":"ns","traceEvents":[\n');
const TS = new Literal('","ts":');
const DUR = new Literal(',"dur":');
const PID = new Literal(',"pid":');
const TID = new Literal(',"tid":');
const LINE = new Literal(',"args":{"line":');
const TEXT = new Literal(',"arguments":"');
const RESULT = new Literal('","result":"');
const ERRNO = new Literal('","errno":"');
const ERROR_END = new Literal('"},"cname":"terrible"},\n');
const END = new Literal('"}},\n');
const INSTANT = new Literal('{"ph":"i","s":"t","cat":"event","name":"');

const FLUSH_BYTES = 1 << 17;
/** A byte of a log becomes six at most (\u00ff). */
const GROWTH = 6;
const FIXED = 512;
/** Programs named for one process; a shell may run thousands in turn. */
const PROGRAMS_MAX = 8;
/** Bytes held back of a process of which it is not known yet whether it is a thread. */
const HELD_MAX = 1 << 16;
/** For logs without pids; 0 would be the kernel's idle task. */
const NO_PID = 1;

interface Task {
  /** The process it is a thread of. */
  group: number;
  programs: string[];
  /** Slices written before it was known who started it. */
  held: Buffer[] | null;
  heldBytes: number;
}

export class PerfettoWriter implements Sink {
  readonly wantsTime = true;
  readonly #write: (bytes: Uint8Array) => boolean;
  readonly #out = new Out();
  readonly #names = new NameTable();
  /** By name id: the beginning of a slice. */
  readonly #heads: Literal[] = [];
  readonly #tasks = new Map<number, Task>();
  /** Those that have ended; a pid that comes again adds its programs to those before. */
  readonly #ended = new Map<number, { group: number; programs: string[] }>();
  #open = true;
  #calls = 0;

  constructor(write: (bytes: Uint8Array) => boolean) {
    this.#write = write;
    this.#out.literal(HEAD);
  }

  /** False once nobody reads the output. */
  get open(): boolean {
    return this.#open;
  }

  get calls(): number {
    return this.#calls;
  }

  began(): number {
    return -1;
  }

  call(b: Uint8Array, line: Line, first: number): void {
    if (line.timeStart < 0) throw noTimes(first);
    const pid = line.pid < 0 ? NO_PID : line.pid;
    const task = this.#taskOf(pid);
    const nameId = this.#names.id(b, line.nameStart, line.nameEnd);
    const mark = this.#out.length;
    this.#slice(b, line, first, nameId, task.group, pid);
    this.#calls++;
    if (task.held !== null) this.#hold(task, mark);
    if (line.ending === END_RESULT && line.errnoEnd === line.errnoStart) this.#follow(b, line, nameId, pid, task);
    if (this.#out.length >= FLUSH_BYTES) this.#flush();
  }

  #slice(b: Uint8Array, line: Line, first: number, nameId: number, group: number, tid: number): void {
    const out = this.#out;
    out.reserve((line.end - line.start) * GROWTH + FIXED);
    out.literal(this.#headOf(nameId));
    const returned = line.ending === END_RESULT;
    out.byte(returned ? 88 : 66); // X, B
    out.literal(TS);
    this.#microseconds(b, line);
    if (returned) {
      out.literal(DUR);
      if (line.durationStart < 0) out.byte(48);
      else this.#scaled(b, line.durationStart, line.durationEnd);
    }
    out.literal(PID);
    out.integer(group);
    out.literal(TID);
    out.integer(tid);
    out.literal(LINE);
    out.integer(first);
    out.literal(TEXT);
    this.#text(b, line.argsStart, line.argsEnd);
    out.literal(RESULT);
    if (!returned) this.#out.ascii('did not return');
    else this.#text(b, line.retStart, line.retEnd);
    if (line.errnoEnd > line.errnoStart && returned) {
      out.literal(ERRNO);
      out.copy(b, line.errnoStart, line.errnoEnd);
      out.literal(ERROR_END);
    } else out.literal(END);
  }

  #headOf(nameId: number): Literal {
    // Ids are given out in order, and each is asked for here at once.
    if (nameId === this.#heads.length) {
      const name = this.#names.names[nameId];
      this.#heads.push(new Literal(`{"name":"${name}","cat":"${SHAPES.has(name) ? 'file' : 'other'}","ph":"`));
    }
    return this.#heads[nameId];
  }

  /** Entry time: the digits of -ttt as they are, without the point; every other clock by way of a number. */
  #microseconds(b: Uint8Array, line: Line): void {
    const point = line.timeEnd - 7;
    if (!line.timeRelative && b[point] === 46 && b[line.timeStart + 2] !== 58 && point > line.timeStart) {
      this.#out.copy(b, line.timeStart, point);
      this.#out.copy(b, point + 1, line.timeEnd);
    } else this.#out.ascii(String(Math.round(line.time * 1e9) / 1e3));
  }

  /** `0.000012` seconds -> `12` microseconds. */
  #scaled(b: Uint8Array, start: number, end: number): void {
    let i = start;
    let whole = 0;
    while (i < end && isDigit(b[i])) whole = whole * 10 + b[i++] - 48;
    i++;
    let fraction = 0;
    let digits = 0;
    for (; i < end; i++, digits++) fraction = fraction * 10 + b[i] - 48;
    if (digits === 6) this.#out.integer(whole * 1e6 + fraction);
    else this.#out.ascii(String(whole * 1e6 + Math.round(fraction * 10 ** (9 - digits)) / 1e3));
  }

  /** Bytes as the inside of a JSON string; what is not ASCII as \u00XX. */
  #text(b: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    const to = out.bytes;
    let at = out.length;
    for (let i = start; i < end; i++) {
      const c = b[i];
      if (c >= 32 && c < 127 && c !== 34 && c !== 92) to[at++] = c;
      else {
        out.length = at;
        if (c < 128) out.stringByte(c);
        else out.ascii(`\\u00${c.toString(16)}`);
        at = out.length;
      }
    }
    out.length = at;
  }

  event(kind: EventKind, b: Uint8Array, line: Line): void {
    if (kind !== 'signal' && kind !== 'exit' && kind !== 'killed') return;
    const pid = line.pid < 0 ? NO_PID : line.pid;
    const task = this.#tasks.get(pid);
    if (task === undefined) return;
    if (line.timeStart >= 0) {
      const out = this.#out;
      out.reserve((line.end - line.start) * GROWTH + FIXED);
      const mark = out.length;
      out.literal(INSTANT);
      this.#text(b, line.body + 4, line.end - 4);
      out.literal(TS);
      this.#microseconds(b, line);
      out.literal(PID);
      out.integer(task.group);
      out.literal(TID);
      out.integer(pid);
      out.ascii('},\n');
      if (task.held !== null) this.#hold(task, mark);
    }
    if (kind !== 'signal') this.#end(pid, task);
  }

  unrecognised(): void {
    // `check` lists them.
  }

  #taskOf(pid: number): Task {
    let task = this.#tasks.get(pid);
    if (task === undefined) {
      // The first of a log started it; any other will be named by the call that made it, which may return later.
      task = { group: pid, programs: [], held: this.#tasks.size === 0 ? null : [], heldBytes: 0 };
      this.#tasks.set(pid, task);
    }
    return task;
  }

  /** Takes what was written since `mark` back until it is known to which process it belongs. */
  #hold(task: Task, mark: number): void {
    const out = this.#out;
    const bytes = Buffer.from(out.bytes.subarray(mark, out.length));
    out.length = mark;
    task.held!.push(bytes);
    task.heldBytes += bytes.length;
    if (task.heldBytes > HELD_MAX) this.#release(task);
  }

  #release(task: Task): void {
    const { held, group } = task;
    if (held === null) return;
    task.held = null;
    for (const bytes of held) {
      // The pid was written before the group was known; it is the only `,"pid":N,"tid":` of its line.
      const text = bytes.toString('latin1').replace(/,"pid":\d+,"tid":/, `,"pid":${group},"tid":`);
      this.#out.reserve(text.length);
      this.#out.ascii(text);
    }
  }

  /** What a call that succeeded says about processes. */
  #follow(b: Uint8Array, line: Line, nameId: number, pid: number, task: Task): void {
    const name = this.#names.names[nameId];
    if (name === 'execve' || name === 'execveat') {
      const path = pathOf(decodeArgs(b, line.argsStart, line.argsEnd).values[name === 'execve' ? 0 : 1]);
      const owner = this.#tasks.get(task.group) ?? task;
      if (path !== null && owner.programs.length < PROGRAMS_MAX) owner.programs.push(baseName(path));
      return;
    }
    if (name !== 'clone' && name !== 'clone3' && name !== 'fork' && name !== 'vfork') return;
    const child = Number.parseInt(latin1(b, line.retStart, line.retEnd), 10);
    if (!(child > 0) || child === pid) return;
    const flags = flagsWith(decodeArgs(b, line.argsStart, line.argsEnd).values, 'CLONE_');
    const group = hasFlag(flags, 'CLONE_THREAD') ? task.group : child;
    const known = this.#tasks.get(child);
    if (known?.held !== null && known?.held !== undefined) {
      known.group = group;
      this.#inherit(known, task, group === child);
      this.#release(known);
    } else if (known === undefined) {
      const made: Task = { group, programs: [], held: null, heldBytes: 0 };
      this.#inherit(made, task, group === child);
      this.#tasks.set(child, made);
    }
  }

  /** A forked process runs its parent's program until it executes another. */
  #inherit(child: Task, parent: Task, isProcess: boolean): void {
    const program = (this.#tasks.get(parent.group) ?? parent).programs.at(-1);
    if (isProcess && program !== undefined) child.programs.unshift(program);
  }

  #end(pid: number, task: Task): void {
    this.#release(task);
    this.#tasks.delete(pid);
    const before = this.#ended.get(pid);
    if (before === undefined) this.#ended.set(pid, { group: task.group, programs: task.programs });
    else for (const program of task.programs) if (before.programs.length < PROGRAMS_MAX && !before.programs.includes(program)) before.programs.push(program);
  }

  #flush(): void {
    if (this.#out.length > 0 && this.#open) this.#open = this.#write(this.#out.drain());
    else this.#out.length = 0;
  }

  /** Names of processes and threads, and the end of the document. */
  finish(): void {
    for (const [pid, task] of this.#tasks) this.#end(pid, task);
    const events = [...this.#ended].flatMap(([pid, { group, programs }], i) => {
      const thread = { ph: 'M', name: 'thread_name', pid: group, tid: pid, args: { name: pid === group ? 'main thread' : `thread ${pid}` } };
      if (pid !== group) return [thread];
      const shownPrograms = programs.map((program) => jsonPath(program)).map((p) => (typeof p === 'string' ? p : `(base64) ${p.bytes}`));
      const name = shownPrograms.length === 0 ? `process ${pid}` : shownPrograms.join(' → ');
      const order = { ph: 'M', name: 'process_sort_index', pid, args: { sort_index: i } };
      return [{ ph: 'M', name: 'process_name', pid, args: { name } }, order, thread];
    });
    const text = Buffer.from(`${events.map((event) => safeJson(event)).join(',\n')}\n]}\n`);
    this.#out.reserve(text.length);
    this.#out.copy(text, 0, text.length);
    this.#flush();
  }
}

function noTimes(line: number): UringReplayError {
  return new UringReplayError('UR_NO_TIMES', `line ${line} of the log has no time: without times there is no timeline`, 'Record with times and durations: strace -f -ttt -T -o LOG COMMAND');
}
