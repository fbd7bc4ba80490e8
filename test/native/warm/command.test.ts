/** What stands behind `--`: it must not notice that something is warmed beside it, nor depend on it. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { WarmReport } from '../../../bench/warm/runner.js';
import { WARM } from '../binaries.js';
import { READ, runWarmer, savePlan, scratch, unknownName } from './plans.js';

const dir = scratch();
writeFileSync(path.join(dir, 'file'), 'x'.repeat(100_000));
const plan = savePlan(dir, [{ ...READ, path: path.join(dir, 'file') }, unknownName(dir)]);
const missing = path.join(dir, 'missing.plan');
const damaged = path.join(dir, 'damaged.plan');
writeFileSync(damaged, 'URW1 and nothing else');

for (const [name, file, extra] of [
  ['a plan', plan, []], ['a plan, before', plan, ['--before']], ['no plan', missing, []], ['no plan, before', missing, ['--before']],
  ['a damaged plan', damaged, []], ['no root', plan, ['--root', path.join(dir, 'nowhere')]], ['no time', plan, ['--budget', '0ms']],
] as const) {
  test(`with ${name}: streams, arguments, status and environment are the command's own`, () => {
    const { status, stdout, stderr } = runWarmer([...extra, file, '--', 'sh', '-c', 'cat; printf "%s\\n" "$0" "$@"; exit 7', 'a b', '', '--before'], 'input\n');
    assert.equal(status, 7);
    assert.equal(stdout, 'input\na b\n\n--before\n');
    if (file === plan && !extra.includes('--root' as never)) assert.equal(stderr, '');
    else assert.match(stderr, /^uring-warm: [^\n]+ \(the command runs without a warming\)\n {2}[^\n]+\n$/);
  });
}

test('the command has no child, no descriptor, no signal mask and no priority that it would not have alone', () => {
  const look = 'ls -l /proc/self/fd | wc -l; grep -E "Sig[BICP]|Shd" /proc/self/status; cat /proc/self/task/*/children; nice; ps -o pid= --ppid $$ | wc -l; ulimit -a';
  const alone = spawnSync('bash', ['-c', look], { encoding: 'utf8' });
  const report = path.join(dir, 'look.json');
  for (const extra of [[], ['--before'], ['--report', report]]) {
    assert.equal(runWarmer([...extra, plan, '--', 'bash', '-c', look]).stdout, alone.stdout, extra.join(' '));
  }
});

test('a command that waits for its children finds none', () => {
  const python = spawnSync('python3', ['-c', 'pass']).status === 0;
  const program = 'import os\ntry:\n  print(os.wait())\nexcept ChildProcessError:\n  print("none")';
  const { stdout } = python ? runWarmer([plan, '--', 'python3', '-c', program]) : runWarmer([plan, '--', 'echo', 'none']);
  assert.equal(stdout, 'none\n');
});

test('a signal to it reaches the command, and one that kills the command kills it', async () => {
  for (const signal of ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGINT'] as const) {
    const child = spawn(WARM, [plan, '--', 'sh', '-c', `trap 'echo got; exit 9' ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`], { stdio: ['ignore', 'pipe', 'inherit'] });
    let out = '';
    child.stdout.on('data', (text: Buffer) => {
      if (out === '') child.kill(signal);
      out += text.toString();
    });
    const [status] = (await once(child, 'close')) as [number | null];
    assert.deepEqual([status, out], [9, 'ready\ngot\n'], signal);
  }
  const killed = runWarmer([plan, '--', 'sh', '-c', 'kill -SEGV $$']);
  assert.deepEqual([killed.status, killed.signal], [null, 'SIGSEGV']);
});

test('a command that is not there or cannot be executed: 127 and 126', () => {
  const none = runWarmer([plan, '--', path.join(dir, 'no-such-command')]);
  assert.equal(none.status, 127);
  assert.match(none.stderr, /^uring-warm: \S+no-such-command: No such file or directory\n$/);
  assert.equal(runWarmer([plan, '--', path.join(dir, 'file')]).status, 126);
});

test('wrong usage is said, and the command does not run', () => {
  for (const args of [['--width', '0', plan], ['--width', 'x', plan], ['--budget', '5', plan], ['--max-bytes', '-1', plan], ['--engine', 'gpu', plan],
    ['--nothing', plan], [plan, plan], ['--root'], ['--check', plan]]) {
    const { status, stdout, stderr } = runWarmer([...args, '--', 'echo', 'ran']);
    assert.equal(status, 2, args.join(' '));
    assert.equal(stdout, '');
    assert.match(stderr, /^uring-warm: .*\nusage: /);
  }
  assert.equal(runWarmer(['--help']).status, 0);
});

test('the report goes to a file, to standard error, or to a descriptor that the command does not have', () => {
  const file = path.join(dir, 'report.json');
  runWarmer(['--before', '--report', file, plan, '--', 'true']);
  const report = JSON.parse(readFileSync(file, 'utf8')) as WarmReport;
  assert.equal(report.error, null);
  assert.equal(report.records, 2);
  assert.match(runWarmer(['--before', '--report', '-', plan, '--', 'true']).stderr, /^\{"schema":"uring-replay\/warm@1"/);
  const run = spawnSync(WARM, ['--before', '--report-fd', '3', savePlan(dir, [unknownName(dir)]), '--', 'sh', '-c', 'test ! -e /proc/self/fd/3 && echo closed'], { stdio: ['ignore', 'pipe', 'inherit', 'pipe'], encoding: 'utf8' });
  assert.equal(run.stdout, 'closed\n');
  assert.match(run.output[3] ?? '', /"misses":1/);
  // A report that cannot be written does the command no harm.
  const lost = runWarmer(['--report', path.join(dir, 'no', 'where'), plan, '--', 'echo', 'ran']);
  assert.deepEqual([lost.status, lost.stdout], [0, 'ran\n']);
  assert.ok(!existsSync(path.join(dir, 'no')));
});

test('whoever reads the command\'s output to its end need not wait for the warming', () => {
  // The command leaves its output to nobody: end of file comes with its end, whatever the warming holds.
  const { stdout, status } = spawnSync('sh', ['-c', `"${WARM}" "${plan}" -- sh -c 'echo done' | cat; echo after`], { encoding: 'utf8' });
  assert.deepEqual([status, stdout], [0, 'done\nafter\n']);
});
