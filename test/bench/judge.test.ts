import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareArms, verdictOf } from '../../bench/judge.js';
import { Random } from '../../bench/random.js';

const estimate = (low: number, median: number, high: number): { low: number; median: number; high: number } => ({ low, median, high });

test('verdicts follow from the interval', () => {
  assert.equal(verdictOf(estimate(1.02, 1.05, 1.1), 20), 'faster');
  assert.equal(verdictOf(estimate(0.4, 0.5, 0.6), 20), 'slower');
  assert.equal(verdictOf(estimate(0.995, 1, 1.005), 20), 'same');
  assert.equal(verdictOf(estimate(0.97, 1, 1.04), 20), 'undecided');
  // Surely above 1, but by less than 1 %: no difference worth the name.
  assert.equal(verdictOf(estimate(1.001, 1.003, 1.006), 20), 'same');
  assert.equal(verdictOf(estimate(0.4, 0.5, 0.6), 5), 'undecided');
});

/** One round value: log-normal noise of 10 %, and now and then an interruption. */
function rounds(random: Random, count: number, ns: number): Float64Array {
  return Float64Array.from({ length: count }, () => ns * Math.exp(0.1 * random.normal()) * (random.unit() < 0.1 ? 1.5 : 1));
}

for (const count of [10, 20, 50]) {
  test(`1,000 simulated null experiments of ${count} rounds: a false "faster" or "slower" in at most 5 %`, () => {
    let alarms = 0;
    for (let i = 0; i < 1000; i++) {
      const random = new Random(1000 * count + i);
      const [a, b] = [rounds(random, count, 1e6), rounds(random, count, 1e6)];
      const { verdict } = compareArms({ id: 'a', wallNs: a, cpuNs: a }, { id: 'b', wallNs: b, cpuNs: b }, i);
      if (verdict === 'faster' || verdict === 'slower') alarms++;
    }
    // Three standard errors above 5 % of 1,000.
    assert.ok(alarms <= 50 + 21, `${alarms} false alarms`);
  });
}

test('a real difference is found, with its size and its direction', () => {
  const random = new Random(7);
  const baseline = rounds(random, 50, 1e6);
  const arm = rounds(random, 50, 2e6);
  const there = compareArms({ id: 'serial', wallNs: baseline, cpuNs: baseline }, { id: 'x', wallNs: arm, cpuNs: baseline }, 1);
  assert.equal(there.verdict, 'slower');
  assert.ok(there.speedup.low < 0.5 && there.speedup.high > 0.5 && Math.abs(there.speedup.median - 0.5) < 0.04);
  assert.equal(there.cpuRatio.median, 1);
  const back = compareArms({ id: 'x', wallNs: arm, cpuNs: baseline }, { id: 'serial', wallNs: baseline, cpuNs: baseline }, 1);
  assert.equal(back.verdict, 'faster');
});

test('rounds that were slow for both arms cancel out', () => {
  const random = new Random(9);
  const drift = Float64Array.from({ length: 30 }, () => 1e6 * (1 + 5 * random.unit()));
  const arm = drift.map((ns) => ns / 1.25);
  const { speedup, verdict } = compareArms({ id: 'serial', wallNs: drift, cpuNs: drift }, { id: 'x', wallNs: arm, cpuNs: arm }, 1);
  assert.equal(verdict, 'faster');
  assert.ok(Math.abs(speedup.low - 1.25) < 1e-9 && Math.abs(speedup.high - 1.25) < 1e-9);
});
