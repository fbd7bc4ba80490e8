/**
 * Deterministic means identical: an arm is run twice, and what differs is not a figure. A halted CPU of qemu is
 * woken by another thread of the host; on a busy host that makes some runs with many such wake-ups (a slow disk)
 * differ by nanoseconds that grow: they are refused, and better repeated on an idle host.
 */
import type { ArmOutcome } from './outcome.js';

/** The outcome that all runs agree on; or null and what the first two differ in. Fewer than two runs agree on nothing. */
export function agreement(runs: readonly ArmOutcome[]): { readonly outcome: ArmOutcome | null; readonly difference: string } {
  if (runs.length < 2) return { outcome: null, difference: 'there is only one run' };
  for (const run of runs.slice(1)) {
    const difference = whatDiffers(runs[0], run);
    if (difference !== null) return { outcome: null, difference };
  }
  return { outcome: runs[0], difference: '' };
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
