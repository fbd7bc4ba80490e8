/** `compare --html`: results side by side as one page to send to somebody. */
import type { ArmCell, ResultsComparison } from '../../../bench/result/compare-results.js';
import { ARM_HEAD, armRows, differenceRows, labelOf, RESULT_HEAD, resultRows, TO_FIRST_HEAD } from '../compare-rows.js';
import { count, durationWithInterval, ratioWithInterval } from '../units.js';
import { amountChart, ratioChart, type IntervalRow } from './compare-charts.js';
import { harmless } from './harmless.js';
import { page } from './page.js';
import { facts, figure, h, note, paragraph, section, table, verdict, type Section } from './parts.js';
import { VERDICTS } from './result-sections.js';
import type { Estimate, Verdict } from '../../../bench/result/result.js';

/** A pure function of its argument. `version`: of the kit that draws it. */
export function comparePage(given: ResultsComparison, version: string): string {
  const comparison = harmless(given);
  const { trace, results } = comparison;
  const lead = h`<p>${count(trace.replayed)} of ${count(trace.calls)} calls of the log with sha256 ${trace.digest.slice(0, 12)}, replayed alike in ${count(results.length)} results. The others are compared with the first, A.</p>`;
  const sections = [
    verdictSection(comparison), speedupSection(comparison), timeSection(comparison), firstSection(comparison), armSection(comparison),
    differenceSection(comparison), resultSection(comparison),
  ].filter((one) => one !== null);
  const title = `Results side by side: ${results.map(({ name }) => name).join(', ')}`;
  return page(title, lead, sections, `uring-replay ${version}. This file stands alone: it runs no script and asks for nothing.`);
}

function verdictSection({ results, arms }: ResultsComparison): Section {
  const sentences = results.map(({ name, kernel, cpu, fileSystem, cache, verdict: sentence }, i) =>
    h`<h3>${labelOf(i)}: ${name}</h3><p class="note">Linux ${kernel}, ${cpu}, ${fileSystem}, ${cache === 'both' ? 'warm and cold' : cache} cache</p>${verdict(sentence, overall(arms, i))}`,
  );
  const compared = arms.filter(({ cells }) => cells.some((cell) => cell?.verdict != null));
  const rows = compared.map(({ id, cells }) => [
    id,
    ...cells.map((cell) => (cell?.verdict == null ? '-' : h`<span class="${cell.verdict}">${VERDICTS[cell.verdict]}</span>`)),
  ]);
  const columns = [{ head: 'arm' }, ...results.map(({ name }, i) => ({ head: `${labelOf(i)}: ${name}` }))];
  return section('verdicts', 'Verdicts', ...sentences, ...(rows.length === 0 ? [] : [table('Verdict on each arm in each result', columns, rows)]));
}

/** That of the best arm of a result. */
function overall(arms: ResultsComparison['arms'], result: number): Verdict {
  const cells = arms.flatMap(({ cells: all }) => all[result] ?? []).filter((cell) => cell.speedup !== null && cell.verdict !== null);
  if (cells.length === 0) return 'undecided';
  return cells.reduce((a, b) => (b.speedup!.median > a.speedup!.median ? b : a)).verdict!;
}

/** A row for each arm and result that has the figure. */
function rowsOf({ arms }: ResultsComparison, figureOf: (cell: ArmCell) => Estimate | null, text: (value: Estimate) => string, verdictOf: (cell: ArmCell) => Verdict | null): IntervalRow[] {
  return arms.flatMap(({ id, cells }) =>
    cells.flatMap((cell, i): IntervalRow[] => {
      const value = cell === null ? null : figureOf(cell);
      return cell === null || value === null ? [] : [{ arm: id, result: labelOf(i), ...value, verdict: verdictOf(cell), text: text(value) }];
    }),
  );
}

function speedupSection(comparison: ResultsComparison): Section | null {
  const rows = rowsOf(comparison, (cell) => cell.speedup, ratioWithInterval, (cell) => cell.verdict);
  if (rows.length === 0) return section('speed-up', 'Speed-up in each result', paragraph('No result compares arms.'));
  return section(
    'speed-up',
    'Speed-up in each result',
    figure(ratioChart('Speed-up over the baseline of the same result', rows), 'Against the baseline of the same result: medians of paired rounds with 95 % intervals. Right of the line is faster. The figures are in the table below.'),
  );
}

function timeSection(comparison: ResultsComparison): Section {
  const inTime = comparison.unit === 'ns';
  const scale = inTime ? 1e6 : 1;
  const rows = rowsOf(comparison, (cell) => cell.wallNs, (value) => (inTime ? durationWithInterval(value) : count(Math.round(value.median))), () => null);
  const scaled = rows.map((row) => ({ ...row, median: row.median / scale, low: row.low / scale, high: row.high / scale }));
  const what = inTime ? 'Wall time of one replay' : 'Guest instructions of one replay';
  return section(
    'times',
    inTime ? 'Wall time' : 'Guest instructions',
    figure(amountChart(what, inTime ? 'milliseconds per replay' : 'instructions per replay', scaled), `${what} of all calls; medians, the thin lines are 95 % intervals.`),
  );
}

function firstSection(comparison: ResultsComparison): Section | null {
  const rows = rowsOf(comparison, (cell) => cell.toFirst, ratioWithInterval, () => null);
  if (rows.length === 0) return null;
  return section(
    'first',
    'Against the first result',
    figure(ratioChart('Times as fast as the same arm in A', rows), 'Wall time of the arm in A over that in the other result. Right of the line is faster than in A.'),
    note('Times of different runs are no pairs: these intervals are wider than those within one run.'),
  );
}

function armSection(comparison: ResultsComparison): Section {
  const columns = [...ARM_HEAD, TO_FIRST_HEAD].map((head, i) => ({ head, numeric: i >= 2 && i <= 4 }));
  return section('arms', 'All figures', table('Each arm in each result', columns, armRows(comparison)));
}

function differenceSection(comparison: ResultsComparison): Section {
  const rows = differenceRows(comparison);
  if (rows.length === 0) return section('differences', 'What differs', paragraph('No setting of hosts, conditions or arms differs.'));
  const columns = [{ head: 'setting' }, ...comparison.results.map((_, i) => ({ head: labelOf(i), path: true }))];
  return section('differences', 'What differs', table('Settings of hosts, conditions and arms that are not the same in all results', columns, rows));
}

function resultSection(comparison: ResultsComparison): Section {
  const columns = RESULT_HEAD.map((head, i) => ({ head: head === '' ? 'name' : head, numeric: i === 7 }));
  return section(
    'results',
    'The results',
    table('What was compared', columns, resultRows(comparison)),
    facts([['log', `sha256 ${comparison.trace.digest}`], ['program', `sha256 ${comparison.trace.programDigest}`]]),
  );
}
