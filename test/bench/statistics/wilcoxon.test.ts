import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Random } from '../../../bench/statistics/random.js';
import { signedRankP } from '../../../bench/statistics/wilcoxon.js';

const near = (value: number, expected: number, within: number): void => {
  assert.ok(Math.abs(value - expected) <= within, `${value} instead of ${expected}`);
};

test('the worked examples of R, SciPy and NAG', () => {
  // R, ?wilcox.test: depression scale of Hollander and Wolfe 1973, p. 29; V = 40, one-sided p = 0.01953.
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  near(signedRankP(before.map((x, i) => x - after[i])) / 2, 0.01953, 5e-6);
  // SciPy, scipy.stats.wilcoxon: Darwin's plants; statistic 24, p = 0.041259765625.
  assert.equal(signedRankP([6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75]), 0.041259765625);
  // NAG, g08agc: W = 32, two-tailed 0.0547.
  const [x, y] = [[82, 69, 73, 43, 58, 56, 76, 65], [63, 42, 74, 37, 51, 43, 80, 62]];
  near(signedRankP(x.map((value, i) => value - y[i])), 0.0547, 5e-5);
});

test('small samples by hand: every sign pattern is equally likely', () => {
  assert.equal(signedRankP([1, 2, 3]), 2 / 8);
  assert.equal(signedRankP([1, -2, 3, 4, 5]), (2 * 3) / 32); // sums 0, 1 and 2 of the negative ranks
  // Two ties share rank 1.5: patterns with a negative sum of at most 1.5 are {}, {1.5}, {1.5}.
  assert.equal(signedRankP([1, -1, 5]), (2 * 3) / 8);
  assert.equal(signedRankP([0, 0]), 1);
  assert.equal(signedRankP([0, 1, 2, 3]), 2 / 8, 'zeros are left out');
});

test('the approximation for many values agrees with the exact table', () => {
  const random = new Random(5);
  const values = Array.from({ length: 100 }, () => random.normal() + 0.2);
  // One value more switches to the approximation, and one so small has the lowest rank.
  near(signedRankP([...values, 1e-12]), signedRankP(values), 0.003);
});

test('a probability, the same for both directions', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { maxLength: 120 }), (differences) => {
      const p = signedRankP(differences);
      assert.ok(p > 0 && p <= 1);
      assert.ok(Math.abs(signedRankP(differences.map((d) => -d)) - p) < 1e-12);
    }),
  );
});
