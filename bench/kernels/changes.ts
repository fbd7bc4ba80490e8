/** What changed from one kernel to the next, in words. */
import type { KernelArm, KernelRow } from './report.js';
import { UNIT_NAMES } from './tier.js';
import type { Unit } from './tier.js';

/**
 * Less is no change of the kernel. Counts repeat exactly, but where code and data come to lie moves them: a
 * disk more or a file system more mounted in the guest did by up to 3 %.
 */
const SAME_WITHIN = 0.03;
const NAMES_MAX = 6;

export function describeChanges(rows: readonly KernelRow[], unit: Unit): string[] {
  return rows.slice(1).map((row, i) => describePair(rows[i], row, unit));
}

function describePair(before: KernelRow, after: KernelRow, unit: Unit): string {
  const parts = after.arms.flatMap((arm) => {
    const old = before.arms.find((other) => other.id === arm.id);
    return old === undefined ? [] : [...figureChange(old, arm, unit), ...dispositionChange(old, arm)];
  });
  const gained = before.lacks.filter((name) => !after.lacks.includes(name));
  const lost = after.lacks.filter((name) => !before.lacks.includes(name));
  if (gained.length > 0) parts.push(`gained ${list(gained)}`);
  if (lost.length > 0) parts.push(`lost ${list(lost)}`);
  const what = parts.length > 0 ? parts.join('; ') : unit === null ? 'no difference in outcomes or features' : 'nothing changed by more than 3 %';
  return `${before.label} -> ${after.label}: ${what}.`;
}

function figureChange(before: KernelArm, after: KernelArm, unit: Unit): string[] {
  if (before.figure === null || after.figure === null || unit === null) return [];
  const ratio = after.figure.median / before.figure.median;
  if (Math.abs(ratio - 1) <= SAME_WITHIN) return [];
  return [`${after.id} takes ${ratio.toFixed(ratio >= 10 ? 1 : ratio < 0.1 ? 3 : 2)}x ${UNIT_NAMES[unit]}`];
}

/** Requests that completed inline on one kernel and went to worker threads on the other. */
function dispositionChange(before: KernelArm, after: KernelArm): string[] {
  if (before.countedBy !== after.countedBy || before.countedBy === 'none') return [];
  const opcodes = new Set([...Object.keys(before.punted), ...Object.keys(after.punted)]);
  return [...opcodes].sort().flatMap((opcode) => {
    const [was, is] = [before.punted[opcode] ?? 0, after.punted[opcode] ?? 0];
    return was === is ? [] : [`${after.id} hands ${is} ${opcode} requests to workers instead of ${was}`];
  });
}

function list(names: readonly string[]): string {
  const more = names.length - NAMES_MAX;
  return names.slice(0, NAMES_MAX).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
