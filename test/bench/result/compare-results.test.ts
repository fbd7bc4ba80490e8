import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compareResults } from '../../../bench/result/compare-results.js';
import { seal } from '../../../bench/result/digest.js';
import type { ResultDocument } from '../../../bench/result/result.js';
import { sampleArm, sampleResult } from '../sample-result.js';

/** Ten blocks of two rounds of three passes; `ns`: the wall time of each round. */
function measured(ns: (round: number) => number, change: Partial<ResultDocument> = {}): ResultDocument {
  const base = sampleResult();
  const samples = Array.from({ length: 60 }, (_, pass) => ns(Math.floor(pass / 3)) * [1, 0.5, 9][pass % 3]);
  const arm = sampleArm('serial');
  return seal({
    ...base,
    arms: [{ ...arm, wallNs: { ...arm.wallNs, samples } }],
    comparisons: [],
    conditions: { ...base.conditions, rounds: 20, roundsPerBlock: new Array<number>(10).fill(2), passesPerRound: { serial: 3 } },
    ...change,
  });
}

test('arms are matched by id, and rounds are the medians of their passes', () => {
  const { arms, differences } = compareResults([
    { name: 'a', result: measured((round) => 1000 + round) },
    { name: 'b', result: measured((round) => 2 * (1000 + round)) },
  ]);
  const [{ id, cells: [first, second] }] = arms;
  assert.deepEqual([id, first?.toFirst], ['serial', null]);
  const ratio = second!.toFirst!;
  assert.ok(Math.abs(ratio.median - 0.5) < 1e-9);
  assert.ok(ratio.low < 0.5 && 0.5 < ratio.high && ratio.high - ratio.low < 0.02);
  assert.deepEqual(differences, []);
});

test('an arm that only one result has is shown, without a ratio', () => {
  const { arms } = compareResults([{ name: 'a', result: measured(() => 5) }, { name: 'b', result: sampleResult() }]);
  assert.deepEqual(arms.map(({ id, cells }) => [id, cells.map((cell) => cell !== null)]), [['serial', [true, true]], ['ring/trace/32', [false, true]]]);
  assert.equal(arms[1].cells[1]!.toFirst, null);
});

test('settings that differ are listed with the value of each result', () => {
  const a = sampleResult();
  const b: ResultDocument = { ...a, host: { ...a.host, kernel: '6.1.0', mitigations: {}, governor: 'performance' }, conditions: { ...a.conditions, pin: '0-1' } };
  const { differences } = compareResults([{ name: 'a', result: a }, { name: 'b', result: b }]);
  assert.deepEqual(differences, [
    { setting: 'host.kernel', values: ['6.18.0', '6.1.0'] },
    { setting: 'host.mitigations.meltdown', values: ['Mitigation: PTI', null] },
    { setting: 'host.governor', values: [null, 'performance'] },
    { setting: 'conditions.pin', values: [null, '0-1'] },
  ]);
});

test('what cannot be compared is refused, naming the file', () => {
  const a = sampleResult();
  const pair = (change: Partial<ResultDocument>): Parameters<typeof compareResults>[0] => [{ name: 'a.json', result: a }, { name: 'b.json', result: { ...a, ...change } }];
  assert.throws(() => compareResults([{ name: 'a.json', result: a }]), { code: 'UR_USAGE' });
  assert.throws(() => compareResults(pair({ trace: { ...a.trace, digest: '9'.repeat(64) } })), { code: 'UR_OTHER_TRACE', message: /^b\.json is of another trace/ });
  assert.throws(() => compareResults(pair({ trace: { ...a.trace, programDigest: '9'.repeat(64) } })), { code: 'UR_OTHER_PROGRAM', message: /^b\.json replayed other calls/ });
  assert.throws(() => compareResults(pair({ warnings: [{ code: 'instructions', message: '', remedy: '' }] })), { code: 'UR_OTHER_UNIT' });
});
