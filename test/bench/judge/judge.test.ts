import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { MeasuredArm } from '../../../bench/arms/arm.js';
import type { Contestant } from '../../../bench/arms/contestant.js';
import { runExperiment } from '../../../bench/experiment.js';
import { compareArms, isPrecise, precisionOf, verdictOf, type RoundValues } from '../../../bench/judge/judge.js';
import { Random } from '../../../bench/statistics/random.js';
import type { Comparison } from '../../../bench/result/result.js';
import { fakeReplayer } from '../fake-replayer.js';

const estimate = (low: number, median: number, high: number): { low: number; median: number; high: number } => ({ low, median, high });

test('verdicts follow from the interval', () => {
  assert.equal(verdictOf(estimate(1.02, 1.05, 1.1), 20, 0.001), 'faster');
  assert.equal(verdictOf(estimate(0.4, 0.5, 0.6), 20, 0.001), 'slower');
  assert.equal(verdictOf(estimate(0.995, 1, 1.005), 20, 0.001), 'same');
  assert.equal(verdictOf(estimate(0.97, 1, 1.04), 20, 0.001), 'undecided');
  // Surely above 1, but by less than 1 %: no difference worth the name.
  assert.equal(verdictOf(estimate(1.001, 1.003, 1.006), 20, 0.001), 'same');
  assert.equal(verdictOf(estimate(0.4, 0.5, 0.6), 5, 0.001), 'undecided');
  assert.equal(verdictOf(estimate(0.95, 0.97, 0.99), 20, 0.2), 'undecided', 'the signed ranks show no difference');
  assert.equal(verdictOf(estimate(0.995, 1, 1.005), 20, 0.9), 'same');
});

test('precision is half the width over the median; near 1 it has to be twice as good', () => {
  assert.ok(Math.abs(precisionOf(estimate(0.495, 0.5, 0.505)) - 0.01) < 1e-12);
  assert.equal(isPrecise(estimate(0.496, 0.5, 0.504), 0.01), true);
  assert.equal(isPrecise(estimate(0.49, 0.5, 0.51), 0.01), false);
  assert.equal(isPrecise(estimate(0.995, 1.003, 1.011), 0.01), false);
  assert.equal(isPrecise(estimate(0.999, 1.003, 1.007), 0.01), true);
});

/** One round value: log-normal noise of 10 %, and now and then an interruption. */
function rounds(random: Random, count: number, ns: number): Float64Array {
  return Float64Array.from({ length: count }, () => ns * Math.exp(0.1 * random.normal()) * (random.unit() < 0.1 ? 1.5 : 1));
}

const isAlarm = ({ verdict }: Comparison): boolean => verdict === 'faster' || verdict === 'slower';
/** 5 % of 1,000: the seeds are fixed, so there is no luck in it. */
const ALARMS_MAX = 50;

for (const count of [10, 20, 50]) {
  test(`1,000 null experiments of ${count} independent rounds: a false "faster" or "slower" in at most 5 %`, () => {
    let alarms = 0;
    for (let i = 0; i < 1000; i++) {
      const random = new Random(1000 * count + i);
      const [a, b] = [rounds(random, count, 1e6), rounds(random, count, 1e6)];
      if (isAlarm(compareArms({ id: 'a', wallNs: a, cpuNs: a }, { id: 'b', wallNs: b, cpuNs: b }, i))) alarms++;
    }
    assert.ok(alarms <= ALARMS_MAX, `${alarms} false alarms`);
  });
}

/** An arm whose processes differ: each start draws a level that all its rounds share. */
function livelyArm(id: string, random: Random, { between, within }: { between: number; within: number }): Contestant {
  let level = 1;
  const replayer = fakeReplayer(id, () => 25e6 * level * Math.exp(within * random.normal()) * (random.unit() < 0.05 ? 1.3 : 1));
  return {
    id,
    start: () => {
      level = Math.exp(between * random.normal());
      return replayer.start();
    },
  };
}

function comparisonOf(arms: readonly MeasuredArm[], blocks: readonly number[] | undefined, seed: number): Comparison {
  const values = ({ id, roundWallNs, roundCpuNs }: MeasuredArm): RoundValues => ({ id, wallNs: roundWallNs, cpuNs: roundCpuNs, ...(blocks && { blocks }) });
  return compareArms(values(arms[0]), values(arms[1]), seed);
}

for (const [name, noise] of [
  ['processes differ as much as rounds', { between: 0.01, within: 0.01 }],
  ['processes differ more than rounds', { between: 0.01, within: 0.002 }],
] as const) {
  test(`1,000 null experiments as they are run, stopped at +-1 %, ${name}: a false alarm in at most 5 %`, async () => {
    let alarms = 0;
    for (let i = 0; i < 1000; i++) {
      const random = new Random(i);
      const arms = ['a', 'b'].map((id) => livelyArm(id, random, noise));
      const { arms: measured, roundsPerBlock } = await runExperiment(arms, {
        rounds: 20,
        seconds: null,
        seed: i,
        enough: (sofar, blocks) => isPrecise(comparisonOf(sofar, blocks, i).speedup, 0.01),
      });
      if (isAlarm(comparisonOf(measured, roundsPerBlock, i))) alarms++;
    }
    assert.ok(alarms <= ALARMS_MAX, `${alarms} false alarms`);
  });
}

test('without restarts the same experiments would raise false alarms: what the blocks are for', () => {
  let [withBlocks, without] = [0, 0];
  for (let i = 0; i < 200; i++) {
    const random = new Random(i);
    const values = ['a', 'b'].map((id): RoundValues => {
      const levels = Array.from({ length: 8 }, () => Math.exp(0.01 * random.normal()));
      const ns = levels.flatMap((level) => Array.from({ length: 5 }, () => 1e6 * level * Math.exp(0.003 * random.normal())));
      return { id, wallNs: ns, cpuNs: ns };
    });
    const blocks = new Array<number>(8).fill(5);
    if (isAlarm(compareArms(values[0], values[1], i))) without++;
    if (isAlarm(compareArms({ ...values[0], blocks }, { ...values[1], blocks }, i))) withBlocks++;
  }
  assert.ok(without > 25, `${without} of 200 with rounds taken for independent`);
  assert.ok(withBlocks <= 20, `${withBlocks} of 200 with blocks`);
});

test('a real difference is found, with its size and its direction', () => {
  const random = new Random(7);
  const baseline = rounds(random, 50, 1e6);
  const arm = rounds(random, 50, 2e6);
  const there = compareArms({ id: 'serial', wallNs: baseline, cpuNs: baseline }, { id: 'x', wallNs: arm, cpuNs: baseline }, 1);
  assert.equal(there.verdict, 'slower');
  assert.ok(there.p < 1e-6);
  assert.ok(there.speedup.low < 0.5 && there.speedup.high > 0.5 && Math.abs(there.speedup.median - 0.5) < 0.04);
  assert.equal(there.cpuRatio.median, 1);
  const back = compareArms({ id: 'x', wallNs: arm, cpuNs: baseline }, { id: 'serial', wallNs: baseline, cpuNs: baseline }, 1);
  assert.equal(back.verdict, 'faster');
  assert.equal(back.p, there.p);
});

test('the p value counts blocks, not rounds', () => {
  const baseline = new Array<number>(40).fill(1e6);
  const arm = Array.from({ length: 40 }, (_, i) => 2e6 + i);
  const values = (id: string, wallNs: number[]): RoundValues => ({ id, wallNs, cpuNs: wallNs, blocks: new Array<number>(8).fill(5) });
  assert.equal(compareArms(values('serial', baseline), values('x', arm), 1).p, 2 / 2 ** 8);
});

test('rounds that were slow for both arms cancel out', () => {
  const random = new Random(9);
  const drift = Float64Array.from({ length: 30 }, () => 1e6 * (1 + 5 * random.unit()));
  const arm = drift.map((ns) => ns / 1.25);
  const { speedup, verdict } = compareArms({ id: 'serial', wallNs: drift, cpuNs: drift }, { id: 'x', wallNs: arm, cpuNs: arm }, 1);
  assert.equal(verdict, 'faster');
  assert.ok(Math.abs(speedup.low - 1.25) < 1e-9 && Math.abs(speedup.high - 1.25) < 1e-9);
});
