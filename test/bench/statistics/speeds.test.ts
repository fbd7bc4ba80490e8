import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Random } from '../../../bench/statistics/random.js';
import { twoSpeeds } from '../../../bench/statistics/speeds.js';

const random = new Random(7);
const around = (ns: number, deviation: number): number => ns * Math.exp(deviation * random.normal());
const passes = (n: number, one: () => number): Float64Array => Float64Array.from({ length: n }, one);

test('two speeds are told with their middles and shares, whatever outliers there are', () => {
  const found = twoSpeeds(passes(2000, () => (random.unit() < 0.02 ? 5e6 * random.unit() : random.unit() < 0.4 ? around(277e3, 0.03) : around(343e3, 0.03))));
  assert.ok(found !== null);
  assert.ok(Math.abs(found.fast.ns / 277e3 - 1) < 0.01 && Math.abs(found.slow.ns / 343e3 - 1) < 0.01);
  assert.ok(Math.abs(found.fast.share - 0.4) < 0.05);
  assert.equal(found.fast.share + found.slow.share, 1);
});

test('one of the two may be rare, but not as rare as an outlier', () => {
  const mixed = (share: number) => twoSpeeds(passes(2000, () => (random.unit() < share ? around(620e3, 0.06) : around(440e3, 0.02))));
  assert.ok(Math.abs(mixed(0.15)!.slow.share - 0.15) < 0.03);
  assert.equal(mixed(0.05), null);
});

test('one speed is one, whatever its shape', () => {
  const shapes: Record<string, () => number> = {
    normal: () => around(3e5, 0.02),
    wide: () => around(3e5, 0.5),
    even: () => 1e5 + 2e5 * random.unit(),
    exponential: () => 3e5 - 3e4 * Math.log(random.unit()),
    'long tail': () => 3e5 * random.unit() ** -0.3,
    'a drift': () => around(3e5 + 1e3 * (drifted += 0.1), 0.02),
    'the same value': () => 3e5,
    'two near values': () => (random.unit() < 0.5 ? around(3e5, 0.005) : around(3.2e5, 0.005)),
  };
  let drifted = 0;
  for (const [shape, one] of Object.entries(shapes)) {
    for (let run = 0; run < 50; run++) assert.equal(twoSpeeds(passes(50 + 40 * run, one)), null, shape);
  }
});

test('a few passes tell nothing', () => {
  assert.equal(twoSpeeds(passes(49, () => (random.unit() < 0.5 ? 1 : 2))), null);
  assert.notEqual(twoSpeeds(passes(50, () => (random.unit() < 0.5 ? 1 : 2))), null);
});
