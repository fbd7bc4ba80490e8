import assert from 'node:assert/strict';
import { test } from 'node:test';
import { impactOf } from '../../../bench/judge/impact.js';
import { compareArms, type RoundValues } from '../../../bench/judge/judge.js';
import { around, aroundMean } from '../sample-result.js';

const arm = (id: string, ns: number): RoundValues => ({ id, wallNs: new Array<number>(10).fill(ns), cpuNs: new Array<number>(10).fill(ns) });

test('the calls one by one are the most that can be saved, and the best arm saves its difference', () => {
  const serial = arm('serial', 1e6);
  const others = [arm('slow', 2e6), arm('fast', 0.75e6)];
  const recording = { wall: { median: 0.02, low: 0.019, high: 0.021 }, user: aroundMean(0.01), system: aroundMean(0.005) };
  const impact = impactOf(recording, serial, others, others.map((other) => compareArms(serial, other, 1)), 1);
  assert.equal(impact.programNs.median, 20e6);
  assert.equal(impact.callsNs.median, 1e6);
  assert.equal(impact.callsPercent.median, 5);
  assert.ok(Math.abs(impact.callsPercent.low - 100 / 21) < 1e-9 && Math.abs(impact.callsPercent.high - 100 / 19) < 1e-9);
  assert.equal(impact.bestArm, 'fast');
  assert.equal(impact.savedNs?.median, 0.25e6);
  assert.equal(impact.savedPercent?.median, 1.25);
});

test('with the serial arm alone there is a share but no saving', () => {
  const impact = impactOf({ wall: around(0.02), user: aroundMean(0.01), system: aroundMean(0.005) }, arm('serial', 1e6), [], [], 1);
  assert.deepEqual([impact.bestArm, impact.savedNs, impact.savedPercent], [null, null, null]);
});
