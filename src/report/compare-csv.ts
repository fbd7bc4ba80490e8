/** A comparison of results as comma separated values (RFC 4180): one line per arm and result, plain numbers. */
import type { ArmCell, ResultFacts, ResultsComparison } from '../../bench/result/compare-results.js';
import type { Estimate } from '../../bench/result/result.js';

const FACTS = ['name', 'date', 'version', 'kernel', 'distribution', 'cpu', 'cpus', 'fileSystem', 'cache', 'rounds'] as const satisfies (keyof ResultFacts)[];
const ESTIMATES = ['wallNs', 'cpuNs', 'speedup', 'toFirst'] as const satisfies (keyof ArmCell)[];

export function compareCsv({ results, arms, unit }: ResultsComparison): string {
  const head = ['arm', ...FACTS, 'unit', ...ESTIMATES.flatMap((name) => [name, `${name}Low`, `${name}High`]), 'verdict', 'divergences'];
  const rows = arms.flatMap(({ id, cells }) =>
    cells.flatMap((cell, i) => (cell === null ? [] : [[id, ...FACTS.map((fact) => results[i][fact]), unit, ...figures(cell)]])),
  );
  return [head, ...rows].map((row) => row.map(field).join(',') + '\r\n').join('');
}

function figures(cell: ArmCell): (string | number)[] {
  const three = (value: Estimate | null): (string | number)[] => (value === null ? ['', '', ''] : [value.median, value.low, value.high]);
  return [...ESTIMATES.flatMap((name) => three(cell[name])), cell.verdict ?? '', cell.divergences];
}

function field(value: string | number): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
