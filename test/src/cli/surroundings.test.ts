/** What the commands say where the surroundings are not as they should be: one message, status 2, nothing left behind. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const LOG = fileURLToPath(new URL('../../../../test/fixtures/python-startup.strace', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
after(() => { rmSync(dir, { recursive: true }); });

interface Ran {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function cli(args: readonly string[], env: NodeJS.ProcessEnv = {}): Ran {
  return spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', env: { ...process.env, ...env }, timeout: 60_000 });
}

function refused(ran: Ran, message: RegExp): void {
  assert.equal(ran.status, 2, ran.stderr);
  assert.match(ran.stderr, message);
  assert.doesNotMatch(ran.stderr, /internal error|\n\s+at /);
}

test('names that cannot be logs: below a file, a symlink to itself', () => {
  symlinkSync('loop', join(dir, 'loop'));
  for (const [log, reason] of [[`${LOG}/below`, /ENOTDIR/], [join(dir, 'loop'), /ELOOP/]] as const) {
    for (const command of ['check', 'show', 'summary', 'files', 'plan']) refused(cli([command, log]), reason);
  }
});

test('no temporary directory', () => {
  const env = { TMPDIR: join(dir, 'missing') };
  for (const args of [['run', LOG, '--rounds', '2'], ['run', LOG, '--rounds', '2', '--live'], ['warm', LOG]]) refused(cli(args, env), /TMPDIR/);
  const beside = cli(['warm', LOG, '--', 'sh', '-c', 'exit 7'], env);
  assert.equal(beside.status, 7, 'the command runs all the same');
  assert.doesNotMatch(beside.stderr, /internal error/);
  const doctor = cli(['doctor'], env);
  assert.match(doctor.stdout, /^fail +sandboxes .*\n.*TMPDIR/m);
  assert.doesNotMatch(doctor.stderr, /internal error/);
});

test('no room on the device, and outputs below a file', () => {
  for (const command of [['flamegraph', LOG], ['export', 'csv', LOG], ['compile', LOG]]) {
    refused(cli([...command, '-o', `${LOG}/below`]), /cannot write .*ENOTDIR/);
    refused(cli([...command, '-o', '/dev/full']), /cannot write .*ENOSPC/);
  }
});

test('a folder below /proc, where none can be made', () => {
  refused(cli(['export', 'c', LOG, '-o', '/proc/uring-replay-test/c']), /cannot write \/proc/);
});

test('a path of thousands of directories', () => {
  const deep = join(dir, 'deep.strace');
  writeFileSync(deep, `7 stat("${'/d'.repeat(20_000)}", {st_mode=S_IFDIR|0755, st_size=1, ...}) = 0\n`);
  for (const args of [['check', deep], ['flamegraph', deep], ['files', '--tree', deep], ['tree', deep, '-o', join(dir, 'deep.tar')]]) {
    assert.equal(cli(args).status, 0, args.join(' '));
  }
  refused(cli(['run', deep, '--rounds', '2']), /directories deep/);
});

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`${signal} in the middle of a long output ends it at once, and leaves no part of it`, async () => {
    const long = join(dir, 'long.strace');
    if (!existsSync(long)) {
      const sample = readFileSync(LOG);
      for (let i = 0; i < 2000; i++) appendFileSync(long, sample);
    }
    const folder = join(dir, signal);
    mkdirSync(folder);
    const child = spawn(process.execPath, [MAIN, 'export', 'csv', long, '-o', join(folder, 'out.csv')], { stdio: 'ignore' });
    const ended = once(child, 'exit');
    while (child.exitCode === null && readdirSync(folder).length === 0) await setTimeout(10);
    child.kill(signal);
    assert.deepEqual(await ended, [null, signal]);
    assert.deepEqual(readdirSync(folder), []);
  });
}
