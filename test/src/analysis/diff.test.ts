import assert from 'node:assert/strict';
import test from 'node:test';
import { compareSides, sideOf } from '../../../src/analysis/diff.js';
import { diffJson, diffText, diffTsv } from '../../../src/report/diff-text.js';
import { fixture, withLog } from './logs.js';

test('a log is no different from itself', async () => {
  const side = await sideOf(fixture('ruby'));
  const result = compareSides(side, side);
  assert.deepEqual(result.onlyIn, { a: [], b: [] });
  assert.deepEqual(result.changed, []);
  assert.ok(result.syscalls.every(({ a, b }) => a.calls === b.calls));
  assert.match(diffText(result, 5), /The same number of calls of every kind/);
});

test('Python against Ruby: who calls what more often', async () => {
  const result = compareSides(await sideOf(fixture('python')), await sideOf(fixture('ruby')));
  const by = new Map(result.syscalls.map((row) => [row.name, row]));
  assert.ok(by.get('readlink')!.b.calls > by.get('readlink')!.a.calls);
  assert.ok(result.onlyIn.a.some((file) => file.path === '/usr/lib/python3.11/json/__init__.py'));
  assert.ok(result.onlyIn.b.some((file) => file.path.endsWith('/json.rb')));
  assert.ok(!result.onlyIn.a.some((file) => file.path === '/etc/ld.so.cache'));
  assert.equal(result.totals.calls.a, [...by.values()].reduce((n, row) => n + row.a.calls, 0));
  const differences = result.syscalls.map(({ a, b }) => Math.abs(b.calls - a.calls));
  assert.deepEqual(differences, differences.toSorted((x, y) => y - x));
});

test('before and after a change: the calls that went away', async () => {
  const miss = (path: string): string => `stat("${path}", 0x1) = -1 ENOENT (No such file or directory)\n`;
  const before = await withLog(miss('/a') + miss('/b') + miss('/c') + 'getpid() = 1\n', sideOf);
  const after = await withLog(miss('/a') + miss('/a') + 'getpid() = 1\n', sideOf);
  const result = compareSides(before, after);
  assert.deepEqual(result.onlyIn.a.map((file) => file.path), ['/b', '/c']);
  assert.deepEqual(result.changed.map(({ path, a, b }) => [path, a.misses, b.misses]), [['/a', 1, 2]]);
  assert.deepEqual(result.totals.misses, { a: 3, b: 2 });
  assert.deepEqual(diffTsv(result).split('\n')[1].split('\t').slice(0, 4), ['stat', '3', '2', '-1']);
});

test('hostile names stay text in every form', async () => {
  const side = await withLog('access("/\\33[2J\\n\\t\\342\\200\\256\\377", R_OK) = 0\n', sideOf);
  const other = await withLog('access("/x", R_OK) = 0\n', sideOf);
  const result = compareSides(side, other);
  for (const output of [diffText(result, 0), diffJson(result), diffTsv(result)]) {
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(output, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});
