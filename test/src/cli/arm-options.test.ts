import assert from 'node:assert/strict';
import { test } from 'node:test';
import { armSettings } from '../../../src/cli/arm-options.js';
import { ENGINES } from '../../../replay/engine.js';
import type { RunFlags } from '../../../src/cli/run-flags.js';

const flags = (given: Partial<RunFlags>): RunFlags => ({ engine: 'serial,ring', order: 'trace', ...given });

/** Refused with the option in the message, and a remedy that names a way out. */
function assertRefused(given: Partial<RunFlags>, message: RegExp, remedy: RegExp): void {
  assert.throws(() => armSettings(flags(given)), { code: 'UR_USAGE', message, remedy });
}

test('defaults', () => {
  const { engines, batches, workers, window, setup, sweep } = armSettings(flags({}));
  assert.deepEqual({ engines, batches, workers, window, setup, sweep }, { engines: ['serial', 'ring'], batches: [32], workers: 0, window: 'sliding', setup: 'auto', sweep: null });
});

test('all engines, by name or by "all"', () => {
  assert.deepEqual(armSettings(flags({ engine: 'all' })).engines, [...ENGINES]);
  assert.deepEqual(armSettings(flags({ engine: 'libuv/sync,libuv,serial' })).engines, ['libuv/sync', 'libuv/promises', 'libuv/uring', 'serial']);
  assert.deepEqual(armSettings(flags({ engine: 'threads,mmap' })).engines, ['threads', 'mmap']);
  assertRefused({ engine: 'serial,rings' }, /--engine: "rings"/, /ring, threads, hybrid/);
});

test('auto: several batches in the order of the log, beside what else is asked for', () => {
  const { auto, engines, orders, batches, threads } = armSettings({ engine: 'auto' });
  assert.deepEqual({ auto, engines, orders, batches, threads }, { auto: [8, 32, 128, 0], engines: ['serial'], orders: ['trace'], batches: [32], threads: 0 });
  const more = armSettings({ engine: 'auto,libuv/sync', order: 'deps', batch: '4', threads: '3' });
  assert.deepEqual([more.engines, more.orders, more.auto, more.threads], [['libuv/sync'], ['deps'], [4], 3]);
  assert.equal(armSettings(flags({})).auto, null);
  assertRefused({ engine: 'auto', pool: '8' }, /--pool 8/, /libuv\/promises/);
});

test('sweeps', () => {
  assert.deepEqual(armSettings(flags({ sweep: 'batch=1,2,2,all' })).sweep, { parameter: 'batch', values: [1, 2, 0] });
  assert.deepEqual(armSettings(flags({ sweep: 'workers=1,8' })).sweep, { parameter: 'workers', values: [1, 8] });
  assertRefused({ sweep: 'batch' }, /--sweep: "batch"/, /batch=1,2/);
  assertRefused({ sweep: 'speed=1' }, /--sweep: "speed"/, /depth/);
  assertRefused({ sweep: 'threads=1,0' }, /--sweep threads: "0"/, /from 1/);
});

test('options that contradict each other or do nothing are refused', () => {
  assertRefused({ sweep: 'batch=1,2', batch: '8' }, /--batch: --sweep batch sets it/, /--batch or --sweep/);
  assertRefused({ sweep: 'depth=1,2', threads: '8' }, /--threads: --sweep depth/, /--threads or --sweep/);
  assertRefused({ threads: '8' }, /--threads 8: none of the engines .*serial,ring/, /threads/);
  assertRefused({ engine: 'serial,threads', ringWorkers: '4' }, /--ring-workers 4/, /ring, hybrid/);
  assertRefused({ engine: 'serial,threads', ringAffinity: 'same' }, /--ring-affinity same/, /ring, hybrid/);
  assertRefused({ ringAffinity: '0' }, /--ring-affinity: "0"/, /any, same, other/);
  assert.equal(armSettings(flags({ ringAffinity: 'other' })).affinity, 'other');
});
