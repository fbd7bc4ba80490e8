import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tinybenchStatistics } from '../../bench/tinybench.js';

test('tinybench sees the native durations, each once, and leaves their order alone', () => {
  const wallNs = [3e6, 1e6, 2e6, 4e6];
  const statistics = tinybenchStatistics('serial', wallNs);
  assert.equal(statistics.samples, 4);
  assert.equal(statistics.mean, 2.5);
  assert.equal(statistics.min, 1);
  assert.equal(statistics.max, 4);
  assert.equal(statistics.p50, 2.5);
  // sd of 1..4 is sqrt(5/3).
  assert.ok(Math.abs(statistics.sd - Math.sqrt(5 / 3)) < 1e-12);
  // t(0.975, 3) = 3.1824
  assert.ok(Math.abs(statistics.moe - (3.18245 * Math.sqrt(5 / 3)) / 2) < 1e-4);
  assert.deepEqual(wallNs, [3e6, 1e6, 2e6, 4e6]);
});
