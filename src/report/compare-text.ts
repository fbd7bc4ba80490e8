/** A comparison of results for the terminal. */
import pc from 'picocolors';
import type { ResultsComparison } from '../../bench/result/compare-results.js';
import { ARM_HEAD, armRows, differenceRows, labelOf, RESULT_HEAD, resultRows, TO_FIRST_HEAD } from './compare-rows.js';
import { plainTable } from './table.js';
import { count } from './units.js';

const VALUE_CHARS_MAX = 60;

export function compareText(comparison: ResultsComparison): string {
  const { trace, results } = comparison;
  const parts = [
    `${count(trace.replayed)} of ${count(trace.calls)} calls of the log with sha256 ${trace.digest.slice(0, 12)}, replayed alike in each result`,
    tableText(RESULT_HEAD, resultRows(comparison), [7]),
    tableText([...ARM_HEAD, TO_FIRST_HEAD], armRows(comparison), [4]),
  ];
  const differences = differenceRows(comparison).map((row) => row.map(shortened));
  parts.push(differences.length === 0 ? 'No setting differs.' : tableText(['differs', ...results.map((_, i) => labelOf(i))], differences, []));
  for (const [i, { verdict }] of results.entries()) parts.push(`${pc.bold(labelOf(i))}: ${verdict}`);
  return parts.join('\n\n') + '\n';
}

function tableText(head: readonly string[], rows: readonly (readonly string[])[], numeric: readonly number[]): string {
  const table = plainTable(head, numeric);
  for (const row of rows) table.push([...row]);
  return table.toString();
}

function shortened(value: string): string {
  return value.length <= VALUE_CHARS_MAX ? value : `${value.slice(0, VALUE_CHARS_MAX - 1)}…`;
}
