/** A warming by way of the public entry alone, with the real runner and real files. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  checkWarmPlan, compileWarmPlan, decodeWarmPlan, encodeWarmPlan, isWarmPlan, loadTrace, runWarm, UringReplayError, warmArguments, type WarmPlan,
} from '../../src/index.js';

describe('warming from a program', () => {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), 'uring-replay-test-')));
  const root = join(dir, 'root');
  const planFile = join(dir, 'start.plan');
  let plan: WarmPlan;
  after(() => { rmSync(dir, { recursive: true }); });

  before(async () => {
    mkdirSync(join(root, 'app'), { recursive: true });
    writeFileSync(join(root, 'app/data'), 'x'.repeat(5000));
    writeFileSync(join(dir, 'first.strace'), '1 openat(AT_FDCWD, "/app/data", O_RDONLY) = 3\n1 read(3, ""..., 4096) = 4096\n1 close(3) = 0\n');
    writeFileSync(join(dir, 'second.strace'), '1 stat("data", {st_mode=S_IFREG|0644, st_size=5000, ...}) = 0\n1 access("/app/absent", R_OK) = -1 ENOENT (No such file or directory)\n');
    const traces = await Promise.all(['first', 'second'].map((name) => loadTrace(join(dir, `${name}.strace`))));
    plan = compileWarmPlan(traces, '/app', () => null);
    writeFileSync(planFile, plan.bytes);
  });

  test('several logs make one plan, which can be read and written again', () => {
    assert.deepEqual(plan.records.map(({ path, type, size, open, ranges }) => ({ path, type, size, open, ranges })), [
      { path: '/app/data', type: 'file', size: 5000, open: true, ranges: [{ offset: 0, bytes: 4096 }] },
      { path: '/app/absent', type: 'absent', size: null, open: false, ranges: [] },
    ]);
    assert.equal(plan.calls, 5);
    assert.ok(isWarmPlan(plan.bytes));
    assert.deepEqual(decodeWarmPlan(plan.bytes), plan.records);
    assert.deepEqual(encodeWarmPlan(plan.records), plan.bytes);
    assert.throws(() => decodeWarmPlan(Buffer.from('1 close(3) = 0\n')), UringReplayError);
  });

  test('a command runs beside the warming, and its status comes back', async () => {
    const { status, signal, report } = await runWarm(planFile, { root, before: true, budgetNs: 60e9 }, ['sh', '-c', 'exit 7']);
    assert.deepEqual([status, signal, report?.error], [7, null, null]);
    assert.ok(report!.sampled > 0 && report!.cpuNs > 0);
  });

  test('what has changed since is told by its record', async () => {
    assert.deepEqual((await checkWarmPlan(planFile, root)).changed, []);
    writeFileSync(join(root, 'app/absent'), 'now');
    const { changed } = await checkWarmPlan(planFile, root);
    assert.deepEqual(changed, [{ record: 1, what: 'appeared', type: 'file', size: 3 }]);
  });

  test('a file that is no plan: said in the report, and the command runs all the same', async () => {
    const wrong = join(dir, 'first.strace');
    await assert.rejects(checkWarmPlan(wrong, root), { code: 'UR_BAD_PLAN' });
    const { status, report } = await runWarm(wrong, {}, ['sh', '-c', 'exit 3']);
    assert.deepEqual([status, report?.error?.code], [3, 'UR_BAD_PLAN']);
  });

  test('options as the runner takes them: nanoseconds and bytes', () => {
    assert.deepEqual(warmArguments({ budgetNs: 2e8, bytesMax: 1 << 20, root: '/srv' }), ['--budget', '200000000ns', '--max-bytes', '1048576', '--root', '/srv']);
  });
});
