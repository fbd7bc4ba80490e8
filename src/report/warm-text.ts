/** `compile` and `warm` for people. */
import type { CheckReport, WarmReport, WarmSkip } from '../../bench/warm/runner.js';
import type { WarmPlan } from '../../replay/warm/compile.js';
import type { WarmRecord } from '../../replay/warm/format.js';
import { LEDGER_REASONS, type LedgerReason } from '../../replay/world/ledger.js';
import { printable } from '../../replay/world/tree/place.js';
import { plainColumns, renderColumns, type Column } from './columns.js';
import { terminalWidth, wrapLines } from './prose.js';
import { bytes, count, duration } from './units.js';

const SKIPS: Readonly<Record<WarmSkip, string>> = {
  special: 'devices, FIFOs, sockets and interfaces of the kernel, which are never opened',
  permission: 'not permitted',
  failed: 'the system answered with another error',
  bytes: 'beyond --max-bytes',
};

const STOPPED: Readonly<Record<NonNullable<NonNullable<WarmReport['stoppedBy']>>, string>> = {
  budget: 'stopped by --budget',
  bytes: 'stopped reading at --max-bytes',
  command: 'stopped because the command had ended',
  failed: 'stopped by a failure',
};

/** What a plan holds, as figures. */
export function planCounts({ records, calls, skipped, own, unfit, bytes: plan }: WarmPlan): Readonly<Record<string, unknown>> {
  const number = (test: (record: WarmRecord) => boolean): number => records.filter(test).length;
  return {
    calls,
    paths: records.length,
    absent: number(({ type }) => type === 'absent'),
    files: number(({ open, ranges, execute }) => (open && ranges.length > 0) || execute),
    bytes: records.reduce((sum, record) => sum + bytesOf(record), 0),
    listings: number(({ list }) => list),
    links: number(({ readlink }) => readlink),
    programs: number(({ execute }) => execute),
    planBytes: plan.length,
    skipped: { ...skipped, ...(own.length > 0 && { own: own.length }), ...(unfit.length > 0 && { unfit: unfit.length }) },
  };
}

/** Bytes to be read; of a program unknown until it is there. */
function bytesOf({ ranges, size }: WarmRecord): number {
  const end = size ?? Infinity;
  return ranges.reduce((sum, range) => sum + Math.max(0, Math.min(end, range.offset + range.bytes) - range.offset), 0);
}

export function compiledText(file: string, plan: WarmPlan, runner: string): string {
  const counts = planCounts(plan) as Readonly<Record<string, number>>;
  const lines = [
    `${file}: ${count(counts.paths)} paths (${count(counts.absent)} of them absent), ${count(counts.files)} files to read (${bytes(counts.bytes)}), `
      + `${count(counts.listings)} directories to list; ${bytes(counts.planBytes)}`,
  ];
  for (const [reason, calls] of Object.entries(plan.skipped)) lines.push(`  ${count(calls)} calls left out: ${LEDGER_REASONS[reason as LedgerReason]}`);
  if (plan.own.length > 0) lines.push(`  ${count(plan.own.length)} paths left out: the program had made or written them itself`);
  if (plan.unfit.length > 0) lines.push(`  ${count(plan.unfit.length)} paths left out: longer than a path can be`);
  lines.push('Without Node:', `  ${runner} ${file} -- CMD ARGS...`);
  return `${lines.join('\n')}\n`;
}

export function warmedText(report: WarmReport | null): string {
  if (report === null) return 'The warming ended without a report.\n';
  if (report.error !== null) return ''; // the runner has said it
  if (report.cached) {
    return `Nothing to warm: all ${count(report.sampled)} paths looked at first are in memory (of ${count(report.records ?? 0)}; ${duration(report.wallNs)}).\n`;
  }
  const { records = 0, touched = 0, engine, width = 0, stoppedBy = null, skipped, noRing = null, raced = null } = report;
  const rows = [
    ['names found', count(report.lookups ?? 0)], ['names that are not there', count(report.misses ?? 0)], ['files and directories opened', count(report.files ?? 0)],
    ['bytes read', bytes(report.bytes ?? 0)], ['directories listed', count(report.listings ?? 0)], ['links read', count(report.links ?? 0)],
  ];
  const head = `Warmed ${count(touched)} of ${count(records)} paths in ${duration(report.wallNs)} (${duration(report.cpuNs)} of CPU time), ${engine ?? 'nobody'} ${count(width)} wide`;
  const lines = [`${head}${stoppedBy === null ? '' : `; ${STOPPED[stoppedBy]}`}`, renderColumns(plainColumns(['touched', 'number'], [1]), rows, terminalWidth())];
  for (const [why, number] of Object.entries(skipped ?? {})) if (number > 0) lines.push(`Skipped ${count(number)}: ${SKIPS[why as WarmSkip]}`);
  if (raced !== null) lines.push(`Chosen after ${count(raced.threads)} paths by threads and ${count(raced.ring)} by a ring`);
  if (noRing !== null) lines.push(`No ring: ${noRing}`);
  return wrapLines(`${lines.join('\n')}\n`);
}

export function checkedText(report: CheckReport, records: readonly WarmRecord[]): string {
  if (report.changed.length === 0) return `All ${count(report.records)} paths are as they were recorded.\n`;
  const columns: Column[] = [{ head: 'change' }, { head: 'path', flexible: true }, { head: 'recorded' }, { head: 'now' }];
  const rows = report.changed.map(({ record, what, type, size }) => {
    const was = records[record];
    return [what, printable(was.path), described(was.type, was.size), what === 'unreadable' ? '?' : described(type, type === 'file' ? size : null)];
  });
  return `${renderColumns(columns, rows, terminalWidth())}\n\n${count(report.changed.length)} of ${count(report.records)} paths have changed: record and compile again.\n`;
}

function described(type: string, size: number | null): string {
  return size === null ? type : `${type}, ${bytes(size)}`;
}
