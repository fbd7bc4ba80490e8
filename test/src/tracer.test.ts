/** Tracing the process that runs the test, with the real strace. */
import assert from 'node:assert/strict';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { attach } from '../../bench/record/attach.js';
import { findProgram } from '../../bench/find-program.js';
import { whyNotTrace } from '../../bench/record/strace.js';
import { Tracer } from '../../src/index.js';
import { between, tracedCalls } from '../../src/tracer.js';

const skip = findProgram('strace') === null ? 'strace is not installed' : ((await whyNotTrace()) ?? false);
const INDEX = new URL('../../src/index.js', import.meta.url).href;

describe('a traced Node process', { skip }, () => {
  test('what happens between start and stop, and nothing else', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
    try {
      const before = join(dir, 'before');
      existsSync(before);
      const tracer = await Tracer.start();
      writeFileSync(join(dir, 'first'), 'twelve bytes');
      assert.throws(() => statSync(join(dir, 'absent')));
      await readFile(join(dir, 'first'));
      execFileSync('true');
      const calls = await tracer.stop();
      existsSync(join(dir, 'after'));

      const text = String(calls);
      const write = [...calls.calls()].find((call) => call.name === 'write' && call.ret === 12);
      assert.ok(write !== undefined, text);
      assert.ok(write.duration !== null && write.time !== null);
      assert.ok([...calls.calls()].some((call) => call.errno === 'ENOENT' && call.name.includes('stat')));
      assert.match(text, new RegExp(`openat\\(AT_FDCWD, "${dir}/first", O_WRONLY.*\\) = \\d+`));
      assert.match(text, /execve\("[^"]*\/true", \["true"\]/, 'processes that it starts are traced too');
      // readFile works on a thread of libuv's pool.
      assert.ok([...calls.calls()].some((call) => call.name === 'read' && call.ret === 12 && call.pid !== process.pid), text);
      assert.doesNotMatch(text, /uring-replay-tracer|before|after/);
      assert.equal(calls.unrecognised.length, 0);

      const { traceEvents } = JSON.parse(calls.perfetto()) as { traceEvents: { ph: string; name: string; pid: number }[] };
      const slices = traceEvents.filter(({ ph }) => ph === 'X' || ph === 'B');
      assert.equal(slices.length, calls.length);
      assert.ok(slices.some(({ name, pid }) => name === 'openat' && pid === process.pid));
      assert.equal(calls.log.toString().includes(`${dir}/first`), true);
      assert.equal(await tracer.stop(), calls);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });

  test('again, and with nothing in between; no file stays', async () => {
    const files = (): string[] => readdirSync(tmpdir()).filter((name) => name.startsWith('uring-replay-tracer-'));
    const had = new Set(files());
    const calls = await (await Tracer.start()).stop();
    assert.doesNotMatch(String(calls), /uring-replay-tracer/);
    assert.deepEqual(files().filter((name) => !had.has(name)), []);
    assert.match(readFileSync('/proc/self/status', 'latin1'), /^TracerPid:\s*0$/m);
  });

  test('a second tracer is refused while the first one runs', async () => {
    const tracer = await Tracer.start();
    await assert.rejects(Tracer.start(), { code: 'UR_TRACED' });
    await tracer.stop();
  });

  test('many processes started while it traces do not block it', async () => {
    const tracer = await Tracer.start();
    execFileSync('sh', ['-c', 'i=0; while [ $i -lt 300 ]; do (:) ; i=$((i+1)); done']);
    const calls = await tracer.stop();
    assert.ok(new Set(calls.columns.pid).size > 300);
  });

  test('a program that never stops it ends all the same', () => {
    const program = `import { Tracer } from '${INDEX}'; await Tracer.start(); console.log('started');`;
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', timeout: 60_000 });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, 'started\n');
  });

  test('without strace: what to install', () => {
    const program = `import { Tracer } from '${INDEX}'; await Tracer.start().catch((e) => console.log(e.name, e.code, e.remedy));`;
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8', env: { PATH: '/nowhere' } });
    assert.match(stdout, /^UringReplayError UR_NO_STRACE .*apt install strace/);
  });

  test('a process of another user, and none at all: cause and remedy', { skip: process.getuid?.() !== 0 && 'changing the user takes root' }, async () => {
    const program = `import { attach } from '${new URL('../../bench/record/attach.js', import.meta.url).href}';
      process.setuid(65534); await attach(1, '/tmp/uring-replay-test-' + process.pid).catch((e) => console.log(e.code, e.message, e.remedy));`;
    const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' });
    assert.match(stdout, /^UR_NO_PTRACE strace may not attach to process 1: .*Operation not permitted .*root/, stderr);
    const child = spawn('true');
    const pid = child.pid!;
    await new Promise((resolve) => child.once('exit', resolve));
    await assert.rejects(attach(pid, join(tmpdir(), `uring-replay-test-${process.pid}`)), { code: 'UR_NO_PROCESS', message: `there is no process ${pid}` });
  });
});

test('marks that another thread interrupted are cut off whole', () => {
  const log = Buffer.from(
    '7 1.000000 access("/uring-replay-tracer-start", F_OK <unfinished ...>\n' +
      '8 1.000001 close(3) = 0 <0.000001>\n' +
      '7 1.000002 <... access resumed>) = -1 ENOENT (No such file or directory) <0.000002>\n' +
      '7 1.000003 close(4) = 0 <0.000001>\n' +
      '7 1.000004 access("/uring-replay-tracer-stop", F_OK <unfinished ...>\n' +
      '8 1.000005 close(5) = 0 <0.000001>\n',
  );
  assert.equal(String(tracedCalls(between(log))), '8 1.000001 close(3) = 0 <0.000001>\n7 1.000003 close(4) = 0 <0.000001>\n');
});
