/** The strace -c table: as text, JSON, TSV and bars. The columns are those of strace's count.c. */
import { renderColumns, type Column } from './columns.js';
import { terminalWidth, wrapLines } from './prose.js';
import type { CountRow, Counts } from '../../replay/strace/counts.js';

export const SORTS = ['time', 'calls', 'errors', 'usecs', 'name', 'none'] as const;
export type Sort = (typeof SORTS)[number];

export interface SummaryRow extends CountRow {
  readonly usecsPerCall: number | null;
  /** Of the time of all calls. */
  readonly percent: number | null;
}

export interface Summary {
  readonly calls: number;
  readonly errors: number;
  /** null when the log has no durations. */
  readonly seconds: number | null;
  readonly rows: readonly SummaryRow[];
  /** Calls that never returned, by name. */
  readonly unfinished: readonly { readonly name: string; readonly calls: number }[];
  readonly durations: readonly number[];
  readonly source: Counts['source'];
}

/** `sort` null: by time, or by calls where there is no time. */
export function summarise(counts: Counts, sort: Sort | null): Summary {
  const total = (of: (row: CountRow) => number): number => counts.rows.reduce((sum, row) => sum + of(row), 0);
  const timed = counts.rows.some(({ seconds }) => seconds !== null);
  // Whole nanoseconds add up exactly in a double; seconds do not.
  const seconds = timed ? total((row) => Math.round((row.seconds ?? 0) * 1e9)) / 1e9 : null;
  const rows = counts.rows.map((row): SummaryRow => ({
    ...row,
    usecsPerCall: row.seconds === null ? null : Math.floor(Math.round(row.seconds * 1e9) / row.calls / 1e3),
    percent: row.seconds === null || seconds === null ? null : seconds > 0 ? (100 * row.seconds) / seconds : 0,
  }));
  return {
    calls: total((row) => row.calls),
    errors: total((row) => row.errors),
    seconds,
    rows: sorted(rows, sort ?? (timed ? 'time' : 'calls')),
    unfinished: [...counts.unfinished].map(([name, calls]) => ({ name, calls })).sort((x, y) => y.calls - x.calls),
    durations: counts.durations,
    source: counts.source,
  };
}

function sorted(rows: SummaryRow[], sort: Sort): SummaryRow[] {
  const by = (of: (row: SummaryRow) => number): SummaryRow[] => rows.toSorted((x, y) => of(y) - of(x) || compare(x.name, y.name));
  switch (sort) {
    case 'time': return by((row) => row.seconds ?? 0);
    case 'calls': return by((row) => row.calls);
    case 'errors': return by((row) => row.errors);
    case 'usecs': return by((row) => (row.seconds ?? 0) / row.calls);
    case 'name': return rows.toSorted((x, y) => compare(x.name, y.name));
    case 'none': return rows;
  }
}

const compare = (x: string, y: string): number => (x < y ? -1 : x > y ? 1 : 0);

export function summaryJson(summary: Summary): string {
  const { calls, errors, seconds, rows, unfinished, source } = summary;
  const syscalls = rows.map((row) => ({
    name: row.name, calls: row.calls, errors: row.errors, seconds: row.seconds, usecsPerCall: row.usecsPerCall, percent: row.percent,
  }));
  return `${JSON.stringify({ calls, errors, seconds, syscalls, unfinished, source })}\n`;
}

export function summaryTsv(summary: Summary, by: 'syscall' | 'pid'): string {
  const lines = [[by, 'calls', 'errors', 'seconds', 'usecs_per_call', 'percent', 'shortest', 'longest']];
  for (const row of summary.rows) {
    const times = [row.seconds, row.usecsPerCall, row.percent, row.min, row.max].map((value) => (value === null ? '' : plain(value)));
    lines.push([row.name, String(row.calls), String(row.errors), ...times]);
  }
  return lines.map((cells) => `${cells.join('\t')}\n`).join('');
}

/** Without exponent, which spreadsheets may take for text. */
const plain = (value: number): string => (Number.isInteger(value) ? String(value) : value.toFixed(9).replace(/0+$/, ''));

const OWN_COLUMNS = 51;

/** strace's own table, column for column, where the terminal has room for it. */
export function summaryText(summary: Summary, by: 'syscall' | 'pid', columns = terminalWidth()): string {
  const { rows } = summary;
  const width = Math.max(18, ...rows.map(({ name }) => name.length));
  if (OWN_COLUMNS + width > columns) return narrowTable(summary, by, columns) + wrapLines(unfinishedText(summary), columns);
  const line = (percent: string, seconds: string, usecs: string, calls: string, errors: string, name: string): string =>
    `${percent.padStart(6)} ${seconds.padStart(11)} ${usecs.padStart(11)} ${calls.padStart(9)} ${errors.padStart(9)} ${name}\n`;
  const rule = line('-'.repeat(6), '-'.repeat(11), '-'.repeat(11), '-'.repeat(9), '-'.repeat(9), '-'.repeat(width));
  const cells = (row: Pick<SummaryRow, 'percent' | 'seconds' | 'usecsPerCall' | 'calls' | 'errors'>, name: string): string =>
    line(row.percent?.toFixed(2) ?? '', row.seconds?.toFixed(6) ?? '', row.usecsPerCall?.toString() ?? '', String(row.calls), row.errors > 0 ? String(row.errors) : '', name);
  const total = {
    calls: summary.calls,
    errors: summary.errors,
    seconds: summary.seconds,
    percent: summary.seconds === null ? null : 100,
    usecsPerCall: summary.seconds === null || summary.calls === 0 ? null : Math.floor((summary.seconds * 1e6) / summary.calls),
  };
  const body = rows.map((row) => cells(row, row.name)).join('');
  return line('% time', 'seconds', 'usecs/call', 'calls', 'errors', by) + rule + body + rule + cells(total, 'total') + wrapLines(unfinishedText(summary), columns);
}

function narrowTable({ rows, calls, errors, seconds }: Summary, by: 'syscall' | 'pid', width: number): string {
  const columns: Column[] = [
    { head: '% time', right: true, rank: 1 }, { head: 'seconds', right: true, rank: 3 }, { head: 'usecs/call', right: true, rank: 0 }, { head: 'calls', right: true },
    { head: 'errors', right: true, rank: 2 }, { head: by, flexible: true },
  ];
  const cells = rows.map((row) => [
    row.percent?.toFixed(2) ?? '', row.seconds?.toFixed(6) ?? '', row.usecsPerCall?.toString() ?? '', String(row.calls), row.errors > 0 ? String(row.errors) : '', row.name,
  ]);
  const total = ['', seconds?.toFixed(6) ?? '', '', String(calls), String(errors), 'total'];
  return `${renderColumns(columns, [...cells, total], width)}\n`;
}

function unfinishedText({ unfinished }: Summary): string {
  if (unfinished.length === 0) return '';
  const names = unfinished.map(({ name, calls }) => `${name} ${calls}`).join(', ');
  return `never returned: ${names}\n`;
}

const EIGHTHS = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A bar per row, and a bar per power of two of duration. */
export function summaryHistogram(summary: Summary, columns: number): string {
  const calls = summary.rows.map(({ name, calls: count }) => ({ label: name, count })).sort((x, y) => y.count - x.count);
  const text = bars('calls', calls, columns);
  const first = summary.durations.findIndex((count) => count > 0);
  if (first < 0) return text;
  const last = summary.durations.findLastIndex((count) => count > 0);
  const durations = summary.durations.slice(first, last + 1).map((count, i) => ({ label: `< ${inUnits(2 ** (first + i))}`, count }));
  return `${text}\n${bars('duration', durations, columns)}`;
}

function bars(title: string, rows: readonly { readonly label: string; readonly count: number }[], columns: number): string {
  const labels = Math.max(title.length, ...rows.map(({ label }) => label.length));
  const most = Math.max(1, ...rows.map(({ count }) => count));
  const numbers = Math.max(5, String(most).length);
  const room = Math.max(4, columns - labels - numbers - 4);
  const lines = rows.map(({ label, count }) => {
    const eighths = Math.round((count / most) * room * 8);
    const bar = '█'.repeat(eighths >> 3) + EIGHTHS[eighths & 7];
    return `${label.padEnd(labels)}  ${String(count).padStart(numbers)}  ${bar || (count > 0 ? '▏' : '')}`.trimEnd();
  });
  return `${title.padEnd(labels)}  ${'calls'.padStart(numbers)}\n${lines.join('\n')}\n`;
}

function inUnits(ns: number): string {
  if (ns < 1e3) return `${ns} ns`;
  if (ns < 1e6) return `${(ns / 1e3).toPrecision(3)} us`;
  if (ns < 1e9) return `${(ns / 1e6).toPrecision(3)} ms`;
  return `${(ns / 1e9).toPrecision(3)} s`;
}
