/** Whether an arm became faster or slower while it was measured: the machine warming up, memory filling, a neighbour. */
import { normalBelow } from './normal.js';
import { median } from './statistics.js';

export interface Drift {
  /** The last third of the rounds against the first, per cent of wall time; positive: slower towards the end. */
  readonly percent: number;
  /** Two-sided probability of such a trend in values without one. */
  readonly p: number;
}

const VALUES_MIN = 6;

/** `values`: one per block or round, in order of time. null with fewer than 6, which show no trend. */
export function driftOf(values: ArrayLike<number>): Drift | null {
  if (values.length < VALUES_MIN) return null;
  const all = Float64Array.from(values);
  const third = Math.max(2, Math.floor(all.length / 3));
  const percent = 100 * (median(all.subarray(-third)) / median(all.subarray(0, third)) - 1);
  return { percent, p: trendP(all) };
}

/**
 * Mann's test for trend (Mann 1945, "Nonparametric tests against trend", Econometrica 13), which is Kendall's tau
 * against time: normal approximation with correction for ties and continuity.
 */
export function trendP(values: ArrayLike<number>): number {
  const n = values.length;
  let s = 0;
  for (let later = 1; later < n; later++) {
    for (let earlier = 0; earlier < later; earlier++) s += Math.sign(values[later] - values[earlier]);
  }
  const sizes = new Map<number, number>();
  for (let i = 0; i < n; i++) sizes.set(values[i], (sizes.get(values[i]) ?? 0) + 1);
  const term = (k: number): number => k * (k - 1) * (2 * k + 5);
  const variance = ([...sizes.values()].reduce((sum, k) => sum - term(k), term(n))) / 18;
  if (variance === 0) return 1;
  return Math.min(1, 2 * normalBelow(Math.min(0, (1 - Math.abs(s)) / Math.sqrt(variance))));
}
