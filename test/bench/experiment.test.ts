import assert from 'node:assert/strict';
import { test } from 'node:test';
import { leadPasses, passesPerRound } from '../../bench/arms/arm.js';
import { blockRounds, runExperiment } from '../../bench/experiment.js';
import { fakeReplayer } from './fake-replayer.js';

const exactly = (rounds: number): { rounds: number; seconds: null; seed: number } => ({ rounds, seconds: null, seed: 1 });

test('a round takes about 2 ms, at least one pass and at most 100', () => {
  assert.equal(passesPerRound(0.25e6), 8);
  assert.equal(passesPerRound(3e9), 1);
  assert.equal(passesPerRound(10), 100);
});

test('what does not count before it takes 2 to 8 ms, with six passes where they fit', () => {
  assert.equal(leadPasses(0.1e6), 20);
  assert.equal(leadPasses(1e6), 6);
  assert.equal(leadPasses(2e6), 4);
  assert.equal(leadPasses(5e6), 1);
  assert.equal(leadPasses(100e6), 0);
});

test('every arm runs its passes once per round, after a warm-up', async () => {
  const a = fakeReplayer('serial', () => 0.25e6);
  const b = fakeReplayer('ring/trace/32', () => 0.5e6);
  const { arms, rounds, roundsPerBlock, stoppedBy } = await runExperiment([a, b], exactly(12));
  assert.deepEqual([rounds, stoppedBy], [12, 'rounds']);
  assert.deepEqual(arms.map((arm) => arm.passesPerRound), [8, 4]);
  // Starting such an arm takes no time, so a block is one round; at least 2 ms and six passes before it do not count.
  assert.deepEqual(roundsPerBlock, new Array(12).fill(1));
  assert.deepEqual(a.runs.slice(-24), new Array(12).fill([8, 8]).flat());
  assert.deepEqual(b.runs.slice(-24), new Array(12).fill([6, 4]).flat());
  // The warm-up takes at least 100 ms of each arm: 400 passes of 0.25 ms.
  assert.ok(a.runs.slice(0, -24).reduce((sum, n) => sum + n, 0) >= 400);
  assert.deepEqual([a.starts, a.closes], [12, 12]);
  assert.equal(arms[0].wallNs.length, 12 * 8);
  assert.deepEqual(arms[0].roundWallNs, new Array(12).fill(0.25e6));
  assert.deepEqual(arms[1].roundCpuNs, new Array(12).fill(1e6));
  assert.deepEqual(arms[0].usage, { voluntarySwitches: 1, involuntarySwitches: 0, minorFaults: 3, majorFaults: 0, blocksRead: 8, workersMax: 12 });
  assert.deepEqual(arms[0].counted.punted, { statx: 4 });
});

test('the order of the arms is shuffled in each round, and the same seed gives the same order', async () => {
  const orders = async (seed: number): Promise<string> => {
    let order = '';
    const arms = ['a', 'b', 'c'].map((id) => fakeReplayer(id, () => 1e9, { onRun: () => (order += id) }));
    await runExperiment(arms, { rounds: 20, seconds: null, seed });
    // One warm-up pass each; then rounds in a shuffled order, each arm with a pass before that does not count.
    return order.slice(3).match(/../g)!.map(([lead, counted]) => (lead === counted ? counted : '?')).join('');
  };
  const [one, again, other] = [await orders(1), await orders(1), await orders(2)];
  assert.equal(one, again);
  assert.notEqual(one, other);
  const rounds = one.match(/.../g)!;
  assert.ok(rounds.every((round) => round.split('').sort().join('') === 'abc'), 'each arm once per round');
  assert.ok(new Set(rounds).size >= 4, 'several orders');
});

test('a divergence in the warm-up alone still counts', async () => {
  const { arms } = await runExperiment([fakeReplayer('serial', () => 1e6, { diverging: 3 })], exactly(5));
  assert.equal(arms[0].divergences, 3);
  assert.equal(arms[0].divergent[0].line, 12);
});

test('a block has few rounds where a start is cheap, and more where it costs', () => {
  assert.equal(blockRounds(0, 0.1), 1);
  assert.equal(blockRounds(0.4, 0.1), 2);
  assert.equal(blockRounds(0.9, 0.1), 3);
  assert.equal(blockRounds(60, 0.001), 8);
});

test('good enough figures stop it; the question is put after twenty blocks, then after a quarter more each time', async () => {
  const asked: number[] = [];
  const enough = (_: unknown, blocks: readonly number[]): boolean => asked.push(blocks.length) === 4;
  const { roundsPerBlock, stoppedBy } = await runExperiment([fakeReplayer('serial', () => 1e6)], { rounds: null, seconds: 60, seed: 1, enough });
  assert.deepEqual(asked, [20, 25, 32, 40]);
  assert.deepEqual([roundsPerBlock.length, stoppedBy], [40, 'precision']);
});

test('time stops it, but not before there are blocks for a verdict', async () => {
  const { rounds, stoppedBy } = await runExperiment([fakeReplayer('serial', () => 1e6)], { rounds: null, seconds: 1e-9, seed: 1 });
  // A nanosecond is over three times at once: what is worth keeping is three rounds.
  assert.deepEqual([rounds, stoppedBy], [3, 'time']);
});

test('an abort keeps the finished rounds', async () => {
  const abort = new AbortController();
  const a = fakeReplayer('a', () => 1e9);
  // Runs of an arm: its warm-up, then a run that does not count before each round.
  const b = fakeReplayer('b', () => 1e9, { onRun: (run) => { if (run === 9) abort.abort(); } });
  const { arms, rounds, stoppedBy } = await runExperiment([a, b], { ...exactly(50), signal: abort.signal });
  assert.deepEqual([rounds, stoppedBy], [4, 'interrupted']);
  assert.deepEqual(arms.map((arm) => arm.wallNs.length), [4, 4], 'no half round');
  assert.deepEqual([a.starts, a.closes, b.closes], [5, 5, 5], 'nothing is left running');
});

test('an abort before the first round is finished rejects', async () => {
  const abort = new AbortController();
  const a = fakeReplayer('a', () => 1e9, { onRun: () => { abort.abort(); } });
  await assert.rejects(runExperiment([a], { ...exactly(50), signal: abort.signal }), { name: 'AbortError' });
});

test('an arm that fails half-way ends the rounds but not the result', async () => {
  const fail = (at: number) => fakeReplayer('a', () => 1e9, { onRun: (run) => { if (run === at) throw new Error('it died'); } });
  const { rounds, stoppedBy, failure } = await runExperiment([fail(15)], exactly(50));
  assert.deepEqual([rounds, stoppedBy, failure?.message], [7, 'failure', 'it died']);
  await assert.rejects(runExperiment([fail(2)], exactly(50)), /it died/);
});

test('an arm that cannot be started again ends the rounds but not the result, and the others are ended', async () => {
  const a = fakeReplayer('a', () => 1e9);
  const good = fakeReplayer('b', () => 1e9);
  const failing = { id: 'b', start: () => (good.starts < 5 ? good.start() : Promise.reject(new Error('no process'))) };
  const { rounds, stoppedBy, failure } = await runExperiment([a, failing], exactly(50));
  assert.deepEqual([rounds, stoppedBy, failure?.message], [5, 'failure', 'no process']);
  assert.deepEqual([a.starts, a.closes], [6, 6]);
});
