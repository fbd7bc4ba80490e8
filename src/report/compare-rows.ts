/** What the tables of a comparison say, whatever they look like: a pure function of it. */
import type { ArmCell, ResultsComparison } from '../../bench/result/compare-results.js';
import type { Estimate } from '../../bench/result/result.js';
import { count, durationWithInterval, ratioWithInterval } from './units.js';

export const ARM_HEAD = ['arm', 'result', 'wall per replay', 'CPU per replay', 'diverged', 'speed-up in its result', 'verdict'] as const;

/** The name of each result in tables: A, B, ... Z, 27, ... */
export function labelOf(index: number): string {
  return index < 26 ? String.fromCharCode(65 + index) : String(index + 1);
}

/** One row per arm and result, in the order of ARM_HEAD and then `A / this`. */
export function armRows({ arms, unit }: ResultsComparison): string[][] {
  const figure = (value: Estimate): string => (unit === 'ns' ? durationWithInterval(value) : count(Math.round(value.median)));
  return arms.flatMap(({ id, cells }) =>
    cells.map((cell, i) => [id, labelOf(i), ...(cell === null ? ['no such arm', '', '', '', '', ''] : cellTexts(cell, i, figure))]),
  );
}

function cellTexts({ wallNs, cpuNs, divergences, speedup, verdict, toFirst }: ArmCell, index: number, figure: (value: Estimate) => string): string[] {
  const first = toFirst === null ? (index === 0 ? '' : '-') : ratioWithInterval(toFirst);
  return [figure(wallNs), figure(cpuNs), count(divergences), speedup === null ? 'baseline' : ratioWithInterval(speedup), verdict ?? '', first];
}

export const TO_FIRST_HEAD = 'times as fast as in A';

/** One row per result: label, file, host, conditions. */
export function resultRows({ results }: ResultsComparison): string[][] {
  return results.map((facts, i) => [
    labelOf(i), facts.name, facts.kernel, facts.distribution, `${facts.cpu}, ${facts.cpus} CPUs`, facts.fileSystem, facts.cache,
    count(facts.rounds), facts.date.slice(0, 16).replace('T', ' '),
  ]);
}

export const RESULT_HEAD = ['', 'result', 'kernel', 'distribution', 'CPU', 'file system', 'cache', 'rounds', 'date (UTC)'] as const;

/** One row per setting that differs: its name, then its value in each result. */
export function differenceRows({ differences }: ResultsComparison): string[][] {
  return differences.map(({ setting, values }) => [setting, ...values.map((value) => value ?? '-')]);
}
