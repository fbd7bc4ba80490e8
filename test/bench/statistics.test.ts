import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../bench/random.js';
import { bootstrapMedian, countOutliers, median, pairedRatios, quantile, resampledMedians } from '../../bench/statistics.js';

test('quantiles interpolate as in the worked example for "linear interpolation, C = 1"', () => {
  // https://en.wikipedia.org/wiki/Percentile, second variant: the 40th percentile of this list is 29.
  assert.equal(quantile([15, 20, 35, 40, 50], 0.4), 29);
  // R: quantile(1:9, c(.25, .5, .75)) is 3 5 7.
  assert.deepEqual([0.25, 0.5, 0.75].map((q) => quantile([9, 8, 7, 6, 5, 4, 3, 2, 1], q)), [3, 5, 7]);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.throws(() => median([]), RangeError);
});

test('the bootstrap of a median has the standard error that Efron and Tibshirani give for the mouse data', () => {
  // "An introduction to the bootstrap", table 2.1 (treatment group) and table 2.2 (37.83 in the limit).
  const medians = resampledMedians([94, 197, 16, 38, 99, 141, 23], 1, 100_000);
  const mean = medians.reduce((sum, m) => sum + m, 0) / medians.length;
  const sd = Math.sqrt(medians.reduce((sum, m) => sum + (m - mean) ** 2, 0) / (medians.length - 1));
  assert.ok(Math.abs(sd - 37.83) < 0.3, `standard error ${sd}`);
});

test('the medians of resamples of three values are distributed 7 : 13 : 7', () => {
  const medians = resampledMedians([1, 2, 3], 5, 27_000);
  for (const [value, share] of [[1, 7 / 27], [2, 13 / 27], [3, 7 / 27]] as const) {
    const found = medians.filter((m) => m === value).length / medians.length;
    assert.ok(Math.abs(found - share) < 0.01, `${value}: ${found}`);
  }
});

test('an interval holds its median, lies within the values, and is repeatable', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.1, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 40 }), fc.nat(), (values, seed) => {
      const one = bootstrapMedian(values, seed, 200);
      assert.deepEqual(bootstrapMedian(values, seed, 200), one);
      assert.equal(one.median, median(values));
      assert.ok(Math.min(...values) <= one.low && one.high <= Math.max(...values));
      assert.ok(one.low <= one.high);
    }),
  );
});

test('a 95 % interval of a known median holds it in about 95 % of 1,000 simulations', () => {
  let held = 0;
  for (let i = 0; i < 1000; i++) {
    const random = new Random(i);
    const { low, high } = bootstrapMedian(Float64Array.from({ length: 30 }, () => Math.exp(random.normal())), i, 1000);
    if (low <= 1 && 1 <= high) held++;
  }
  // Three standard errors of a proportion of 0.95 in 1,000 are 0.021.
  assert.ok(held / 1000 > 0.929, `${held} of 1000`);
  assert.ok(held / 1000 < 0.995, `${held} of 1000: the interval is too wide to be of use`);
});

test('ratios are paired by round, and unequal numbers of rounds are refused', () => {
  assert.deepEqual([...pairedRatios([4, 9], [2, 3])], [2, 3]);
  assert.throws(() => pairedRatios([1], [1, 2]), RangeError);
});

test('outliers are counted by the modified z-score', () => {
  // Median 10, median absolute deviation 1: the limit is 10 +- 3.5 / 0.6745 = 10 +- 5.19.
  assert.equal(countOutliers([8, 9, 9, 10, 11, 11, 15.1]), 0);
  assert.equal(countOutliers([8, 9, 9, 10, 11, 11, 15.3]), 1);
  assert.equal(countOutliers([5, 5, 5]), 0);
});
