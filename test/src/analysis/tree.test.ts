import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { analyse } from '../../../src/analysis/analyse.js';
import { ProcessTree, type TreeProcess } from '../../../src/analysis/tree.js';
import { treeJson, treeText } from '../../../src/report/tree-text.js';
import { visibleWidth } from '../../../src/report/prose.js';
import { callLines, fixture, over } from './logs.js';

const flat = (tree: readonly TreeProcess[]): TreeProcess[] => tree.flatMap((process) => [process, ...flat(process.children)]);

test('a shell and its children: programs, exits, every call counted once', async () => {
  const processes = new ProcessTree();
  await analyse(fixture('bash'), [processes]);
  const tree = processes.result();
  assert.equal(tree.length, 1);
  assert.deepEqual(tree[0].programs.map((p) => p.path), ['/bin/bash']);
  assert.deepEqual(tree[0].programs[0].argv.slice(0, 2), ['/bin/bash', '-c']);
  const all = flat(tree);
  assert.deepEqual(all.filter((p) => p.programs.length > 0).map((p) => p.programs[0].path).sort(), ['/bin/bash', '/usr/bin/cat', '/usr/bin/date', '/usr/bin/expr']);
  assert.equal(all.reduce((n, p) => n + p.calls, 0), callLines(await readFile(fixture('bash'), 'latin1')).length);
  assert.ok(all.every((p) => p.ending !== null));
  assert.ok(all.some((p) => p.ending === 'exited with 127'));
});

test('threads are children that share their process; what lives at the end is said to', async () => {
  const log = [
    '1 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x1} => {parent_tid=[2]}, 88) = 2',
    '2 getpid() = 1',
    '2 +++ exited with 0 +++',
    '1 fork() = 3',
    '3 +++ killed by SIGKILL +++',
    '1 fork() = 3',
    '3 getpid() = 3',
  ].join('\n');
  const [root] = (await over(new ProcessTree(), log)).result();
  assert.equal(root.ending, null);
  assert.deepEqual(root.children.map((p) => [p.pid, p.thread, p.ending]), [[2, true, 'exited with 0'], [3, false, null]]);
});

test('a child without an exec is told as what it is; one is not several', async () => {
  const log = ['1 fork() = 2', '2 chdir("/nowhere") = -1 ENOENT (No such file or directory)', '2 +++ exited with 0 +++', '3 getpid() = 3'].join('\n');
  const lines = treeText((await over(new ProcessTree(), log)).result()).split('\n').map((line) => line.trim());
  assert.ok(lines.includes('1 no exec in the log') && lines.includes('3 no exec in the log'), lines.join('\n'));
  assert.ok(lines.includes('└─ 2 copy of its parent, which ran no other program'), lines.join('\n'));
  assert.ok(lines.includes('1 call (chdir 1), 1 error, exited with 0'), lines.join('\n'));
});

test('on a narrow terminal commands and figures go on in the next line, long paths are shortened', async () => {
  const processes = new ProcessTree();
  await analyse(fixture('bash'), [processes]);
  const lines = treeText(processes.result(), 40).split('\n');
  assert.deepEqual(lines.filter((line) => visibleWidth(line) > 40), []);
  const words = (text: string): string => text.replace(/[│├└─\s]+/g, ' ');
  assert.equal(words(lines.join('\n')), words(treeText(processes.result(), Infinity)));
  const log = `1 execve("/bin/${'x'.repeat(80)}", ["x", "-c", "one two"], 0x1 /* 1 var */) = 0`;
  assert.match(treeText((await over(new ProcessTree(), log)).result(), 40), /^1\n +\/bin\/x+…x+\n +-c 'one two'\n/);
});

test('hostile arguments stay text', async () => {
  const log = 'execve("/bin/\\33[2Jx", ["x", "a\'b\\n\\342\\200\\256", "\\377<script>"], 0x1 /* 1 var */) = 0\n';
  const tree = (await over(new ProcessTree(), log)).result();
  for (const output of [treeText(tree), treeJson(tree)]) {
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(output, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  }
});
