import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import fc from 'fast-check';
import { analyse } from '../../../src/analysis/analyse.js';
import { FILE_MEASURES, Files, directoryTree, topFiles, type DirectoryRow, type FilesResult } from '../../../src/analysis/files.js';
import { fileRenderers, treeRenderers } from '../../../src/report/files-text.js';
import { callLines, fixture, over } from './logs.js';

const row = (result: FilesResult, path: string): FilesResult['files'][number] => {
  const found = result.files.find((file) => file.path === path);
  assert.ok(found, `${path} is not among ${result.files.map((f) => f.path).join(', ')}`);
  return found;
};

test('date: what was done to each file of an old log', async () => {
  const files = new Files();
  await analyse(fixture('date'), [files]);
  const result = files.result();
  const zone = row(result, '/etc/localtime');
  assert.deepEqual(
    { opens: zone.opens, stats: zone.stats, reads: zone.reads, bytesRead: zone.bytesRead, seeks: zone.seeks, errors: zone.errors },
    { opens: 1, stats: 2, reads: 2, bytesRead: 2298 + 1449, seeks: 2, errors: 0 },
  );
  assert.equal(row(result, '/lib64/libc.so.6').maps, 2);
  assert.equal(row(result, '/etc/ld.so.preload').misses, 1);
});

test('totals are those of the log', async () => {
  for (const name of ['bash', 'gcc', 'node', 'perl', 'python', 'ruby']) {
    const calls = callLines(await readFile(fixture(name), 'latin1'));
    const files = new Files();
    await analyse(fixture(name), [files]);
    const { totals } = files.result();
    assert.equal(totals.opens, calls.filter((c) => c.name === 'openat').length, name);
    assert.equal(totals.seeks, calls.filter((c) => c.name === 'lseek' && !/lseek\([012],/.test(c.line)).length, name);
  }
});

test('a descriptor means what it was opened for: dup, fork, close-on-exec, reuse', async () => {
  const log = [
    '1 openat(AT_FDCWD, "/a", O_RDONLY|O_CLOEXEC) = 3',
    '1 dup(3) = 4',
    '1 read(4, "x", 9) = 1',
    '1 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=0x1) = 2',
    '2 read(3, "x", 9) = 1',
    '2 execve("/bin/x", ["x"], 0x1 /* 1 var */) = 0',
    '2 read(3, 0x1, 9) = -1 EBADF (Bad file descriptor)',
    '2 read(4, "x", 9) = 1',
    '1 close(3) = 0',
    '1 openat(AT_FDCWD, "/b", O_RDONLY) = 3',
    '1 read(3, "xy", 9) = 2',
  ].join('\n');
  const result = (await over(new Files(), log)).result();
  assert.equal(row(result, '/a').reads, 3);
  assert.equal(row(result, '/b').bytesRead, 2);
});

test('threads share descriptors; a child seen before its clone returned inherits them', async () => {
  const log = [
    '1 openat(AT_FDCWD, "/a", O_RDONLY) = 3',
    '1 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_SIGHAND|CLONE_THREAD, stack=0x1} => {parent_tid=[2]}, 88) = 2',
    '2 openat(AT_FDCWD, "/b", O_RDONLY) = 4',
    '1 read(4, "x", 9) = 1',
    '1 vfork( <unfinished ...>',
    '3 close(4) = 0',
    '3 openat(AT_FDCWD, "/c", O_RDONLY) = 4',
    '1 <... vfork resumed>) = 3',
    '3 read(3, "x", 9) = 1',
    '3 read(4, "x", 9) = 1',
    '1 read(4, "x", 9) = 1',
  ].join('\n');
  const result = (await over(new Files(), log)).result();
  assert.deepEqual(['/a', '/b', '/c'].map((path) => row(result, path).reads), [1, 2, 1]);
});

test('relative paths: below the current directory, a directory descriptor, or as they are', async () => {
  const log = [
    'stat("x", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0',
    'getcwd("/home/u", 4096) = 8',
    'stat("x", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0',
    'openat(AT_FDCWD, "/d", O_RDONLY|O_DIRECTORY) = 3',
    'openat(3, ".//y", O_RDONLY) = 4',
    'chdir("sub") = 0',
    'access("../z", R_OK) = 0',
    'fchdir(3) = 0',
    'access("z", R_OK) = 0',
    'read(5</known/by/y>, "x", 9) = 1',
  ].join('\n');
  const result = (await over(new Files(), log)).result();
  assert.deepEqual(result.files.map((file) => file.path).sort(), ['/d', '/d/y', '/d/z', '/home/u/sub', '/home/u/sub/../z', '/home/u/x', '/known/by/y', 'x']);
});

test('repeated opens count successes only', async () => {
  const log = 'open("/a", O_RDONLY) = -1 EACCES (Permission denied)\n' + 'open("/a", O_RDONLY) = 3\n'.repeat(3);
  const a = row((await over(new Files(), log)).result(), '/a');
  assert.equal(a.opens, 4);
  assert.equal(a.reopens, 2);
  assert.equal(a.errors, 1);
  assert.equal(a.misses, 0);
});

test('the top rows are the largest, and directories add up to the totals', async () => {
  const path = fc.array(fc.constantFrom('a', 'b', 'c', 'lib'), { minLength: 1, maxLength: 4 }).map((parts) => `/${parts.join('/')}`);
  await fc.assert(
    fc.asyncProperty(fc.array(path, { minLength: 1, maxLength: 30 }), fc.integer({ min: 0, max: 5 }), async (paths, depth) => {
      const files = await over(new Files(), paths.map((p) => `access("${p}", R_OK) = 0 <0.000001>\n`).join(''));
      const result = files.result();
      const top = topFiles(result, 'stats', 3);
      assert.ok(result.files.every((file) => top.includes(file) || file.stats <= (top.at(-1)?.stats ?? 0)));
      const roots = directoryTree(result, 'stats', depth);
      assert.equal(roots.reduce((n, r) => n + r.stats, 0), paths.length);
      const within = (dir: DirectoryRow): void => {
        for (const m of FILE_MEASURES) assert.ok(dir.children.reduce((n, c) => n + c[m], 0) <= dir[m] + 1e-9);
        dir.children.forEach(within);
      };
      roots.forEach(within);
    }),
    { numRuns: 50 },
  );
});

test('hostile names stay text in every form', async () => {
  const result = (await over(new Files(), 'access("/\\33[2J\\n<script>\\t\\342\\200\\256\\377/x", R_OK) = 0\n')).result();
  const choice = { by: 'calls', top: 0, depth: 9 } as const;
  for (const output of [fileRenderers, treeRenderers].flatMap((r) => [r.text('log', result, choice), r.json('log', result, choice), r.tsv('log', result, choice)])) {
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(output, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
  }
  assert.equal(fileRenderers.tsv('log', result, choice).split('\n').length, 3);
});
