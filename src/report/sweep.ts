/** A sweep as curves: one table per series, a row per value, a bar as long as the median is large. */
import type { ArmResult, ResultDocument } from '../../bench/result/result.js';
import { renderColumns, type Column } from './columns.js';
import { terminalWidth } from './prose.js';
import { count, durationWithInterval, ratioWithInterval } from './units.js';

const BAR_CELLS = 30;

export function sweepTables({ sweep, arms, comparisons }: ResultDocument): string[] {
  if (sweep === null) return [];
  // With a warm and a cold cache each arm is two, told apart by the end of their ids.
  const endings = [...new Set(arms.flatMap(({ id }) => (id.includes('@') ? [id.slice(id.indexOf('@'))] : [''])))];
  return sweep.curves.flatMap(({ series, points }) => endings.flatMap((ending) => {
    const measured = points.flatMap(({ value, arm }) => {
      const found = arms.find(({ id }) => id === arm + ending);
      return found === undefined ? [] : [{ value, arm: found }];
    });
    if (measured.length === 0) return [];
    const most = Math.max(...measured.map(({ arm }) => arm.wallNs.high));
    const rows = measured.map(({ value, arm }) => {
      const comparison = comparisons.find((one) => one.arm === arm.id);
      return [value === 0 ? 'all' : count(value), durationWithInterval(arm.wallNs), comparison === undefined ? '' : ratioWithInterval(comparison.speedup), bar(arm, most)];
    });
    const columns: Column[] = [{ head: sweep.parameter, right: true }, { head: 'wall per replay' }, { head: 'speed-up' }, { head: `${series}${ending}: wall, - its interval`, rank: 0 }];
    return [renderColumns(columns, rows, terminalWidth())];
  }));
}

/** `######--` up to the interval's end. */
function bar({ wallNs }: ArmResult, most: number): string {
  const cells = (ns: number): number => Math.max(1, Math.round((BAR_CELLS * ns) / most));
  const [low, high] = [cells(wallNs.low), cells(wallNs.high)];
  return '#'.repeat(low) + '-'.repeat(high - low);
}
