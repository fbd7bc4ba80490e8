/** Counts calls, errors and time per syscall or process, as strace -c -w does. */
import { isDigit, latin1 } from './bytes.js';
import * as L from './line.js';
import { NameTable } from './names.js';
import { isTableRule, isTableTitle, tableHeader } from './table.js';
import type { EventKind, Sink } from './join.js';
import type { Line } from './line.js';

/** What strace counts: calls that returned. */
export interface CountRow {
  readonly name: string;
  readonly calls: number;
  readonly errors: number;
  /** null when the log has no durations (-T). */
  readonly seconds: number | null;
  readonly min: number | null;
  readonly max: number | null;
}

export interface Counts {
  readonly rows: readonly CountRow[];
  /** Calls that never returned (exit_group, killed, detached, end of the log), which strace does not count. */
  readonly unfinished: ReadonlyMap<string, number>;
  /** Calls by duration: index i counts those of 2^(i-1) to 2^i nanoseconds (0: below one). Empty without durations. */
  readonly durations: readonly number[];
  /** Where the figures come from: the calls of the log, or the -c table that is all it has. */
  readonly source: 'calls' | 'table';
}

/** What a Counter knows, ready to be sent to another thread. */
export interface CounterState {
  readonly names: readonly string[];
  readonly calls: Float64Array;
  readonly errors: Float64Array;
  readonly ns: Float64Array;
  readonly min: Float64Array;
  readonly max: Float64Array;
  readonly durations: Float64Array;
  readonly unfinished: ReadonlyMap<string, number>;
  readonly timed: boolean;
  readonly table: readonly CountRow[];
}

const DURATION_CLASSES = 64;
const SCALE = [1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 100, 10, 1];

export class Counter implements Sink {
  readonly wantsTime = false;
  readonly #byPid: boolean;
  readonly #names = new NameTable();
  readonly #pids = new Map<number, number>();
  #calls = new Float64Array(256);
  #errors = new Float64Array(256);
  #ns = new Float64Array(256);
  #min = new Float64Array(256).fill(Infinity);
  #max = new Float64Array(256);
  readonly #durations = new Float64Array(DURATION_CLASSES);
  readonly #unfinished = new Map<string, number>();
  readonly #table: TableReader = new TableReader();
  #timed = false;

  constructor(by: 'syscall' | 'pid' = 'syscall') {
    this.#byPid = by === 'pid';
  }

  began(): number {
    return 0;
  }

  call(b: Uint8Array, line: Line): void {
    const row = this.#byPid ? this.#pidRow(line.pid) : this.#names.id(b, line.nameStart, line.nameEnd, line.nameHash);
    if (line.ending !== L.END_RESULT || isUnknown(b, line)) {
      const name = latin1(b, line.nameStart, line.nameEnd);
      this.#unfinished.set(name, (this.#unfinished.get(name) ?? 0) + 1);
      return;
    }
    if (row >= this.#calls.length) this.#grow();
    this.#calls[row]++;
    if (line.errnoEnd > line.errnoStart || isFailure(b, line)) this.#errors[row]++;
    if (line.durationStart < 0) return;
    const ns = nanoseconds(b, line.durationStart, line.durationEnd);
    this.#timed = true;
    this.#ns[row] += ns;
    if (ns < this.#min[row]) this.#min[row] = ns;
    if (ns > this.#max[row]) this.#max[row] = ns;
    this.#durations[ns <= 0x7fffffff ? 32 - Math.clz32(ns) : 64 - Math.clz32(Math.floor(ns / 2 ** 32))]++;
  }

  event(kind: EventKind, b: Uint8Array, line: Line): void {
    if (kind === 'summary') this.#table.line(b, line.body, line.end);
  }

  unrecognised(): void {
    // check lists them
  }

  result(): Counts {
    const labels = this.#byPid ? [...this.#pids.keys()].map((pid) => (pid < 0 ? '-' : String(pid))) : this.#names.names;
    const rows = labels
      .map((name, i) => ({
        name,
        calls: this.#calls[i],
        errors: this.#errors[i],
        seconds: this.#timed ? this.#ns[i] / 1e9 : null,
        min: this.#timed ? Math.min(this.#min[i], this.#max[i]) / 1e9 : null,
        max: this.#timed ? this.#max[i] / 1e9 : null,
      }))
      .filter(({ calls }) => calls > 0);
    const durations = this.#timed ? Array.from(this.#durations) : [];
    if (rows.length === 0 && this.#unfinished.size === 0 && this.#table.rows.length > 0) {
      return { rows: this.#table.rows, unfinished: this.#unfinished, durations, source: 'table' };
    }
    return { rows, unfinished: this.#unfinished, durations, source: 'calls' };
  }

  /** Everything counted so far, for another Counter to add. */
  state(): CounterState {
    const names = this.#byPid ? [...this.#pids.keys()].map(String) : this.#names.names;
    const n = names.length;
    return {
      names,
      calls: this.#calls.slice(0, n),
      errors: this.#errors.slice(0, n),
      ns: this.#ns.slice(0, n),
      min: this.#min.slice(0, n),
      max: this.#max.slice(0, n),
      durations: this.#durations,
      unfinished: this.#unfinished,
      timed: this.#timed,
      table: this.#table.rows,
    };
  }

  add(state: CounterState): void {
    state.names.forEach((name, i) => {
      const bytes = Buffer.from(name, 'latin1');
      const row = this.#byPid ? this.#pidRow(Number(name)) : this.#names.id(bytes, 0, bytes.length);
      if (row >= this.#calls.length) this.#grow();
      this.#calls[row] += state.calls[i];
      this.#errors[row] += state.errors[i];
      this.#ns[row] += state.ns[i];
      this.#min[row] = Math.min(this.#min[row], state.min[i]);
      this.#max[row] = Math.max(this.#max[row], state.max[i]);
    });
    state.durations.forEach((count, i) => (this.#durations[i] += count));
    for (const [name, count] of state.unfinished) this.#unfinished.set(name, (this.#unfinished.get(name) ?? 0) + count);
    this.#timed ||= state.timed;
    this.#table.add(state.table);
  }

  /** The rows of the -c table in the log, if any. */
  get table(): readonly CountRow[] {
    return this.#table.rows;
  }

  #pidRow(pid: number): number {
    let row = this.#pids.get(pid);
    if (row === undefined) this.#pids.set(pid, (row = this.#pids.size));
    return row;
  }

  #grow(): void {
    const larger = (from: Float64Array, fill: number): Float64Array<ArrayBuffer> => {
      const to = new Float64Array(from.length * 2).fill(fill);
      to.set(from);
      return to;
    };
    this.#calls = larger(this.#calls, 0);
    this.#errors = larger(this.#errors, 0);
    this.#ns = larger(this.#ns, 0);
    this.#min = larger(this.#min, Infinity);
    this.#max = larger(this.#max, 0);
  }
}

/** `= ?` with nothing behind it. */
function isUnknown(b: Uint8Array, line: Line): boolean {
  return b[line.retStart] === 63 && line.errnoEnd === line.errnoStart && line.tailEnd === line.tailStart;
}

/** `= -1 (errno 38)`: failed with an error that strace has no name for. */
function isFailure(b: Uint8Array, line: Line): boolean {
  return b[line.retStart] === 45 && latin1(b, line.tailStart, Math.min(line.tailEnd, line.tailStart + 8)) === ' (errno ';
}

function nanoseconds(b: Uint8Array, start: number, end: number): number {
  if (end - start === 8 && b[start + 1] === 46) {
    // 0.000012, as nearly all are: seven digits, small integers throughout.
    let us = b[start] - 48;
    for (let i = start + 2; i < end; i++) us = (Math.imul(us, 10) + b[i] - 48) | 0;
    return us * 1000;
  }
  let n = 0;
  let i = start;
  while (i < end && isDigit(b[i])) n = n * 10 + (b[i++] - 48);
  let decimals = 0;
  if (b[i] === 46) {
    decimals = end - i - 1;
    for (i++; i < end; i++) n = n * 10 + (b[i] - 48);
  }
  return decimals <= 9 ? n * SCALE[decimals] : Math.round(n / 10 ** (decimals - 9));
}

/** Collects the rows of the tables of -c and -C; several (one per personality) are added up. */
class TableReader {
  #columns: { readonly title: string; readonly from: number; readonly to: number }[] = [];
  #header: readonly string[] = [];
  #rules = 0;
  readonly #rows = new Map<string, CountRow>();

  get rows(): CountRow[] {
    return [...this.#rows.values()];
  }

  add(rows: readonly CountRow[]): void {
    for (const row of rows) this.#add(row);
  }

  line(b: Uint8Array, start: number, end: number): void {
    if (isTableTitle(b, start, end)) return;
    const header = tableHeader(b, start, end);
    if (header !== null) {
      this.#header = header;
      this.#rules = 0;
    } else if (isTableRule(b, start, end)) {
      if (this.#rules++ === 0) this.#measure(latin1(b, start, end));
    } else if (this.#rules === 1) this.#row(latin1(b, start, end));
  }

  /** The dashes are as wide as their columns, which tells an empty errors cell from a missing one. */
  #measure(rule: string): void {
    let from = 0;
    this.#columns = rule.trimEnd().split(' ').map((dashes, i) => {
      const column = { title: this.#header[i] ?? '', from, to: from + dashes.length };
      from = column.to + 1;
      return column;
    });
  }

  #row(text: string): void {
    const cell = (title: string): string => {
      const at = this.#columns.findIndex((column) => column.title === title);
      if (at < 0) return '';
      const { from, to } = this.#columns[at];
      return text.slice(from, at === this.#columns.length - 1 ? undefined : to).trim();
    };
    const number = (title: string): number | null => (cell(title) === '' ? null : Number(cell(title)));
    const name = cell('syscall');
    if (name === '') return;
    this.#add({
      name,
      calls: number('calls') ?? 0,
      errors: number('errors') ?? 0,
      seconds: number('seconds'),
      min: number('shortest'),
      max: number('longest'),
    });
  }

  #add(row: CountRow): void {
    const before = this.#rows.get(row.name);
    if (before === undefined) {
      this.#rows.set(row.name, row);
      return;
    }
    const sum = (x: number | null, y: number | null): number | null => (x === null && y === null ? null : (x ?? 0) + (y ?? 0));
    this.#rows.set(row.name, {
      name: row.name,
      calls: before.calls + row.calls,
      errors: before.errors + row.errors,
      seconds: sum(before.seconds, row.seconds),
      min: before.min === null || row.min === null ? null : Math.min(before.min, row.min),
      max: before.max === null || row.max === null ? null : Math.max(before.max, row.max),
    });
  }
}
