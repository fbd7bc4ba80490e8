/** A comparison of results for the terminal. */
import pc from 'picocolors';
import type { ResultsComparison } from '../../bench/result/compare-results.js';
import { ARM_HEAD, armRows, differenceRows, labelOf, RESULT_HEAD, resultRows, TO_FIRST_HEAD } from './compare-rows.js';
import { plainColumns, renderColumns, type Column } from './columns.js';
import { terminalWidth, wrapLines } from './prose.js';
import { count } from './units.js';

const RESULT_COLUMNS = RESULT_HEAD.map((head, i): Column => (i === RESULT_HEAD.indexOf('rounds') ? { head, right: true } : head === 'result' ? { head, flexible: true } : { head, wraps: 'words' }));

export function compareText(comparison: ResultsComparison): string {
  const { trace, results } = comparison;
  const parts = [
    `${count(trace.replayed)} of ${count(trace.calls)} calls of the log with sha256 ${trace.digest.slice(0, 12)}, replayed alike in each result`,
    renderColumns(RESULT_COLUMNS, resultRows(comparison), terminalWidth()),
    renderColumns(plainColumns([...ARM_HEAD, TO_FIRST_HEAD], [4]), armRows(comparison), terminalWidth()),
  ];
  const differences = differenceRows(comparison);
  parts.push(differences.length === 0 ? 'No setting differs.' : renderColumns(['differs', ...results.map((_, i) => labelOf(i))].map((head): Column => ({ head, wraps: 'words' })), differences, terminalWidth()));
  for (const [i, { verdict }] of results.entries()) parts.push(`${pc.bold(labelOf(i))}: ${verdict}`);
  return wrapLines(parts.join('\n\n') + '\n');
}
