/** A comparison of kernels as text for the terminal: a pure function of the report. */
import pc from 'picocolors';
import type { KernelArm, KernelRow, KernelsReport } from '../../bench/kernels/report.js';
import { TIERS } from '../../bench/kernels/tier.js';
import { plainColumns, renderColumns, type Column } from './columns.js';
import { terminalWidth, wrapLines } from './prose.js';
import { count, duration, tally } from './units.js';

const LACKS_MAX = 8;

const HEADS = { ns: 'time per replay', instructions: 'instructions per replay', 'guest-ns': 'guest time per replay' } as const;

/** `4,480,123` instructions, `2.35 ms`. */
function figure(value: number, unit: KernelsReport['unit']): string {
  return unit === 'instructions' ? count(Math.round(value)) : duration(value);
}

function spread(arm: KernelArm, unit: KernelsReport['unit']): string {
  const { median, low, high } = arm.figure!;
  if (low === high) return 'none';
  const percent = (value: number): string => `${(100 * (value / median - 1)).toFixed(2)} %`;
  return unit === null ? '' : `${percent(low)} .. +${percent(high)}`;
}

function ratio(value: number | null): string {
  return value === null ? '-' : `${value.toFixed(value < 0.1 ? 3 : 2)}x`;
}

function diverged(n: number): string {
  return n === 0 ? '0' : pc.red(count(n));
}

function figuresTable({ rows, unit }: KernelsReport): string {
  const columns = plainColumns(['kernel', 'arm', HEADS[unit!], 'spread of passes', 'to first kernel', 'to serial', 'diverged'], [2, 4, 5, 6]);
  const table: string[][] = [];
  for (const row of rows) {
    for (const arm of row.arms) {
      table.push([row.label, arm.id, figure(arm.figure!.median, unit), spread(arm, unit), ratio(arm.toFirst), arm.id === 'serial' ? '-' : ratio(arm.toSerial), diverged(arm.divergences)]);
    }
    for (const { arm, reason } of row.missing) table.push([row.label, arm, pc.yellow(reason.startsWith('unsupported') ? 'unsupported' : 'none'), '', '-', '-', '-']);
  }
  return renderColumns(columns, table, terminalWidth());
}

function functionalTable({ rows }: KernelsReport): string {
  const columns = plainColumns(['kernel', 'release', 'arm', 'calls', 'diverged (runner)', 'diverged (addon in Node)'], [3, 4, 5]);
  const table: string[][] = [];
  for (const row of rows) {
    for (const arm of row.arms) {
      const inNode = row.node === null ? 'not run' : row.node.divergences[arm.id];
      table.push([row.label, row.release, arm.id, count(arm.calls), diverged(arm.divergences), typeof inNode === 'number' ? diverged(inNode) : (inNode ?? pc.red('failed'))]);
    }
    for (const { arm, reason } of row.missing) table.push([row.label, row.release, arm, pc.yellow(reason.startsWith('unsupported') ? 'unsupported' : 'none'), '-', '-']);
  }
  return renderColumns(columns, table, terminalWidth());
}

function requestsTable(rows: readonly KernelRow[]): string {
  const columns: Column[] = [
    { head: 'kernel' }, { head: 'arm' }, { head: 'inline', wraps: 'list' }, { head: 'punted to io-wq', wraps: 'list' }, { head: 'plain calls', wraps: 'list' },
  ];
  const table: string[][] = [];
  for (const row of rows) {
    for (const arm of row.arms) if (arm.id !== 'serial') table.push([row.label, arm.id, ...(arm.countedBy === 'none' ? ['not known', 'not known'] : [tally(arm.inline), tally(arm.punted)]), tally(arm.direct)]);
  }
  return renderColumns(columns, table, terminalWidth());
}

function remarks(rows: readonly KernelRow[]): string[] {
  return rows.flatMap((row) => [
    ...missingText(row),
    ...(row.node?.failures ?? []).map((failure) => `${pc.red('The addon failed')} on ${row.label}: ${failure}`),
    ...(row.lacks.length === 0 ? [] : [`${row.label} lacks ${row.lacks.slice(0, LACKS_MAX).join(', ')}${row.lacks.length > LACKS_MAX ? ` and ${row.lacks.length - LACKS_MAX} more (--json has them all)` : ''}`]),
  ]);
}

/** Arms that miss for the same reason (one guest ran them) are named together. */
function missingText({ label, missing }: KernelRow): string[] {
  const reasons = new Map(missing.map((entry) => [entry.reason, entry]));
  return [...reasons.values()].map(({ reason, console }) => {
    const arms = missing.filter((entry) => entry.reason === reason).map((entry) => entry.arm).join(', ');
    const said = console === null || console === '' ? '' : `\n  its console says:\n${indent(console)}`;
    return `${pc.yellow('Nothing')} for ${label} ${arms}: ${reason}${said}`;
  });
}

function indent(text: string): string {
  return text.split('\n').map((line) => `    ${line}`).join('\n');
}

/** The whole report; ends with what changed between the kernels. */
export function renderKernels(report: KernelsReport): string {
  const { trace, tier, rows } = report;
  const parts = [
    [
      `${trace.file}: ${count(trace.calls)} calls, ${count(trace.replayed)} replayed in each guest`,
      pc.dim(`tier ${tier}: ${TIERS[tier]} (${report.tierReason}); qemu ${report.qemu}; ${report.conditions}`),
      pc.dim(`${report.guests} guests in ${report.seconds.toFixed(0)} s${tier === 'icount' && rows.some((row) => row.arms.length > 0) ? '; every figure is of two identical runs' : ''}`),
    ].join('\n'),
    tier === 'functional' ? functionalTable(report) : figuresTable(report),
  ];
  if (rows.some((row) => row.arms.some((arm) => arm.id !== 'serial'))) parts.push(requestsTable(rows));
  const notes = remarks(rows);
  if (notes.length > 0) parts.push(notes.join('\n'));
  if (report.changes.length > 0) parts.push(pc.bold(report.changes.join('\n')));
  return wrapLines(`${parts.join('\n\n')}\n`);
}
