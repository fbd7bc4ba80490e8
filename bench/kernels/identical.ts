/**
 * Deterministic means identical: an arm is run twice, and what differs is not a figure. A halted CPU of qemu is
 * woken by another thread of the host; on a busy host that makes some runs with many such wake-ups (a slow disk)
 * differ by nanoseconds that grow. So an arm whose two runs differ is run again, up to RUNS_MAX times, until
 * two agree in everything.
 */
import type { ArmOutcome } from './outcome.js';

export const RUNS_MAX = 4;

/** The outcome that two runs agree on; or null and what the first two differ in. Fewer than two runs agree on nothing. */
export function agreement(runs: readonly ArmOutcome[]): { readonly outcome: ArmOutcome | null; readonly difference: string } {
  for (const [i, run] of runs.entries()) {
    if (runs.slice(i + 1).some((other) => whatDiffers(run, other) === null)) return { outcome: run, difference: '' };
  }
  return { outcome: null, difference: runs.length < 2 ? 'there is only one run' : whatDiffers(runs[0], runs[1])! };
}

/** null when both are the same; else what differs first, with both values. */
export function whatDiffers(a: ArmOutcome, b: ArmOutcome): string | null {
  return differs(a, b, '');
}

function differs(a: unknown, b: unknown, path: string): string | null {
  if (Object.is(a, b)) return null;
  if (typeof a === 'object' && typeof b === 'object' && a !== null && b !== null) {
    const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>];
    for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
      const found = differs(left[key], right[key], path === '' ? key : `${path}.${key}`);
      if (found !== null) return found;
    }
    return null;
  }
  return `${path}: ${show(a)} against ${show(b)}`;
}

function show(value: unknown): string {
  return value === undefined ? 'nothing' : JSON.stringify(value);
}
