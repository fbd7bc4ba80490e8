/** `compile` and `warm` as users call them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { WarmReport } from '../../../bench/warm/runner.js';
import { ownTmpdir } from '../../bench/own-tmpdir.js';

const MAIN = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const FIXTURE = fileURLToPath(new URL('../../../../test/fixtures/python-startup.strace', import.meta.url));
const dir = ownTmpdir();
after(() => {
  assert.deepEqual(readdirSync(dir).filter((name) => name.startsWith('uring-replay-warm-')), [], 'nothing temporary is left behind');
});
const tree = path.join(dir, 'tree');
mkdirSync(path.join(tree, 'lib'), { recursive: true });
for (const name of ['a', 'b', 'c']) writeFileSync(path.join(tree, 'lib', name), name.repeat(5000));
symlinkSync('a', path.join(tree, 'lib', 'link'));
const log = path.join(dir, 'start.strace');
writeFileSync(log, `
openat(AT_FDCWD, "${tree}/lib/a", O_RDONLY) = 3
fstat(3, {st_mode=S_IFREG|0644, st_size=5000, ...}) = 0
read(3, "a"..., 8192) = 5000
read(3, "", 8192) = 0
stat("${tree}/lib/b", {st_mode=S_IFREG|0644, st_size=5000, ...}) = 0
stat("${tree}/lib/c", {st_mode=S_IFREG|0644, st_size=5000, ...}) = 0
stat("${tree}/lib/none", 0x7ffd) = -1 ENOENT (No such file or directory)
readlink("${tree}/lib/link", "a", 100) = 1
openat(AT_FDCWD, "${tree}/lib", O_RDONLY|O_DIRECTORY) = 4
getdents64(4, 0x55 /* 6 entries */, 32768) = 144
getdents64(4, 0x55 /* 0 entries */, 32768) = 0
`);

interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

function cli(args: readonly string[], input = ''): Ended {
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, [MAIN, ...args], { encoding: 'utf8', input, timeout: 60_000, env: { ...process.env, NO_COLOR: '1' } });
  return { status, signal, stdout, stderr };
}

const plan = path.join(dir, 'start.plan');
const runner = path.join(dir, 'uring-warm');

test('compile says what the plan holds, and how to use it without Node', () => {
  const made = cli(['compile', log, FIXTURE, '-o', plan, '--runner', runner]);
  assert.equal(made.status, 0, made.stderr);
  assert.match(made.stdout, /start\.plan: \d+ paths \(\d+ of them absent\), \d+ files to read/);
  assert.match(made.stdout, new RegExp(`\n  ${runner} ${plan} -- CMD ARGS`));
  assert.equal(statSync(runner).mode & 0o777, 0o755);
  const alone = spawnSync(runner, [plan, '--', 'sh', '-c', 'exit 3'], { encoding: 'utf8', env: { PATH: process.env.PATH } });
  assert.deepEqual([alone.status, alone.stderr], [3, '']);
  const counts = JSON.parse(cli(['compile', log, '-o', plan, '--json']).stdout) as Record<string, number>;
  assert.deepEqual([counts.calls, counts.paths, counts.absent, counts.files, counts.bytes, counts.listings, counts.links], [11, 6, 1, 1, 5000, 1, 1]);
});

test('warm takes a log or a plan; says what was touched', () => {
  for (const input of [log, plan]) {
    const { status, stdout, stderr } = cli(['warm', input]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^(Warmed 6 of 6 paths|Nothing to warm: all 6 paths)/);
  }
  assert.match(cli(['warm', '-'], readFileSync(log, 'utf8')).stdout, /of 6/);
  const report = JSON.parse(cli(['warm', plan, '--json', '--max-bytes', '1M', '--width', '3', '--root', '/']).stdout) as WarmReport;
  assert.equal(report.records, 6);
});

test('with a program: its streams and status; what was done goes to standard error, unless --quiet', () => {
  const run = cli(['warm', log, '--', 'sh', '-c', 'cat; echo err >&2; exit 4'], 'through\n');
  assert.deepEqual([run.status, run.stdout], [4, 'through\n']);
  assert.match(run.stderr, /err\n/);
  assert.match(run.stderr, /of 6|all 6/);
  assert.equal(cli(['warm', '--quiet', '--before', plan, '--', 'sh', '-c', 'echo err >&2']).stderr, 'err\n');
  const json = cli(['warm', plan, '--json', '--', 'true']);
  assert.equal((JSON.parse(json.stderr) as WarmReport).schema, 'uring-replay/warm@1');
});

test('a program killed by a signal kills this one by the same; signals sent to this one reach it', () => {
  assert.deepEqual([cli(['warm', plan, '--', 'sh', '-c', 'kill -KILL $$']).signal], ['SIGKILL']);
  assert.deepEqual([cli(['warm', plan, '--', 'sh', '-c', 'kill -TERM $$']).signal], ['SIGTERM']);
  // The command's parent is this tool: one signal as early as can be, one when the command has long been running.
  for (const signal of ['SIGTERM', 'SIGUSR1', 'SIGUSR2', 'SIGHUP', 'SIGINT']) {
    for (const delay of ['0', '0.1']) {
      const name = signal.slice(3);
      const { status, stdout } = cli(['warm', '--quiet', plan, '--', 'sh', '-c', `trap 'echo got; exit 9' ${name}; sleep ${delay}; kill -${name} $PPID; for i in $(seq 200); do sleep 0.05; done; echo missed`]);
      assert.deepEqual([status, stdout], [9, 'got\n'], `${signal} after ${delay} s`);
    }
  }
});

test('whatever is wrong with the log or plan, the program runs; without one it is an error', () => {
  const damaged = path.join(dir, 'damaged.plan');
  const empty = path.join(dir, 'empty.strace');
  writeFileSync(empty, 'getpid() = 7\n');
  writeFileSync(damaged, Buffer.concat([readFileSync(plan), Buffer.from('more')]));
  for (const [input, message] of [[path.join(dir, 'nowhere'), /nowhere: no such file/], [runner, /not an strace log/], [empty, /no call is about a file/], [damaged, /not a plan that can be used/]] as const) {
    const run = cli(['warm', input, '--', 'sh', '-c', 'echo ran; exit 5']);
    assert.deepEqual([run.status, run.stdout], [5, 'ran\n']);
    assert.match(run.stderr, message);
    const alone = cli(['warm', input]);
    assert.equal(alone.status, 2);
    assert.match(alone.stderr, message);
    assert.doesNotMatch(run.stderr + alone.stderr, /internal error|\n\s+at /);
  }
  assert.equal(cli(['warm', plan, '--', path.join(dir, 'no-such-command')]).status, 127);
});

test('wrong usage is refused before anything runs', () => {
  for (const args of [['--width', '0'], ['--budget', '5'], ['--max-bytes', 'x'], ['--engine', 'gpu'], ['--check']]) {
    const { status, stdout } = cli(['warm', plan, ...args, '--', 'echo', 'ran']);
    assert.deepEqual([status, stdout], [2, ''], args.join(' '));
  }
  assert.equal(cli(['warm', '-', '--', 'echo', 'ran']).status, 2);
  assert.equal(cli(['compile', log]).status, 2);
  assert.equal(cli(['compile', path.join(dir, 'nowhere'), '-o', plan]).status, 2);
});

test('--check lists what has vanished, appeared, changed its size or its type since', () => {
  const same = cli(['warm', plan, '--check']);
  assert.deepEqual([same.status, same.stdout], [0, 'All 6 paths are as they were recorded.\n']);
  const lib = path.join(tree, 'lib');
  writeFileSync(path.join(lib, 'a'), 'longer'.repeat(1000));
  unlinkSync(path.join(lib, 'b'));
  renameSync(path.join(lib, 'c'), path.join(lib, 'd'));
  mkdirSync(path.join(lib, 'c'));
  writeFileSync(path.join(lib, 'none'), '');
  const { status, stdout } = cli(['warm', plan, '--check', '--json']);
  assert.equal(status, 1);
  const { changed } = JSON.parse(stdout) as { changed: { path: string; what: string; now: { type: string; size: number } }[] };
  assert.deepEqual(changed.map(({ path: at, what }) => [path.basename(at), what]), [['a', 'size'], ['b', 'vanished'], ['c', 'type'], ['none', 'appeared']]);
  assert.equal(changed[0].now.size, 6000);
  const text = cli(['warm', log, '--check']);
  assert.equal(text.status, 1);
  assert.match(text.stdout, /vanished\s+\S+\/lib\/b\s+file, 4\.88 KiB\s+absent/);
  rmSync(tree, { recursive: true });
});
