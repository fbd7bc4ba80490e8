import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { ARM_KINDS, baselineOf, chooseArms, isFloor, needsRing, withCaches } from '../../../bench/arms/arms.js';
import { ceilingRatios, floorOf, PLAIN_FLOOR } from '../../../bench/arms/ceiling.js';
import { DEFAULTS } from '../../../bench/settings.js';
import { sweepArms } from '../../../bench/sweep.js';
import { ENGINES } from '../../../replay/engine.js';

const choice = { ...DEFAULTS, engines: ENGINES, batches: [8, 0], threads: 3 } as const;
const ids = (arms: readonly { id: string }[]): string[] => arms.map(({ id }) => id);

test('every engine has its arms, each with an id of its own', () => {
  const arms = chooseArms(choice);
  assert.equal(new Set(ids(arms)).size, arms.length);
  assert.deepEqual([...new Set(arms.map(({ options }) => options.engine))], [...ENGINES]);
  assert.deepEqual(ids(chooseArms({ ...choice, engines: ['ring', 'threads', 'serial'], orders: ['trace'] })), ['ring/trace/8', 'ring/trace/all', 'threads/trace/3', 'serial']);
  assert.equal(baselineOf(arms)?.id, 'serial');
});

test('rewrites and floors are named as such, and what is set for workers is part of the name', () => {
  assert.deepEqual(ids(chooseArms({ ...choice, engines: ['mmap', 'dedup'] })), ['rewrite/mmap', 'rewrite/dedup']);
  assert.ok(ARM_KINDS.mmap.rewrite !== null && ARM_KINDS.dedup.rewrite !== null && ARM_KINDS.ring.rewrite === null);
  assert.deepEqual(ids(chooseArms({ ...choice, engines: ['ring'], orders: ['deps'], batches: [8], workers: 4 })), ['ring/deps/8/workers=4']);
  assert.deepEqual(ids(chooseArms({ ...choice, engines: ['ring', 'serial'], orders: ['deps'], batches: [8], affinity: 'same' })), ['ring/deps/8/affinity=same', 'serial']);
  const nops = chooseArms({ ...choice, engines: ['nop'], orders: ['trace'], batches: [8] });
  assert.deepEqual(ids(nops), ['nop/serial', 'nop/trace/8']);
  assert.ok(nops.every(isFloor));
  assert.deepEqual(nops.map(({ options }) => needsRing(options)), [false, true]);
});

test('arms through libuv come with the plain calls of their part, once, and are told apart by their pool', () => {
  const arms = chooseArms({ ...choice, engines: ['serial', 'libuv/sync', 'libuv/promises', 'libuv/uring'], orders: ['trace'], batches: [8], pool: 16 });
  assert.deepEqual(ids(arms), ['serial', 'serial/fs', 'libuv/sync', 'libuv/promises/trace/8/pool=16', 'libuv/uring/trace/8/pool=16']);
  assert.deepEqual(arms.map(({ part }) => part), [undefined, 'fs', 'fs', 'fs', 'fs']);
  assert.equal(baselineOf(arms)?.id, 'serial');
  assert.equal(baselineOf(withCaches(arms.slice(2).concat(arms[1]), 'cold'))?.id, 'serial/fs', 'wherever it stands');
  assert.deepEqual(arms.map(({ options }) => needsRing(options)), [false, false, false, false, true]);
});

test('no number of threads means one per CPU', () => {
  assert.deepEqual(ids(chooseArms({ ...choice, engines: ['threads'], orders: ['trace'], threads: 0 })), [`threads/trace/${availableParallelism()}`]);
});

test('no-ops have nothing that could be cold', () => {
  const arms = chooseArms({ ...choice, engines: ['serial', 'nop'], orders: ['trace'], batches: [8] });
  assert.deepEqual(withCaches(arms, 'cold').map(({ id, cache }) => [id, cache]), [['serial', 'cold'], ['nop/serial', 'warm'], ['nop/trace/8', 'warm']]);
  assert.deepEqual(ids(withCaches(arms, 'both')), ['serial@warm', 'serial@cold', 'nop/serial', 'nop/trace/8']);
});

test('a sweep has one curve per engine and order, and each other arm once', () => {
  const { arms, curves } = sweepArms({ ...choice, engines: ['serial', 'ring', 'threads'], orders: ['trace'] }, { parameter: 'batch', values: [1, 4, 0] });
  assert.deepEqual(ids(arms), ['serial', 'ring/trace/1', 'threads/trace/3', 'ring/trace/4', 'ring/trace/all']);
  assert.deepEqual(curves, [{ series: 'ring/trace', points: [{ value: 1, arm: 'ring/trace/1' }, { value: 4, arm: 'ring/trace/4' }, { value: 0, arm: 'ring/trace/all' }] }]);
});

test('a sweep of the depth varies whatever carries the calls', () => {
  const { curves } = sweepArms({ ...choice, engines: ['ring', 'threads'], orders: ['deps'] }, { parameter: 'depth', values: [2, 16] });
  assert.deepEqual(curves.map(({ series, points }) => [series, points.map(({ arm }) => arm)]), [
    ['ring/deps', ['ring/deps/2/workers=2', 'ring/deps/16/workers=16']], ['threads/deps', ['threads/deps/2', 'threads/deps/16']],
  ]);
});

test('a sweep of what no engine has is refused, with the engines that have it', () => {
  assert.throws(() => sweepArms({ ...choice, engines: ['serial', 'ring'] }, { parameter: 'threads', values: [1] }), { code: 'UR_USAGE', remedy: /threads/ });
});

test('the ceiling: entries saved, queues paid, all else the same', () => {
  // 1,000 calls of 650 ns, an entry of 100 ns, a request of 60 ns: 650 / (650 - 40).
  const [ratio] = ceilingRatios([650_000], [100_000], [60_000]);
  assert.ok(Math.abs(ratio - 650 / 610) < 1e-12);
  assert.deepEqual([...ceilingRatios([100], [200], [50])], [], 'noise gives no figure');
});

test('each ring arm has the floor with its own schedule', () => {
  for (const { id, options } of chooseArms({ ...choice, workers: 2 })) {
    const floor = floorOf(options);
    assert.equal(floor !== null, options.engine === 'ring' || options.engine === 'hybrid', id);
    if (floor !== null) assert.ok(ids(chooseArms({ ...choice, workers: 2 })).includes(floor), floor);
  }
  assert.ok(ids(chooseArms(choice)).includes(PLAIN_FLOOR));
});
