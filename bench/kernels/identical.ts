/** Deterministic means identical: two runs of an arm that differ in anything are not a figure. */
import type { ArmOutcome } from './outcome.js';

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
