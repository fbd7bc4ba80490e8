/** The normal distribution and Student's t, by the series of Abramowitz and Stegun, Handbook of Mathematical Functions. */

/** The 97.5 % point of the normal distribution: 95 %, two-sided. */
const Z95 = 1.959963984540054;

/** The 97.5 % point of Student's t, by expansion 26.7.5. */
export function studentT95(freedom: number): number {
  const z = Z95;
  return (
    z +
    (z ** 3 + z) / (4 * freedom) +
    (5 * z ** 5 + 16 * z ** 3 + 3 * z) / (96 * freedom ** 2) +
    (3 * z ** 7 + 19 * z ** 5 + 17 * z ** 3 - 15 * z) / (384 * freedom ** 3)
  );
}

/** The normal distribution function for x <= 0, by 26.2.17 (error below 1e-7). */
export function normalBelow(x: number): number {
  const t = 1 / (1 - 0.2316419 * x);
  const series = ((((1.330274429 * t - 1.821255978) * t + 1.781477937) * t - 0.356563782) * t + 0.31938153) * t;
  return (Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI)) * series;
}
