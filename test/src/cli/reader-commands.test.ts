/** show, summary and check as they are called. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';

const CLI = new URL('../../../src/cli/main.js', import.meta.url).pathname;
const FIXTURES = new URL('../../../../test/fixtures/strace/', import.meta.url).pathname;
const NODE_LOG = join(FIXTURES, 'node.f-ttt-T.strace');
const dir = mkdtempSync(join(tmpdir(), 'ur-commands-'));
after(() => { rmSync(dir, { recursive: true }); });

function run(...args: string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...args], { encoding: 'utf8', maxBuffer: 1 << 28 });
  return { status, stdout, stderr };
}

test('summary prints the columns of strace -c, and the same figures as JSON and TSV', () => {
  const text = run('summary', NODE_LOG);
  assert.equal(text.status, 0, text.stderr);
  const lines = text.stdout.split('\n');
  assert.equal(lines[0], '% time     seconds  usecs/call     calls    errors syscall');
  assert.match(lines.at(-3)!, /^100\.00 +\d+\.\d{6} +\d+ +706 +19 total$/);
  const json = JSON.parse(run('summary', '--json', NODE_LOG).stdout) as { calls: number; errors: number; seconds: number; syscalls: { name: string; calls: number; percent: number }[] };
  assert.deepEqual([json.calls, json.errors], [706, 19]);
  assert.equal(json.syscalls.reduce((sum, { calls }) => sum + calls, 0), 706);
  assert.ok(Math.abs(json.syscalls.reduce((sum, { percent }) => sum + percent, 0) - 100) < 1e-6);
  const rows = run('summary', '--tsv', '--sort', 'name', NODE_LOG).stdout.trimEnd().split('\n').map((line) => line.split('\t'));
  assert.deepEqual(rows[0].slice(0, 3), ['syscall', 'calls', 'errors']);
  assert.ok(rows.every((row) => row.length === rows[0].length));
  assert.deepEqual(rows.slice(1).map(([name]) => name), json.syscalls.map(({ name }) => name).sort());
});

test('summary shows a table of strace -c as it is, and bars on demand', () => {
  const table = join(FIXTURES, '6.1-f_c_w.strace');
  assert.match(run('summary', table).stdout, /^100\.00 .* total$/m);
  const bars = run('summary', '--histogram', NODE_LOG).stdout;
  assert.match(bars, /█/);
  assert.match(bars, /^duration/m);
});

test('check: status 0 when all is understood, 1 with the line numbers when not', () => {
  const good = run('check', '--json', '--roundtrip', NODE_LOG);
  assert.equal(good.status, 0, good.stderr);
  const result = JSON.parse(good.stdout) as { lines: number; calls: number; replayable: number; ledger: { count: number }[]; unrecognised: unknown[]; roundtrip: { different: unknown[] } };
  assert.deepEqual([result.lines, result.calls, result.unrecognised, result.roundtrip.different], [808, 713, [], []]);
  assert.equal(result.replayable + result.ledger.reduce((sum, { count }) => sum + count, 0), result.calls);
  const bad = join(dir, 'bad.strace');
  writeFileSync(bad, '7 close(3) = 0\nnot strace\n7 close(4) = 0\n7 open("/x');
  const { status, stdout } = run('check', '--json', bad);
  assert.equal(status, 1);
  const { unrecognised } = JSON.parse(stdout) as { unrecognised: { count: number; firstLine: number }[] };
  assert.deepEqual(unrecognised.map(({ count, firstLine }) => [count, firstLine]).sort(), [[1, 2], [1, 4]]);
  assert.match(run('check', '--list', bad).stdout, /line 2: .*: not strace\n/);
});

test('check reads a pipe as it reads a file', () => {
  const piped = spawnSync('sh', ['-c', `mkfifo fifo; cat "${NODE_LOG}" > fifo & "${process.execPath}" "${CLI}" check --json --roundtrip fifo`], { encoding: 'utf8', cwd: dir, timeout: 60_000 });
  assert.equal(piped.stdout, run('check', '--json', '--roundtrip', NODE_LOG).stdout, piped.stderr);
});

test('show ends quietly when its reader does', () => {
  const { status, stderr, stdout } = spawnSync('sh', ['-c', `"${process.execPath}" "${CLI}" show --json "${NODE_LOG}" | head -n 1; exit 0`], { encoding: 'utf8' });
  assert.deepEqual([status, stderr], [0, '']);
  assert.equal((JSON.parse(stdout) as { line: number }).line, 1);
});

test('bad input: status 2, cause and remedy', () => {
  for (const args of [['show', join(dir, 'absent')], ['summary', '/dev/null'], ['check', process.execPath], ['show', '--slower-than', 'x', NODE_LOG], ['summary', '--by', 'x', NODE_LOG], ['show', '--since', 'x', NODE_LOG], ['show', '--pid', 'x', NODE_LOG]]) {
    const { status, stderr } = run(...args);
    assert.equal(status, 2, args.join(' '));
    assert.match(stderr, /^uring-replay: .+\n {2}.+\n$/, args.join(' '));
  }
});
