/** One comparison: the arm's speed-up over the baseline, from paired rounds. */
import { bootstrapMedian, splitBlocks, stretches, type Blocks } from '../statistics/bootstrap.js';
import type { Comparison, Estimate, Verdict } from '../result/result.js';
import { median, pairedRatios } from '../statistics/statistics.js';
import { signedRankP } from '../statistics/wilcoxon.js';

/** Differences smaller than this are no difference (DESIGN: "no difference" is a possible answer). */
export const SAME_WITHIN = 0.01;

/** With fewer blocks no interval of a median reaches 95 %: even smallest to largest holds it with 1 - 2 / 2^n. */
export const BLOCKS_FOR_VERDICT_MIN = 6;

/** A difference has to show in two ways: in the interval of the median, and in the signed ranks. */
const P_BELOW = 0.05;

/** One value per round, nanoseconds, both arms in the same rounds. */
export interface RoundValues {
  readonly id: string;
  readonly wallNs: ArrayLike<number>;
  readonly cpuNs: ArrayLike<number>;
  /** Rounds between two restarts; without it every round is a block of its own. */
  readonly blocks?: Blocks;
}

export function compareArms(baseline: RoundValues, arm: RoundValues, seed: number): Comparison {
  const blocks = arm.blocks ?? new Array<number>(arm.wallNs.length).fill(1);
  const ratios = pairedRatios(baseline.wallNs, arm.wallNs);
  const speedup = bootstrapMedian(ratios, seed, { blocks });
  const cpuRatio = bootstrapMedian(pairedRatios(baseline.cpuNs, arm.cpuNs), seed, { blocks });
  // Rounds of one block share its processes, and neighbouring blocks what disturbs them: one value for each stretch.
  const p = signedRankP(splitBlocks(ratios, stretches(blocks)).map((ofBlock) => Math.log(median(ofBlock))));
  return { baseline: baseline.id, arm: arm.id, speedup, cpuRatio, p, ceiling: null, verdict: verdictOf(speedup, blocks.length, p) };
}

/**
 * same: the whole interval lies within +-1 %; faster or slower: it excludes 1, and the signed-rank test says so, too;
 * undecided: neither, more rounds are needed. So a difference that is real but below 1 % counts as "same".
 */
export function verdictOf(speedup: Estimate, blocks: number, p: number): Verdict {
  if (blocks < BLOCKS_FOR_VERDICT_MIN) return 'undecided';
  if (speedup.low >= 1 - SAME_WITHIN && speedup.high <= 1 + SAME_WITHIN) return 'same';
  if (p >= P_BELOW) return 'undecided';
  if (speedup.low > 1) return 'faster';
  if (speedup.high < 1) return 'slower';
  return 'undecided';
}

/** Half the width of the interval, as share of its median: what --precision limits. */
export function precisionOf({ median: middle, low, high }: Estimate): number {
  return (high - low) / 2 / middle;
}

/** A ratio this many times the precision away from 1 is not going to be "same". */
const FAR = 3;

/**
 * Whether more rounds would add nothing: the interval is within `precision`; near 1 it has to be twice as narrow,
 * because an interval of +-1 % around 1.002 says neither "same" nor "faster". The verdict itself is not looked at:
 * measuring until there is one would make every null experiment end in a false alarm sooner or later.
 */
export function isPrecise(speedup: Estimate, precision: number): boolean {
  const near = Math.abs(speedup.median - 1) <= FAR * precision;
  return precisionOf(speedup) <= (near ? precision / 2 : precision);
}
