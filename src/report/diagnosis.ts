/** The doctor's findings, as text. */
import pc from 'picocolors';
import type { Diagnosis } from '../doctor/checks.js';
import type { Finding } from '../doctor/finding.js';

const MARKS: Readonly<Record<Finding['status'], string>> = { ok: pc.green('ok  '), warn: pc.yellow('warn'), fail: pc.red('fail') };

/** One line per finding, the remedy below it; ends with one sentence. */
export function diagnosisText({ ok, findings }: Diagnosis): string {
  const width = Math.max(...findings.map(({ name }) => name.length));
  const lines = findings.flatMap(({ name, status, found, remedy }) => [
    `${MARKS[status]}  ${name.padEnd(width)}  ${found}`,
    ...(remedy === null ? [] : [`${' '.repeat(width + 8)}${remedy}`]),
  ]);
  const verdict = ok ? 'Serial and ring replay work on this host.' : 'Not everything works on this host; what failed is above.';
  return [...lines, '', pc.bold(verdict), ''].join('\n');
}
