/** Wilcoxon's signed-rank test (Wilcoxon 1945, "Individual comparisons by ranking methods", Biometrics Bulletin 1). */
import { normalBelow } from './normal.js';

/** Beyond this many differences the normal approximation is as good as exact (and the table would be large). */
const EXACT_MAX = 100;

/**
 * The two-sided probability of differences at least as one-sided as these, if they were symmetric around 0. Zeros
 * are left out, as Wilcoxon did; equal sizes share their mean rank. Exact up to 100 differences, ties included;
 * above, the normal approximation with correction for ties and continuity. Without any difference it is 1.
 */
export function signedRankP(differences: ArrayLike<number>): number {
  const values = Float64Array.from(differences).filter((d) => d !== 0);
  if (values.length === 0) return 1;
  const ranks = doubledRanks(values);
  let positive = 0;
  values.forEach((value, i) => (positive += value > 0 ? ranks[i] : 0));
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const smaller = Math.min(positive, total - positive);
  return values.length <= EXACT_MAX ? exactP(ranks, smaller) : approximateP(ranks, smaller, total);
}

/** Twice the rank of each size, so that mean ranks of ties are whole numbers. */
function doubledRanks(values: Float64Array): Uint32Array {
  const bySize = Uint32Array.from(values, (_, i) => i).sort((a, b) => Math.abs(values[a]) - Math.abs(values[b]));
  const ranks = new Uint32Array(values.length);
  for (let from = 0; from < bySize.length; ) {
    let to = from + 1;
    while (to < bySize.length && Math.abs(values[bySize[to]]) === Math.abs(values[bySize[from]])) to++;
    // Ranks from + 1 to `to`: twice their mean is their sum's ends.
    for (let i = from; i < to; i++) ranks[bySize[i]] = from + 1 + to;
    from = to;
  }
  return ranks;
}

/** Counts the sign patterns: each rank is in the positive sum or not. */
function exactP(ranks: Uint32Array, smaller: number): number {
  const total = ranks.reduce((sum, rank) => sum + rank, 0);
  const chance = new Float64Array(total + 1);
  chance[0] = 1;
  let reach = 0;
  for (const rank of ranks) {
    reach += rank;
    for (let sum = reach; sum >= 0; sum--) chance[sum] = (chance[sum] + (sum >= rank ? chance[sum - rank] : 0)) / 2;
  }
  const below = chance.subarray(0, smaller + 1).reduce((sum, p) => sum + p, 0);
  return Math.min(1, 2 * below);
}

/** In doubled ranks: mean total / 2, variance sum(rank^2) / 4; one step is 1 rank = 2. */
function approximateP(ranks: Uint32Array, smaller: number, total: number): number {
  const variance = ranks.reduce((sum, rank) => sum + rank * rank, 0) / 4;
  const z = Math.min(0, (smaller + 1 - total / 2) / Math.sqrt(variance));
  return Math.min(1, 2 * normalBelow(z));
}
