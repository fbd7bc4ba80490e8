/** A comparison of results as Markdown tables. */
import type { ResultsComparison } from '../../bench/result/compare-results.js';
import { ARM_HEAD, armRows, differenceRows, labelOf, RESULT_HEAD, resultRows, TO_FIRST_HEAD } from './compare-rows.js';
import { count } from './units.js';

export function compareMarkdown(comparison: ResultsComparison): string {
  const { trace, results } = comparison;
  const differences = differenceRows(comparison);
  const parts = [
    `${count(trace.replayed)} of ${count(trace.calls)} calls of the log with sha256 \`${trace.digest.slice(0, 12)}\`, replayed alike in each result.`,
    tableOf(RESULT_HEAD, resultRows(comparison)),
    tableOf([...ARM_HEAD, TO_FIRST_HEAD], armRows(comparison)),
    differences.length === 0 ? 'No setting differs.' : tableOf(['differs', ...results.map((_, i) => labelOf(i))], differences),
    results.map(({ verdict }, i) => `- **${labelOf(i)}**: ${escaped(verdict)}`).join('\n'),
  ];
  return parts.join('\n\n') + '\n';
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escaped).join(' | ')} |`;
  return [line(head), `|${head.map(() => ' --- |').join('')}`, ...rows.map(line)].join('\n');
}

/** Names of files and hosts are anything: nothing in them may end a cell or become markup. */
function escaped(text: string): string {
  return text.replace(/[\\`*_[\]<>|~]/g, '\\$&').replace(/\s+/g, ' ');
}
