/** Every arm on real logs: no divergence, whatever the engine, on logs that read and logs that change files. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseResult } from '../../bench/result/read-result.js';
import { ENGINES } from '../../replay/engine.js';
import { loadNative } from '../../replay/native.js';
import { PYTHON_STARTUP, QUICK, runReal } from './real.js';

const probe = loadNative().probe();
const withoutUring = probe.available ? false : `io_uring is not available here: ${probe.cause ?? ''}`;
const TRACES = fileURLToPath(new URL('../../../test/fixtures/traces/', import.meta.url));

for (const [name, file] of [['reads only', PYTHON_STARTUP], ['changes files', path.join(TRACES, 'gcc.f-ttt-T.strace.gz')]]) {
  test(`all engines, a log that ${name}: no divergence, and a result of the schema`, { skip: withoutUring }, async () => {
    const outcome = await runReal({ file, ...QUICK, rounds: 2, engines: ENGINES, threads: 3, batches: [8] });
    const { result } = outcome;
    assert.ok(result !== null, outcome.error?.message);
    assert.deepEqual(parseResult(JSON.stringify(result), 'result'), result);
    assert.deepEqual(result.missingArms, []);
    assert.deepEqual(new Set(result.arms.map(({ engine }) => engine)), new Set(ENGINES));
    for (const arm of result.arms) assert.deepEqual(arm.divergent, [], arm.id);
    for (const { arm, ceiling } of result.comparisons) assert.equal(ceiling !== null, arm.startsWith('ring/') || (arm.startsWith('hybrid/') && ceiling !== null), arm);
    assert.ok(result.arms.every(({ engine, calibration }) => (engine === 'hybrid') === (calibration !== null)));
    assert.deepEqual(outcome.left, []);
  });
}

test('a sweep is in the result, one arm per value', { skip: withoutUring }, async () => {
  const { result, error } = await runReal({ file: PYTHON_STARTUP, ...QUICK, rounds: 2, engines: ['serial', 'ring'], orders: ['trace'], sweep: { parameter: 'batch', values: [1, 8, 0] } });
  assert.ok(result !== null, error?.message);
  assert.deepEqual(result.sweep, { parameter: 'batch', curves: [{ series: 'ring/trace', points: [{ value: 1, arm: 'ring/trace/1' }, { value: 8, arm: 'ring/trace/8' }, { value: 0, arm: 'ring/trace/all' }] }] });
  assert.deepEqual(result.comparisons.map(({ arm }) => arm), ['ring/trace/1', 'ring/trace/8', 'ring/trace/all']);
});
