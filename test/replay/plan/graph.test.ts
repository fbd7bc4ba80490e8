import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CODES } from '../../../replay/plan/format.js';
import { graphDot, graphFigures } from '../../../replay/plan/graph.js';
import { OPCODES } from '../../../replay/plan/opcodes.js';
import { ProgramView } from '../../../replay/plan/view.js';
import { planOf } from '../world/planof.js';

test('figures of a small program', () => {
  const { plan, ops } = planOf(`
getcwd("/w", 99) = 3
stat("/a", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
stat("/b", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
stat("/c", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
open("/a", O_RDONLY) = 3
read(3, "x", 9) = 1
read(3, "", 9) = 0
close(3) = 0
chdir("/d") = 0
access("e", R_OK) = 0
mkdir("/m", 0755) = 0
open("/m/f", O_RDWR|O_CREAT|O_EXCL, 0644) = 4
write(4, "x", 1) = 1
stat("/m/f", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
`);
  assert.deepEqual(ops.slice(4), [
    'open "/a" > 0', 'read 0 = 1 after 4', 'read 0 after 5', 'close 0 after 6', 'chdir "/d" after 0', 'access "e" after 8',
    'mkdir "/m"', 'open "/m/f" > 1 after 10', 'write 1 = 1 after 11', 'stat "/m/f" after 10,11,12',
  ]);
  assert.deepEqual(graphFigures(new ProgramView(plan.program)), {
    calls: 14,
    edges: { descriptor: 2, cursor: 1, close: 1, directory: 2, path: 3, content: 1 },
    criticalPath: 4,
    widestLevel: 6,
    largestBatch: 5,
    speculative: 6,
    withoutOpcode: { getcwd: 1, chdir: 1, access: 1 },
  });
});

test('Graphviz text: every op, every edge, no label that breaks out of its quotes', () => {
  const { plan } = planOf('stat("/a\\"]\\n\\\\", 0x7f) = -1 ENOENT (No such file or directory)\nopen("/d", O_RDONLY) = 3\nclose(3) = 0\n');
  assert.deepEqual([...graphDot(new ProgramView(plan.program))].slice(2), [
    '  0 [label="1 stat /a\\"]?\\\\"];',
    '  1 [label="2 open /d"];',
    '  2 [label="3 close"];',
    '  1 -> 2 [color=gray, tooltip=close];',
    '}',
  ]);
});

test('the table of opcodes names calls of the format only', () => {
  for (const name of Object.keys(OPCODES)) assert.ok((CODES as readonly string[]).includes(name), name);
});
