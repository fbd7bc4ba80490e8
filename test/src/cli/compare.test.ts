/** `compare`, `run --from` and where results may go, as programs. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, linkSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { seal } from '../../../bench/result/digest.js';
import { parseResult } from '../../../bench/result/read-result.js';
import { sampleResult } from '../../bench/sample-result.js';

const main = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const fixture = fileURLToPath(new URL('../../../../test/fixtures/python-startup.strace', import.meta.url));
const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
after(() => {
  rmSync(dir, { recursive: true, force: true });
});

function cli(...args: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], { encoding: 'utf8', cwd: dir, env: { ...process.env, TMPDIR: dir, NO_COLOR: '1' } });
  return { status, stdout, stderr };
}

function refused(args: string[], message: RegExp): void {
  const { status, stdout, stderr } = cli(...args);
  assert.deepEqual([status, stdout], [2, ''], stderr);
  assert.match(stderr, message);
  assert.doesNotMatch(stderr, /internal error/);
}

const put = (name: string, content: unknown): string => {
  writeFileSync(path.join(dir, name), typeof content === 'string' ? content : JSON.stringify(content));
  return name;
};
const one = sampleResult();
put('a.json', one);
put('b.json', seal({ ...one, host: { ...one.host, cpu: 'Another, "fast" | CPU', kernel: '6.1.0' } }));

test('side by side as text, JSON, Markdown and CSV', () => {
  const text = cli('compare', 'a.json', 'b.json');
  assert.equal(text.status, 0, text.stderr);
  assert.match(text.stdout, /host\.kernel +6\.18\.0 +6\.1\.0/);
  const report = JSON.parse(cli('compare', 'a.json', 'b.json', '--json').stdout) as { schema: string; arms: { id: string }[] };
  assert.deepEqual([report.schema, report.arms.map(({ id }) => id)], ['uring-replay/compare@1', ['serial', 'ring/trace/32']]);
  const markdown = cli('compare', 'a.json', 'b.json', '--markdown').stdout;
  assert.match(markdown, /\| host\.cpu \| A CPU \| Another, "fast" \\\| CPU \|/);
  const [head, ...rows] = cli('compare', 'a.json', 'b.json', '--csv').stdout.trimEnd().split('\r\n');
  assert.match(head, /^arm,name,date,/);
  assert.equal(rows.length, 4);
  const html = cli('compare', 'a.json', 'b.json', '--html', '-o', 'compare.html');
  assert.deepEqual([html.status, html.stdout, html.stderr], [0, '', '']);
  assert.match(readFileSync(path.join(dir, 'compare.html'), 'utf8'), /^<!doctype html>/);
  assert.match(rows[1], /^serial,b\.json,.*,"Another, ""fast"" \| CPU",2,/);
});

test('what compare cannot do is said, with a remedy', () => {
  refused(['compare', 'a.json'], /at least two/);
  refused(['compare', 'a.json', 'nowhere.json'], /nowhere\.json: cannot be read/);
  refused(['compare', 'a.json', put('log.txt', 'not json')], /log\.txt: not JSON/);
  refused(['compare', 'a.json', put('v9.json', { ...one, schema: 'uring-replay/result@9' })], /v9\.json: its format is uring-replay\/result@9/);
  refused(['compare', 'a.json', put('edited.json', { ...one, verdict: 'Yes!' })], /edited\.json: was changed after it was measured/);
  refused(['compare', 'a.json', put('other.json', seal({ ...one, trace: { ...one.trace, digest: '7'.repeat(64) } }))], /other\.json is of another trace/);
  refused(['compare', 'a.json', 'b.json', '--json', '--csv'], /--json and --csv contradict/);
  refused(['compare', 'a.json', 'b.json', '-o', 'b.json'], /b\.json is an input/);
});

test('a result never replaces the log or its recording', () => {
  copyFileSync(fixture, path.join(dir, 'x.strace'));
  linkSync(path.join(dir, 'x.strace'), path.join(dir, 'hard-link'));
  refused(['run', 'x.strace', '--json', 'x.strace.json'], /x\.strace\.json is the place of the log's recording.*\n.*another name/);
  refused(['run', 'x.strace', '--json', './hard-link'], /hard-link is the log itself/);
  refused(['run', 'x.strace', '--json', 'nowhere/r.json'], /cannot write nowhere\/r\.json: ENOENT/);
  assert.ok(!existsSync(path.join(dir, 'x.strace.json')));
  assert.deepEqual(readFileSync(path.join(dir, 'x.strace')), readFileSync(fixture));
});

test('run --from repeats a result, says what differs, and takes no other settings', () => {
  const first = cli('run', 'x.strace', '--engine', 'serial', '--rounds', '6', '--json', 'first.json');
  assert.equal(first.status, 0, first.stderr);
  const again = cli('run', '--from', 'first.json', '--json', 'again.json');
  assert.equal(again.status, 0, again.stderr);
  assert.match(again.stdout, /Against the result of .* UTC:\n {2}serial: [\d.]+x \[.*\] as fast as then/);
  const [before, after] = ['first.json', 'again.json'].map((file) => parseResult(readFileSync(path.join(dir, file), 'utf8'), file));
  assert.deepEqual([after.settings, after.conditions.seed, after.repeats?.digest], [{ ...before.settings, seed: before.conditions.seed }, before.conditions.seed, before.digest]);
  refused(['run', '--from', 'first.json', '--batch', '8'], /--from repeats .*--batch would change/);
  refused(['run', '--from', 'first.json', '--json', 'first.json'], /first\.json is an input/);
  put('y.strace', '1 openat(AT_FDCWD, "/", O_RDONLY) = 3\n');
  refused(['run', 'y.strace', '--from', 'first.json'], /y\.strace is not the log that was measured/);
  refused(['run', '--from', put('old.json', { ...before, schema: 'uring-replay/result@0' })], /old\.json: its format is/);
});

test('exact rounds cannot be ended by a time or a precision', () => {
  refused(['run', 'x.strace', '--rounds', '6', '--time', '1'], /--rounds .* --time cannot end them/);
  refused(['run', 'x.strace', '--rounds', '6', '--precision', '1'], /--rounds .* --precision cannot end them/);
  refused(['run', 'x.strace', '--precision', 'high'], /--precision: "high" is not valid/);
});
