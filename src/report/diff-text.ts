/** Two logs side by side, for the terminal, as JSON and as TSV. */
import pc from 'picocolors';
import { PHASES } from '../analysis/phases/model.js';
import { jsonPath, safeJson, shown, shownText } from '../analysis/text.js';
import { tsvRow } from '../export/tsv-row.js';
import { renderColumns, type Column } from './columns.js';
import { terminalWidth, wrapLines } from './prose.js';
import { bytes, count, duration } from './units.js';
import type { DiffResult, Pair } from '../analysis/diff.js';

export function diffJson(result: DiffResult): string {
  const rows = (files: DiffResult['onlyIn']['a']): object[] => files.map((file) => ({ ...file, path: jsonPath(file.path) }));
  return safeJson({
    ...result,
    onlyIn: { a: rows(result.onlyIn.a), b: rows(result.onlyIn.b) },
    changed: result.changed.map(({ path, a, b }) => ({ path: jsonPath(path), a: { ...a, path: undefined }, b: { ...b, path: undefined } })),
  }) + '\n';
}

export function diffTsv(result: DiffResult): string {
  const head = tsvRow(['syscall', 'calls_a', 'calls_b', 'calls_difference', 'errors_a', 'errors_b', 'seconds_a', 'seconds_b']);
  const exact = (seconds: number): number => Number(seconds.toFixed(9));
  return head + result.syscalls.map(({ name, a, b }) => tsvRow([name, a.calls, b.calls, b.calls - a.calls, a.errors, b.errors, exact(a.seconds), exact(b.seconds)])).join('');
}

const signed = (n: number): string => (n === 0 ? '=' : n > 0 ? pc.red(`+${count(n)}`) : pc.green(`-${count(-n)}`));
const time = (seconds: number | null): string => (seconds === null ? '-' : seconds === 0 ? '0' : duration(seconds * 1e9));

export function diffText(result: DiffResult, top: number): string {
  const some = <T>(rows: readonly T[]): readonly T[] => (top === 0 ? rows : rows.slice(0, top));
  const more = (all: number): string => (top === 0 || all <= top ? '' : pc.dim(`\n${count(all - top)} more (--top 0 shows all)`));
  const parts = [`A ${shownText(result.logs.a)}\nB ${shownText(result.logs.b)}`, totals(result), phases(result)];
  const different = result.syscalls.filter(({ a, b }) => a.calls !== b.calls);
  if (different.length === 0) parts.push('The same number of calls of every kind.');
  else parts.push(`${pc.bold('Syscalls')}\n${differences(some(different).map(({ name, a, b }) => [name, { a: a.calls, b: b.calls }]))}${more(different.length)}`);
  for (const side of ['a', 'b'] as const) {
    const files = result.onlyIn[side];
    if (files.length === 0) continue;
    const rows = some(files).map((file) => [count(file.calls), count(file.opens), count(file.misses), shown(file.path)]);
    const columns: Column[] = [{ head: 'calls', right: true }, { head: 'opens', right: true }, { head: 'misses', right: true }, { head: 'path', flexible: true }];
    parts.push(`${pc.bold(`Only in ${side.toUpperCase()}`)}: ${count(files.length)} paths\n${renderColumns(columns, rows, terminalWidth())}${more(files.length)}`);
  }
  const changed = result.changed.filter(({ a, b }) => a.calls !== b.calls);
  if (changed.length > 0) {
    const rows = some(changed).map(({ path, a, b }) => [count(a.calls), count(b.calls), signed(b.calls - a.calls), shown(path)]);
    const columns: Column[] = [{ head: 'A', right: true }, { head: 'B', right: true }, { head: 'difference', right: true }, { head: 'path', flexible: true }];
    parts.push(`${pc.bold('In both, with another number of calls')}: ${count(changed.length)} paths\n${renderColumns(columns, rows, terminalWidth())}${more(changed.length)}`);
  }
  return wrapLines(parts.join('\n\n') + '\n');
}

function differences(rows: readonly (readonly [string, Pair<number>])[]): string {
  const columns: Column[] = [{ head: '', wraps: 'words' }, { head: 'A', right: true }, { head: 'B', right: true }, { head: 'difference', right: true }];
  return renderColumns(columns, rows.map(([name, { a, b }]) => [name, count(a), count(b), signed(b - a)]), terminalWidth());
}

function totals({ totals: t, wallSeconds }: DiffResult): string {
  const columns: Column[] = [{ head: '', wraps: 'words' }, { head: 'A', right: true }, { head: 'B', right: true }, { head: 'difference', right: true }];
  const numbers: [string, Pair<number>][] = [
    ['calls', t.calls], ['errors', t.errors], ['calls about files', t.fileCalls], ['paths', t.paths], ['lookups', t.lookups], ['misses', t.misses],
    ['searches', t.searches], ['programs', t.programs],
  ];
  const rows = numbers.map(([name, { a, b }]) => [name, count(a), count(b), signed(b - a)]);
  rows.push(['bytes read', bytes(t.bytesRead.a), bytes(t.bytesRead.b), '']);
  rows.push(['time in calls (strace)', time(t.seconds.a), time(t.seconds.b), '']);
  rows.push(['elapsed (strace)', time(wallSeconds.a), time(wallSeconds.b), '']);
  return renderColumns(columns, rows, terminalWidth());
}

function phases(result: DiffResult): string {
  const columns: Column[] = [
    { head: 'phase', wraps: 'words' }, { head: 'calls A', right: true }, { head: 'B', right: true }, { head: 'misses A', right: true, rank: 0 }, { head: 'B', right: true, rank: 1 },
    { head: 'elapsed A', right: true }, { head: 'B', right: true },
  ];
  const rows = result.phases.map((p) => [
    PHASES[p.phase], count(p.calls.a), count(p.calls.b), count(p.misses.a), count(p.misses.b), time(p.wallSeconds.a), time(p.wallSeconds.b),
  ]);
  return renderColumns(columns, rows, terminalWidth());
}
