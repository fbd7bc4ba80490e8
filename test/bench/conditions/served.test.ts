import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Served, type ServedCount } from '../../../bench/conditions/served.js';

const COUNT: ServedCount = { replies: 100, totalNs: 101e6, maxNs: 1.5e6, lateness: [[0, 97], [19, 1], [20, 1], [500, 1]] };

test('mean, 99 %, longest and late ones of several counts together', () => {
  const served = new Served();
  assert.equal(served.describe(1e6), null);
  served.add(COUNT);
  assert.deepEqual(served.describe(1e6), { mean: 1.01e6, p99: 1.021e6, max: 1.5e6, late: { count: 2, replies: 100 } });
  served.add({ replies: 0, totalNs: 0, maxNs: 0, lateness: [] });
  served.add({ replies: 100, totalNs: 100e6, maxNs: 1.0002e6, lateness: [[0, 100]] });
  assert.deepEqual(served.describe(1e6), { mean: 1.005e6, p99: 1.02e6, max: 1.5e6, late: { count: 2, replies: 200 } });
});

test('99 % took no longer than the longest', () => {
  const served = new Served();
  served.add({ replies: 10, totalNs: 10.005e6, maxNs: 1.0005e6, lateness: [[0, 10]] });
  assert.equal(served.describe(1e6)?.p99, 1.0005e6);
  served.add({ replies: 10, totalNs: 90e6, maxNs: 9e6, lateness: [[1000, 10]] });
  assert.equal(served.describe(1e6)?.p99, 9e6);
});
