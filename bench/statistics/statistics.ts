/**
 * Medians, ratios and outliers. Medians because timings are skewed and have outliers (interrupts, other processes);
 * paired ratios because two arms of one round share the machine's state of that moment. Intervals: bootstrap.ts.
 */

/** Of a non-empty list; the mean of the middle two where the count is even. */
export function median(values: ArrayLike<number>): number {
  return quantile(values, 0.5);
}

/** Linear interpolation between order statistics (type 7 of Hyndman and Fan 1996; R's and NumPy's default). */
export function quantile(values: ArrayLike<number>, q: number): number {
  if (values.length === 0) throw new RangeError('quantile of no values');
  return quantileOfSorted(Float64Array.from(values).sort(), q);
}

/** `sorted`: ascending, not empty. */
export function quantileOfSorted(sorted: Float64Array, q: number): number {
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, sorted.length - 1)];
  return low + (position - below) * (high - low);
}

/** baseline / arm of each round: > 1 where the arm was faster. Both lists are in the order of the rounds. */
export function pairedRatios(baseline: ArrayLike<number>, arm: ArrayLike<number>): Float64Array {
  if (baseline.length !== arm.length) throw new RangeError(`${baseline.length} rounds against ${arm.length}`);
  return Float64Array.from({ length: arm.length }, (_, i) => baseline[i] / arm[i]);
}

/**
 * How many values lie far outside the rest: modified z-score above 3.5 (Iglewicz and Hoaglin 1993,
 * "How to detect and handle outliers"; the rule hyperfine uses with a wider limit). Such values are
 * counted and named, never dropped.
 */
export function countOutliers(values: ArrayLike<number>, limit = 3.5): number {
  const middle = median(values);
  const deviations = Float64Array.from(values, (v) => Math.abs(v - middle));
  const mad = median(deviations);
  if (mad === 0) return 0;
  // 0.6745 makes the median absolute deviation comparable to a standard deviation of a normal distribution.
  return deviations.reduce((count, d) => (0.6745 * d) / mad > limit ? count + 1 : count, 0);
}
