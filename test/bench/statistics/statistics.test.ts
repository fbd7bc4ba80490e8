import assert from 'node:assert/strict';
import { test } from 'node:test';
import { countOutliers, median, pairedRatios, quantile } from '../../../bench/statistics/statistics.js';

test('quantiles interpolate as in the worked example for "linear interpolation, C = 1"', () => {
  // https://en.wikipedia.org/wiki/Percentile, second variant: the 40th percentile of this list is 29.
  assert.equal(quantile([15, 20, 35, 40, 50], 0.4), 29);
  // R: quantile(1:9, c(.25, .5, .75)) is 3 5 7.
  assert.deepEqual([0.25, 0.5, 0.75].map((q) => quantile([9, 8, 7, 6, 5, 4, 3, 2, 1], q)), [3, 5, 7]);
  assert.equal(median([4, 1, 3, 2]), 2.5);
  assert.throws(() => median([]), RangeError);
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
