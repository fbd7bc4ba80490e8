import assert from 'node:assert/strict';
import { test } from 'node:test';
import { driftOf, trendP } from '../../../bench/statistics/drift.js';
import { Random } from '../../../bench/statistics/random.js';

test('the trend test is Kendall\'s tau against the order: the worked example of R', () => {
  // R, ?cor.test: tuna lightness and panel scores of Hollander and Wolfe 1973, p. 187; T = 26, one-sided p = 0.05972.
  const lightness = [44.4, 45.9, 41.9, 53.3, 44.7, 44.1, 50.7, 45.2, 60.1];
  const scores = [2.6, 3.1, 2.5, 5.0, 3.6, 4.0, 5.2, 2.8, 3.8];
  const inOrder = lightness.map((x, i) => [x, scores[i]] as const).sort(([a], [b]) => a - b).map(([, y]) => y);
  const p = trendP(inOrder);
  assert.ok(Math.abs(p / 2 - 0.05972) < 0.001, `${p / 2}`);
});

test('ties and constant values show no trend', () => {
  assert.equal(trendP([7, 7, 7, 7, 7, 7]), 1);
  assert.ok(trendP([1, 2, 1, 2, 1, 2, 1, 2]) > 0.5);
});

test('a drift has a size and a direction; few values have none', () => {
  const slower = driftOf([100, 101, 102, 103, 104, 105, 106, 107, 108])!;
  assert.ok(Math.abs(slower.percent - 100 * (107 / 101 - 1)) < 1e-9);
  assert.ok(slower.p < 0.001);
  assert.ok(driftOf([9, 8, 7, 6, 5, 4, 3])!.percent < 0);
  assert.equal(driftOf([1, 2, 3, 4, 5]), null);
});

test('noise has a trend with p < 0.05 in about 5 % of 1,000 simulations', () => {
  let found = 0;
  for (let i = 0; i < 1000; i++) {
    const random = new Random(i);
    if (trendP(Float64Array.from({ length: 20 }, () => random.normal())) < 0.05) found++;
  }
  // Three standard errors around 50.
  assert.ok(found >= 29 && found <= 71, `${found}`);
});
