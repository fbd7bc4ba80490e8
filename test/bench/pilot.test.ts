import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUTO_BATCHES, candidatesFor } from '../../bench/pilot.js';
import { parseResult } from '../../bench/result/read-result.js';
import { checkSettings, DEFAULTS } from '../../bench/settings.js';
import { PYTHON_STARTUP, QUICK, runReal } from './real.js';

const wishes = { ...DEFAULTS, orders: ['trace'], batches: AUTO_BATCHES } as const;
const ids = (changes: Partial<Parameters<typeof candidatesFor>[0]> = {}): string[] => candidatesFor({ ...wishes, ...changes }, 2).map(({ id }) => id);

test('warm: the ring in several batches, threads per CPU and more, the hybrid; no rewrites, no speculation', () => {
  assert.deepEqual(ids(), ['ring/trace/8', 'ring/trace/32', 'ring/trace/128', 'ring/trace/all', 'threads/trace/2', 'threads/trace/32', 'hybrid/trace/32']);
});

test('where calls wait for storage, wide ones too; what the user fixed stays fixed', () => {
  const slow = ids({ latencyNs: 1e6, cache: 'cold' });
  for (const id of ['ring/trace/128/workers=128', 'threads/trace/128', 'hybrid/trace/128']) assert.ok(slow.includes(id), id);
  assert.deepEqual(ids({ cache: 'cold', threads: 5, workers: 9, batches: [4] }), ['ring/trace/4/workers=9', 'threads/trace/5', 'hybrid/trace/32/workers=9', 'hybrid/trace/128/workers=9']);
  assert.ok(ids({ orders: ['deps'] }).every((id) => id.includes('/deps/')), 'deps when asked for');
});

test('what auto cannot be combined with is refused', () => {
  const settings = { ...DEFAULTS, file: 'x', auto: AUTO_BATCHES };
  assert.throws(() => { checkSettings({ ...settings, cache: 'both' }); }, { code: 'UR_USAGE', message: /--engine auto.*--cache both/ });
  assert.throws(() => { checkSettings({ ...settings, sweep: { parameter: 'batch', values: [1] } }); }, { code: 'UR_USAGE', message: /--engine auto.*--sweep/ });
});

test('the best of the pilot is measured against serial in rounds of its own', async () => {
  const { result, error } = await runReal({ file: PYTHON_STARTUP, ...QUICK, engines: ['serial'], auto: [8, 32], orders: ['trace'] });
  assert.ok(result !== null, error?.message);
  assert.deepEqual(parseResult(JSON.stringify(result), 'result'), result);
  const { pilot, arms, comparisons } = result;
  assert.ok(pilot?.chosen != null, 'threads need nothing');
  assert.deepEqual(arms.map(({ id }) => id), ['serial', pilot.chosen]);
  assert.deepEqual(comparisons.map(({ arm }) => arm), [pilot.chosen]);
  assert.equal(pilot.candidates[0].id, pilot.chosen);
  assert.ok(pilot.candidates.every(({ speedup, leftOut }) => (speedup === null) !== (leftOut === null)));
  assert.equal(result.conditions.rounds, QUICK.rounds);
});
