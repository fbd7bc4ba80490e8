import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classesOf, lanesOf, nameOf, type CallClass } from '../../../bench/calibrate/classes.js';
import { decide, type Measure, type Way } from '../../../bench/calibrate/decide.js';
import { LANE_RING } from '../../../replay/engine.js';
import { CHECK_NONE, CHECK_VALUE } from '../../../replay/plan/format.js';
import { program } from '../../native/programs.js';

const value = (expect: number): { check: number; expect: number } => ({ check: CHECK_VALUE, expect });
const bytes = program([
  { code: 'stat', path: '/a', ...value(0) },
  { code: 'stat', path: '/b', ...value(-2) },
  { code: 'stat', path: '/c', ...value(0) },
  { code: 'read', fd: -1, len: 100_000, ...value(100_000) },
  { code: 'lseek', fd: -1, check: CHECK_NONE },
]);
const COLD_NS = [100_000, 1000, 90_000, 500_000, 200];

test('classes: by call, outcome, size, and whether they waited', () => {
  const classes = classesOf(bytes, COLD_NS, true);
  assert.deepEqual(classes.map((one) => [nameOf(one), one.ops, one.totalNs]), [
    ['read hit > 64 KiB slow', [3], 500_000], ['stat hit slow', [0, 2], 190_000], ['stat miss cached', [1], 1000], ['lseek hit cached', [4], 200],
  ]);
  assert.deepEqual([...lanesOf(classes.slice(1, 2), 5)], [1, 0, 1, 0, 0]);
  assert.ok(classesOf(bytes, COLD_NS, false).every(({ state }) => state === 'cached'), 'with everything in memory nothing waits');
});

const classes = classesOf(bytes, COLD_NS, true);
const limits = { ops: 5, cpus: 2, batch: 8, workers: 0, ring: true };
const plain = new Set(['lseek']);

/** What a pass takes when each op has a cost by lane; `threadsNs`: when all are made by threads. */
function machine(ringNs: (one: CallClass) => number, threadsNs: number, overheadNs = 0): { measure: Measure; asked: string[][] } {
  const asked: string[][] = [];
  const passNs = (way: Way): number => {
    if (way.kind === 'threads') return threadsNs;
    const rings = way.lanes.includes(LANE_RING) ? overheadNs : 0;
    return rings + classes.reduce((sum, one) => sum + (way.lanes[one.ops[0]] === LANE_RING ? ringNs(one) * one.ops.length : one.totalNs), 0);
  };
  const measure: Measure = (ways) => {
    asked.push(ways.map(({ name }) => name));
    return Promise.resolve(ways.map((way) => Array.from({ length: 7 }, (_, round) => passNs(way) * (1 + round / 1000))));
  };
  return { measure, asked };
}

test('where nothing pays, all calls stay direct', async () => {
  const { measure } = machine((one) => one.directNs * 2, 1e9);
  const { way, reason } = await decide(classes, plain, limits, { quickly: measure, anew: measure });
  assert.equal(way.kind, 'direct');
  assert.match(reason, /took \d\.\d\d times as long/);
});

test('what pays goes to the ring, the rest stays direct, and the figure is measured anew', async () => {
  const { measure, asked } = machine((one) => (one.call === 'stat' && one.state === 'slow' ? 1000 : one.directNs * 1.5), 1e9);
  const { way, ringNs } = await decide(classes, plain, limits, { quickly: measure, anew: measure });
  assert.equal(way.kind, 'ring');
  assert.deepEqual([...way.lanes], [1, 0, 1, 0, 0]);
  assert.equal(asked.at(-1)?.[0], 'direct');
  assert.ok(asked.at(-1)?.includes('stat hit slow on the ring'), 'measured anew');
  assert.ok(Math.abs(ringNs.get('stat hit slow')! - 1000) < 500);
});

test('several classes that pay go together', async () => {
  const { measure } = machine((one) => (one.state === 'slow' ? 1000 : 1e6), 1e9);
  const { way } = await decide(classes, plain, limits, { quickly: measure, anew: measure });
  assert.deepEqual([...way.lanes], [1, 0, 1, 1, 0]);
});

test('threads, where direct calls pay most when several make them', async () => {
  const { measure } = machine((one) => one.directNs * 0.5, 10_000);
  const { way } = await decide(classes, plain, limits, { quickly: measure, anew: measure });
  assert.deepEqual([way.kind, way.threads], ['threads', 8]);
});

test('a gain that is gone in fresh rounds does not count', async () => {
  let calls = 0;
  const lucky: Measure = (ways) => Promise.resolve(ways.map(({ kind }) => new Array<number>(7).fill(kind === 'ring' && calls++ < 3 ? 500 : 1000)));
  const { way, reason } = await decide(classes, plain, limits, { quickly: lucky, anew: lucky });
  assert.equal(way.kind, 'direct');
  assert.match(reason, /in fresh rounds/);
});

test('what seems to pay is looked at again before it is given up', async () => {
  let looks = 0;
  // Twice as fast in most rounds, slower in some: seven rounds leave that open.
  const noisy: Measure = (ways) => Promise.resolve(ways.map(({ kind }) => Array.from({ length: 7 }, (_, round) => (kind === 'threads' ? (round < 2 ? 1500 : 500) : 1000))));
  const { way, reason } = await decide(classes, plain, { ...limits, ring: false }, { quickly: noisy, anew: (ways) => (looks++, noisy(ways)) });
  assert.ok(looks > 1 && looks <= 3, String(looks));
  assert.match(reason, way.kind === 'threads' ? /in fresh rounds/ : /not surely so/);
});

test('without io_uring only threads are tried; with one call in flight, nothing is', async () => {
  const none = machine(() => 1, 10_000);
  assert.equal((await decide(classes, plain, { ...limits, ring: false }, { quickly: none.measure, anew: none.measure })).way.kind, 'threads');
  assert.ok(none.asked.flat().every((name) => !name.includes('ring')));
  const alone = await decide(classes, plain, { ...limits, ring: false, batch: 1 }, { quickly: none.measure, anew: none.measure });
  assert.deepEqual([alone.way.kind, alone.reason], ['direct', 'there is no other way']);
});
