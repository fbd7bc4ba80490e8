/** What one replay of each arm used besides time, and what it asked of the storage where that was made for the run. */
import type { ArmResult } from '../../bench/result/result.js';
import type { ServedLatency } from '../../bench/conditions/served.js';
import type { Spread } from '../../bench/conditions/summary.js';
import { renderColumns, type Column } from './columns.js';
import { terminalWidth } from './prose.js';
import { bytes, count, duration, tally } from './units.js';

interface UsageColumn extends Column {
  readonly cell: (arm: ArmResult) => string;
}

const ALWAYS: readonly UsageColumn[] = [
  { head: 'arm', cell: ({ id }) => id },
  { head: 'switches, own', right: true, cell: ({ voluntarySwitches }) => mean(voluntarySwitches) },
  { head: 'forced', right: true, cell: ({ involuntarySwitches }) => mean(involuntarySwitches) },
  { head: 'page faults', right: true, cell: ({ minorFaults }) => mean(minorFaults) },
  { head: 'from a device', right: true, cell: ({ majorFaults }) => mean(majorFaults) },
  { head: 'io-wq workers', right: true, cell: ({ workersMax }) => (workersMax === null ? '-' : count(workersMax)) },
];

/** A column that no arm fills is left out. */
const WHERE_KNOWN: readonly UsageColumn[] = [
  { head: 'requests to the file system', wraps: 'list', cell: ({ storage }) => (storage?.requests == null ? '' : tally(storage.requests)) },
  { head: 'device reads', right: true, cell: ({ storage }) => spread(storage?.deviceReads, count) },
  { head: 'bytes read', right: true, cell: ({ storage }) => spread(storage?.deviceBytes, bytes) },
  // Where the storage is as it was, the process's own account says whether a device was read at all.
  { head: 'read from devices', right: true, cell: ({ storage, blocksRead }) => (storage !== null || blocksRead === 0 ? '' : bytes(Math.round(blocksRead * 512))) },
];

export function usageTable(arms: readonly ArmResult[]): string {
  const columns = [...ALWAYS, ...WHERE_KNOWN.filter(({ cell }) => arms.some((arm) => cell(arm) !== ''))];
  return renderColumns(columns, arms.map((arm) => columns.map(({ cell }) => cell(arm))), terminalWidth());
}

/** After how long requests behind a latency were answered, and how many too late. */
export function servedText({ mean, p99, max, late }: ServedLatency): string {
  const parts = [`${duration(mean)} on average`, ...(p99 === undefined ? [] : [`${duration(p99)} for 99 %`]), `${duration(max)} at most`];
  if (late !== undefined) parts.push(`${count(late.count)} of ${count(late.replies)} more than 2 % late`);
  return parts.join(', ');
}

/** Of a pass; small ones with a digit, because one switch in ten passes is not none. */
function mean(value: number): string {
  if (value === 0) return '0';
  return value < 9.95 ? value.toFixed(1) : count(Math.round(value));
}

function spread(value: Spread | null | undefined, text: (n: number) => string): string {
  if (value == null) return '';
  const { median, min, max } = value;
  return min === max ? text(median) : `${text(median)} [${text(min)}, ${text(max)}]`;
}
