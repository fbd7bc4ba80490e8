/** One comparison: the arm's speed-up over the baseline, from paired rounds. */
import type { Comparison, Estimate, Verdict } from './result.js';
import { bootstrapMedian, pairedRatios } from './statistics.js';

/** Differences smaller than this are no difference (DESIGN: "no difference" is a possible answer). */
export const SAME_WITHIN = 0.01;

/** With fewer rounds no interval of a median reaches 95 %: even smallest to largest holds it with 1 - 2 / 2^n. */
export const ROUNDS_FOR_VERDICT_MIN = 6;

/** One value per round, nanoseconds, both arms in the same rounds. */
export interface RoundValues {
  readonly id: string;
  readonly wallNs: ArrayLike<number>;
  readonly cpuNs: ArrayLike<number>;
}

export function compareArms(baseline: RoundValues, arm: RoundValues, seed: number): Comparison {
  const speedup = bootstrapMedian(pairedRatios(baseline.wallNs, arm.wallNs), seed);
  const cpuRatio = bootstrapMedian(pairedRatios(baseline.cpuNs, arm.cpuNs), seed);
  return { baseline: baseline.id, arm: arm.id, speedup, cpuRatio, verdict: verdictOf(speedup, arm.wallNs.length) };
}

/**
 * same: the whole interval lies within +-1 %; faster or slower: it excludes 1; undecided: neither, more
 * rounds are needed. So a difference that is real but below 1 % counts as "same".
 */
export function verdictOf(speedup: Estimate, rounds: number): Verdict {
  if (rounds < ROUNDS_FOR_VERDICT_MIN) return 'undecided';
  if (speedup.low >= 1 - SAME_WITHIN && speedup.high <= 1 + SAME_WITHIN) return 'same';
  if (speedup.low > 1) return 'faster';
  if (speedup.high < 1) return 'slower';
  return 'undecided';
}
