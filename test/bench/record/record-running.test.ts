/** Recording a process that runs, with the real strace. */
import assert from 'node:assert/strict';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, test } from 'node:test';
import { findProgram } from '../../../bench/find-program.js';
import { recordRunning } from '../../../bench/record/record-running.js';
import { whyNotTrace } from '../../../bench/record/strace.js';
import { loadTrace } from '../../../replay/strace/load.js';

const skip = findProgram('strace') === null ? 'strace is not installed' : ((await whyNotTrace()) ?? false);
const MAIN = new URL('../../../src/cli/main.js', import.meta.url).pathname;

describe('record --pid', { skip }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
  const children: ChildProcess[] = [];
  const start = (script: string): number => {
    const child = spawn('sh', ['-c', script], { stdio: 'ignore' });
    children.push(child);
    return child.pid!;
  };
  after(() => {
    for (const child of children) child.kill('SIGKILL');
    rmSync(dir, { recursive: true });
  });
  const BUSY = `while :; do : < ${dir}/read; sleep 0.02; done`;
  writeFileSync(join(dir, 'read'), '');

  test('for a while; the process and what it starts; it goes on afterwards', async () => {
    const pid = start(BUSY);
    const log = join(dir, 'a.strace');
    writeFileSync(`${log}.json`, '{}');
    const { status, stdout, stderr } = spawnSync(process.execPath, [MAIN, 'record', '--pid', String(pid), '--for', '400ms', '-o', log, '--force'], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    assert.equal(stdout, '');
    assert.match(stderr, new RegExp(`a\\.strace: [\\d,]+ bytes; process ${pid} for \\d\\.\\d s\nNext: uring-replay run `));
    const trace = await loadTrace(log);
    assert.ok([...trace.calls()].some((call) => call.pid === pid && call.name.startsWith('open') && call.duration !== null));
    assert.ok(new Set(trace.columns.pid).size > 1);
    assert.deepEqual(trace.unrecognised, []);
    assert.equal(existsSync(`${log}.json`), false, 'the recording of an earlier log');
    process.kill(pid, 0);
    assert.match(readFileSync(`/proc/${pid}/status`, 'latin1'), /^TracerPid:\s*0$/m);
    assert.deepEqual(readdirSync(dir).filter((name) => name.includes('partial')), []);
  });

  test('until interrupted, and until it ends; the log is kept', async () => {
    const pid = start(BUSY);
    const abort = new AbortController();
    const recorded = await recordRunning({
      log: join(dir, 'b.strace'), pid, seconds: null, force: false, signal: abort.signal,
      onAttached: () => setTimeout(() => { abort.abort(); }, 100),
    });
    assert.equal(recorded.ended, 'interrupted');
    assert.equal(recorded.logBytes, readFileSync(join(dir, 'b.strace')).length);
    const attached = join(dir, 'attached');
    const short = start(`while [ ! -e ${attached} ]; do sleep 0.02; done; exit 3`);
    const { ended } = await recordRunning({
      log: join(dir, 'c.strace'), pid: short, seconds: null, force: false,
      onAttached: () => { writeFileSync(attached, ''); },
    });
    assert.equal(ended, 'process ended');
    assert.match(readFileSync(join(dir, 'c.strace'), 'latin1'), /exited with 3/);
  });

  test('--quiet says nothing; a log that exists and what does not go together are refused', () => {
    const pid = String(start(BUSY));
    const run = (...args: string[]): { status: number | null; stderr: string } => spawnSync(process.execPath, [MAIN, 'record', ...args], { encoding: 'utf8' });
    const log = join(dir, 'd.strace');
    assert.deepEqual([run('--pid', pid, '--for', '100ms', '-o', log, '--quiet')].map(({ status, stderr }) => [status, stderr]), [[0, '']]);
    for (const [args, message] of [
      [['--pid', pid, '--for', '1s', '-o', log], /exists/],
      [['--pid', '4194304', '-o', join(dir, 'x')], /there is no process 4194304/],
      [['--pid', 'me', '-o', join(dir, 'x')], /--pid: "me" is not valid/],
      [['--pid', pid, '-o', join(dir, 'x'), '--', 'true'], /a command does not go with it/],
      [['--for', '1s', '-o', join(dir, 'x'), '--', 'true'], /--for goes with --pid/],
      [['-o', join(dir, 'x')], /name a command after --, or a process with --pid/],
    ] as const) {
      const { status, stderr } = run(...args);
      assert.equal(status, 2, args.join(' '));
      assert.match(stderr, message);
    }
  });
});
