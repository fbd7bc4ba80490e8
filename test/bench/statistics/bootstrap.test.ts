import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bootstrapMean, bootstrapMedian, resampledMedians, splitBlocks, stretches } from '../../../bench/statistics/bootstrap.js';
import { Random } from '../../../bench/statistics/random.js';
import { median } from '../../../bench/statistics/statistics.js';

test('the bootstrap of a median has the standard error that Efron and Tibshirani give for the mouse data', () => {
  // "An introduction to the bootstrap", table 2.1 (treatment group) and table 2.2 (37.83 in the limit).
  const medians = resampledMedians([94, 197, 16, 38, 99, 141, 23], 1, { resamples: 100_000 });
  const mean = medians.reduce((sum, m) => sum + m, 0) / medians.length;
  const sd = Math.sqrt(medians.reduce((sum, m) => sum + (m - mean) ** 2, 0) / (medians.length - 1));
  assert.ok(Math.abs(sd - 37.83) < 0.3, `standard error ${sd}`);
});

test('the medians of resamples of three values are distributed 7 : 13 : 7', () => {
  const medians = resampledMedians([1, 2, 3], 5, { resamples: 27_000 });
  for (const [value, share] of [[1, 7 / 27], [2, 13 / 27], [3, 7 / 27]] as const) {
    const found = medians.filter((m) => m === value).length / medians.length;
    assert.ok(Math.abs(found - share) < 0.01, `${value}: ${found}`);
  }
});

test('an interval holds its median, lies within the values, and is repeatable', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0.1, max: 1e9, noNaN: true }), { minLength: 1, maxLength: 40 }), fc.nat(), (values, seed) => {
      const one = bootstrapMedian(values, seed, { resamples: 200 });
      assert.deepEqual(bootstrapMedian(values, seed, { resamples: 200 }), one);
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
    const { low, high } = bootstrapMedian(Float64Array.from({ length: 30 }, () => Math.exp(random.normal())), i, { resamples: 1000 });
    if (low <= 1 && 1 <= high) held++;
  }
  // Three standard errors of a proportion of 0.95 in 1,000 are 0.021.
  assert.ok(held / 1000 > 0.929, `${held} of 1000`);
  assert.ok(held / 1000 < 0.995, `${held} of 1000: the interval is too wide to be of use`);
});

test('blocks are drawn first, then rounds within them: a resample of two blocks is of one of four kinds', () => {
  // Values far apart between blocks and equal within: the median tells which blocks were drawn.
  const medians = resampledMedians([1, 1, 1, 9, 9, 9], 3, { blocks: [3, 3], resamples: 40_000 });
  for (const [value, share] of [[1, 1 / 4], [5, 1 / 2], [9, 1 / 4]] as const) {
    const found = medians.filter((m) => m === value).length / medians.length;
    assert.ok(Math.abs(found - share) < 0.01, `${value}: ${found}`);
  }
});

test('blocks of one round each are the ordinary bootstrap, and unequal blocks keep their rounds', () => {
  const values = [4, 8, 15, 16, 23, 42];
  const one = bootstrapMedian(values, 9, { blocks: [1, 1, 1, 1, 1, 1] });
  assert.deepEqual(one, bootstrapMedian(values, 9));
  assert.deepEqual(splitBlocks(values, [1, 3, 2]).map((block) => [...block]), [[4], [8, 15, 16], [23, 42]]);
  assert.throws(() => splitBlocks(values, [3, 4]), RangeError);
  assert.throws(() => splitBlocks(values, [6, 0]), RangeError);
});

test('rounds that agree within their blocks are no more evidence than the blocks', () => {
  const random = new Random(3);
  const levels = Array.from({ length: 8 }, () => 100 + random.normal());
  const width = ({ low, high }: { low: number; high: number }): number => high - low;
  const rounds = levels.flatMap((level) => new Array<number>(20).fill(level));
  const blocks = levels.map(() => 20);
  assert.ok(width(bootstrapMedian(rounds, 1)) < 0.7 * width(bootstrapMedian(levels, 1)), 'without blocks it is too narrow');
  assert.ok(Math.abs(width(bootstrapMedian(rounds, 1, { blocks })) / width(bootstrapMedian(levels, 1)) - 1) < 0.15);
});

test('neighbours are drawn together where there are many: rounds that follow each other do not make the interval too narrow', () => {
  const missedOf = (correlation: number): number => {
    let missed = 0;
    for (let i = 0; i < 400; i++) {
      const random = new Random(i);
      let value = random.normal();
      const next = (): number => (value = correlation * value + Math.sqrt(1 - correlation ** 2) * random.normal());
      const { low, high } = bootstrapMedian(Float64Array.from({ length: 300 }, () => Math.exp(next())), i, { resamples: 400 });
      if (low > 1 || high < 1) missed++;
    }
    return missed / 400;
  };
  // Drawn one by one, correlated ones would miss in 9 %. Three standard errors of 0.05 in 400 are 0.033.
  for (const correlation of [0, 0.3]) assert.ok(missedOf(correlation) < 0.083, `correlation ${correlation}: ${missedOf(correlation)}`);
});

test('stretches are blocks drawn together: at least fifty of them, and no round is lost', () => {
  assert.deepEqual(stretches(new Array<number>(99).fill(2)), new Array(99).fill(2));
  assert.deepEqual(stretches(new Array<number>(101).fill(1)), [...new Array<number>(49).fill(2), 3]);
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 700 }), (blocks) => {
      const drawn = stretches(blocks);
      assert.equal(drawn.reduce((sum, n) => sum + n, 0), blocks.reduce((sum, n) => sum + n, 0));
      assert.ok(drawn.length >= Math.min(blocks.length, 50));
    }),
  );
});

test('the bootstrap of a mean has the standard error that Efron and Tibshirani give for the mouse data', () => {
  // "An introduction to the bootstrap", table 2.1: 86.86 with 25.24 (treatment group); the plug-in estimate is sqrt(6/7) of it.
  const { mean, low, high } = bootstrapMean([94, 197, 16, 38, 99, 141, 23], 1, 100_000);
  assert.ok(Math.abs(mean - 86.857) < 0.001);
  // Expanded for seven values: about t(6) = 2.447 standard errors of 25.24 to either side.
  assert.ok(Math.abs((high - low) / 2 / 25.24 - 2.447) < 0.25, `${low} ${high}`);
});
