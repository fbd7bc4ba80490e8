/** The whole way on a real log: read, sandbox, arms in processes of their own, verdict. */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { parseResult } from '../../bench/result/read-result.js';
import { DEFAULTS, run } from '../../bench/run.js';
import type { ResultDocument } from '../../bench/result/result.js';
import { loadNative } from '../../replay/native.js';
import { PYTHON_STARTUP, processesWith, QUICK, runReal, type Outcome } from './real.js';

const probe = loadNative().probe();
const withoutUring = probe.available ? false : `io_uring is not available here: ${probe.cause ?? ''}`;
const notRoot = process.getuid?.() === 0 ? false : 'only root can become another user';
const NOBODY = 65534;
/** In the environment of the processes of this file's runs, and of no other's that may run beside it. */
const MARK = `uring-replay-test-of-${process.pid}.`;

function found(command: string, ...args: string[]): boolean {
  return spawnSync(command, args).status === 0;
}

function resultOf({ result, error, stderr }: Outcome): ResultDocument {
  assert.ok(result !== null, `${error?.message ?? ''}\n${stderr}`);
  return result;
}

/** What holds of every result of the bundled trace, however it was replayed. */
function assertSound(result: ResultDocument): void {
  assert.deepEqual(parseResult(JSON.stringify(result), 'result'), result, 'matches its schema');
  const { trace, arms } = result;
  assert.equal(trace.replayed + trace.ledger.reduce((sum, { count }) => sum + count, 0), trace.calls);
  for (const arm of arms) {
    assert.deepEqual(arm.divergent, [], arm.id);
    assert.equal(arm.divergences, 0, arm.id);
    assert.equal(arm.calls, trace.replayed);
    assert.equal(arm.wallNs.samples.length, result.conditions.rounds * result.conditions.passesPerRound[arm.id]);
    assert.ok(arm.wallNs.low <= arm.wallNs.median && arm.wallNs.median <= arm.wallNs.high);
    const counted = [arm.inline, arm.punted, arm.direct].flatMap((counts) => Object.values(counts));
    assert.equal(counted.reduce((sum, n) => sum + n, 0), arm.calls, `${arm.id}: every call is inline, punted or direct`);
  }
}

test('the bundled trace: no divergence in any arm, every call accounted for, and a verdict', { skip: withoutUring }, async () => {
  const outcome = await runReal({ file: PYTHON_STARTUP, ...QUICK });
  const result = resultOf(outcome);
  assertSound(result);
  assert.deepEqual(result.arms.map(({ id }) => id), ['serial', 'ring/trace/32', 'ring/deps/32']);
  assert.deepEqual(result.comparisons.map(({ baseline, arm }) => [baseline, arm]), [['serial', 'ring/trace/32'], ['serial', 'ring/deps/32']]);
  assert.equal(result.arms[0].syscalls, result.trace.replayed, 'one kernel entry per call');
  assert.equal(result.conditions.stoppedBy, 'rounds');
  assert.equal(result.conditions.rounds, 6);
  assert.match(result.verdict, /^[A-Z].*\.$/);
  assert.deepEqual(outcome.left, []);
});

test('an ordinary user enters the sandbox through a user namespace', { skip: withoutUring || notRoot }, async (t) => {
  const outcome = await runReal({ file: PYTHON_STARTUP, ...QUICK, batches: [8] }, { uid: NOBODY });
  const result = resultOf(outcome);
  assertSound(result);
  assert.deepEqual(outcome.left, []);
  if (result.conditions.mode === 'confined') t.skip(`no user namespaces here: ${result.conditions.isolation}`);
  else assert.equal(result.conditions.isolation, 'chroot in a user namespace');
});

test('where neither root nor user namespaces are to be had, paths are confined, and the result says so', { skip: withoutUring || notRoot }, async () => {
  const outcome = await runReal({ file: PYTHON_STARTUP, ...QUICK, batches: [8] }, { uid: NOBODY, env: { PATH: '/nowhere' } });
  const result = resultOf(outcome);
  assertSound(result);
  assert.equal(result.conditions.mode, 'confined');
  assert.match(result.conditions.isolation, /^paths put below .*unshare/);
  assert.ok(result.warnings.some(({ code }) => code === 'confined'));
  assert.deepEqual(outcome.left, []);
});

test('live: the real file system, read only', { skip: withoutUring || (found('strace', '-V') ? false : 'strace is not installed') }, async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
  try {
    const [data, log] = [path.join(dir, 'data'), path.join(dir, 'cat.strace')];
    writeFileSync(data, 'x'.repeat(10_000));
    execFileSync('strace', ['-f', '-ttt', '-T', '-s', '4096', '-o', log, 'cat', data], { stdio: 'ignore' });
    const result = resultOf(await runReal({ file: log, ...QUICK, live: true }));
    assertSound(result);
    assert.equal(result.conditions.mode, 'live');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a diverging call is listed with line, call, path, expected and got', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
  try {
    const log = path.join(dir, 'log');
    writeFileSync(log, ['1 openat(AT_FDCWD, "/", O_RDONLY|O_DIRECTORY) = 3', '1 openat(AT_FDCWD, "/surely/not/there", O_RDONLY) = 4', ''].join('\n'));
    const { result, status } = await runReal({ file: log, ...QUICK, live: true, engines: ['serial'] });
    assert.ok(result !== null && status === 0);
    const [arm] = result.arms;
    assert.equal(arm.divergences, 1);
    const { line, syscall, path: where, what, got } = arm.divergent[0];
    assert.deepEqual({ line, syscall, where, what, got }, { line: 2, syscall: 'openat', where: '/surely/not/there', what: 'success', got: -2 });
    assert.match(result.verdict, /^These figures cannot be trusted, .*1 of 2 calls in serial/);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

for (const [name, errno] of [['EPERM', 1], ['ENOSYS', 38]] as const) {
  test(`io_uring refused with ${name}: the serial arm alone, with the reason`, { skip: found('python3', '-V') ? false : 'python3 is not installed' }, async () => {
    const script = fileURLToPath(new URL('../../../test/bench/without-io-uring.py', import.meta.url));
    const wrapper = ['python3', script, String(errno)];
    const outcome = await runReal({ file: PYTHON_STARTUP, ...QUICK }, { wrapper });
    const result = resultOf(outcome);
    assertSound(result);
    assert.deepEqual(result.arms.map(({ id }) => id), ['serial']);
    assert.deepEqual(result.missingArms.map(({ id }) => id), ['ring/trace/32', 'ring/deps/32']);
    assert.ok(result.missingArms.every(({ reason, remedy }) => reason.length > 0 && remedy !== null));
    assert.match(result.verdict, /^No comparison: only serial was measured .*, because /);
    const { error } = await runReal({ file: PYTHON_STARTUP, ...QUICK, engines: ['ring'] }, { wrapper });
    assert.equal(error?.code, 'UR_NO_URING');
    assert.deepEqual(outcome.left, []);
  });
}

test('what cannot be run is refused with a code of its own', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
  try {
    const log = path.join(dir, 'log');
    writeFileSync(log, '1 brk(NULL) = 0x55d0\n1 getpid() = 7\n1 exit_group(0) = ?\n');
    await assert.rejects(run({ ...DEFAULTS, file: log }), { code: 'UR_NOTHING_TO_REPLAY', message: /none of its 3 calls .*brk/ });
    await assert.rejects(run({ ...DEFAULTS, file: path.join(dir, 'absent') }), { code: 'UR_NO_SUCH_LOG' });
    await assert.rejects(run({ ...DEFAULTS, file: log, live: true, latencyNs: 1e6 }), { code: 'UR_USAGE' });
    await assert.rejects(run({ ...DEFAULTS, file: log, live: true, keep: true }), { code: 'UR_USAGE' });
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('an arm that is killed half-way: the finished rounds are kept, and the result says so', async () => {
  const killed: string[] = [];
  const outcome = await runReal({ file: PYTHON_STARTUP, rounds: 1000, engines: ['serial'] }, {
    env: { URING_REPLAY_TEST: MARK },
    onProgress: (line, child) => {
      if (killed.length > 0 || !/round 8/.test(line)) return;
      for (const arm of processesWith(MARK).filter((pid) => pid !== String(child.pid))) {
        killed.push(arm);
        killIfThere(Number(arm));
      }
    },
  });
  const result = resultOf(outcome);
  assertSound(result);
  assert.equal(result.conditions.stoppedBy, 'failure');
  assert.ok(result.conditions.rounds >= 7 && result.conditions.rounds < 1000);
  const warning = result.warnings.find(({ code }) => code === 'failure');
  assert.match(warning?.message ?? '', /An arm failed in round \d+ \(arm serial: its process was killed by SIGKILL/);
  assert.deepEqual(outcome.left, []);
});

/** An arm is two processes, and each goes with the other. */
function killIfThere(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** Signals the run at the first progress line that matches. */
function interruptAt(pattern: RegExp, signal: NodeJS.Signals): Parameters<typeof runReal>[1] {
  let sent = false;
  return {
    env: { URING_REPLAY_TEST: MARK },
    onProgress: (line, child) => {
      if (sent || !pattern.test(line)) return;
      sent = true;
      child.kill(signal);
    },
  };
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal} while measuring keeps the finished rounds and leaves nothing behind`, async () => {
    const outcome = await runReal({ file: PYTHON_STARTUP, rounds: 1000 }, interruptAt(/round 8/, signal));
    const result = resultOf(outcome);
    assertSound(result);
    assert.equal(result.conditions.stoppedBy, 'interrupted');
    assert.ok(result.conditions.rounds >= 7 && result.conditions.rounds < 1000);
    assert.ok(result.warnings.some(({ code }) => code === 'interrupted'));
    assert.deepEqual(outcome.left, []);
    assert.deepEqual(processesWith(MARK), []);
  });
}

for (const stage of [/building the file tree/, /warming up/]) {
  test(`Ctrl-C before there is a figure (${stage.source}): an error, and nothing is left behind`, async () => {
    const outcome = await runReal({ file: PYTHON_STARTUP, rounds: 1000 }, interruptAt(stage, 'SIGINT'));
    assert.equal(outcome.error?.code, 'UR_INTERRUPTED');
    assert.deepEqual(outcome.left, []);
    assert.deepEqual(processesWith(MARK), []);
  });
}

test('--sandbox and --keep leave the tree, and only the tree', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
  try {
    const sandboxDir = path.join(dir, 'tree');
    const first = await runReal({ file: PYTHON_STARTUP, ...QUICK, engines: ['serial'], sandboxDir });
    assertSound(resultOf(first));
    assert.deepEqual(first.left, []);
    assert.ok(found('test', '-d', path.join(sandboxDir, 'usr')));
    assertSound(resultOf(await runReal({ file: PYTHON_STARTUP, ...QUICK, engines: ['serial'], sandboxDir })));
    const kept = await runReal({ file: PYTHON_STARTUP, ...QUICK, engines: ['serial'], keep: true });
    assert.equal(kept.left.length, 1);
  } finally {
    rmSync(dir, { recursive: true });
  }
});
