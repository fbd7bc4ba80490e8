import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProgramView } from '../../../replay/plan/view.js';
import { planOf } from './planof.js';

test('a new file: found missing, made, written, read back, removed', () => {
  const { ops, plan, skipped } = planOf(`
stat("/d/f", 0x7f) = -1 ENOENT (No such file or directory)
open("/d/f", O_RDWR|O_CREAT|O_EXCL, 0600) = 3
write(3, "hello", 5) = 5
stat("/d/f", {st_mode=S_IFREG|0600, st_size=5, ...}) = 0
lseek(3, 0, SEEK_SET) = 0
read(3, "hello", 9) = 5
fsync(3) = 0
close(3) = 0
unlink("/d/f") = 0
stat("/d/f", 0x7f) = -1 ENOENT (No such file or directory)
`);
  assert.deepEqual(skipped, []);
  assert.deepEqual(ops, [
    'stat "/d/f" = -2',
    'open "/d/f" > 0 after 0',
    'write 0 = 5 after 1',
    'stat "/d/f" after 1,2',
    'lseek 0 after 2',
    'read 0 = 5 after 2,4',
    'fsync 0 after 1,2',
    'close 0 after 5,6',
    'unlink "/d/f" after 1,3',
    'stat "/d/f" = -2 after 8',
  ]);
  const d = plan.tree.root.entries.get('d');
  assert.ok(d?.type === 'dir');
  assert.deepEqual([...d.entries.keys()], []);
  assert.deepEqual(plan.tree.conflicts, []);
  assert.equal(new ProgramView(plan.program).flags, 1);
});

test('names: whoever uses a path waits for the call that made it, its removal for all who used it', () => {
  const { ops } = planOf(`
mkdir("/w", 0755) = 0
mkdir("/w/a", 0755) = 0
open("/w/a/f", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3
close(3) = 0
stat("/w/a/f", {st_mode=S_IFREG|0644, st_size=0, ...}) = 0
rename("/w/a", "/w/b") = 0
stat("/w/b/f", {st_mode=S_IFREG|0644, st_size=0, ...}) = 0
stat("/w/a/f", 0x7f) = -1 ENOENT (No such file or directory)
unlink("/w/b/f") = 0
rmdir("/w/b") = 0
stat("/elsewhere", {st_mode=S_IFREG|0644, st_size=0, ...}) = 0
`);
  assert.deepEqual(ops, [
    'mkdir "/w"',
    'mkdir "/w/a" after 0',
    'open "/w/a/f" > 0 after 0,1',
    'close 0 after 2',
    'stat "/w/a/f" after 0,1,2',
    'rename "/w/a" "/w/b" after 0,1,2,4',
    'stat "/w/b/f" after 0,5',
    'stat "/w/a/f" = -2 after 0,2,5',
    'unlink "/w/b/f" after 0,5,6',
    'rmdir "/w/b" after 0,5,8',
    'stat "/elsewhere"',
  ]);
});

test('contents: readers wait for writers, writers for readers, through any descriptor or name', () => {
  const { ops } = planOf(`
open("/f", O_RDONLY) = 3
read(3, "x"..., 10) = 10
open("/f", O_WRONLY) = 4
write(4, "y", 1) = 1
pread64(3, "y", 1, 0) = 1
link("/f", "/g") = 0
ftruncate(4, 100) = 0
stat("/g", {st_mode=S_IFREG|0644, st_size=100, ...}) = 0
fstat(3, {st_mode=S_IFREG|0644, st_size=100, ...}) = 0
`);
  assert.deepEqual(ops, [
    'open "/f" > 0', 'read 0 = 10 after 0', 'open "/f" > 1', 'write 1 = 1 after 0,1,2', 'pread64 0 = 1 after 0,3',
    'link "/f" "/g" after 3', 'ftruncate 1 after 2,3,4,5', 'stat "/g" after 5,6', 'fstat 0 after 0,6',
  ]);
});

test('a file that was missing, then made, is truncated later: after everyone who looked at its content', () => {
  const { ops } = planOf(`
stat("/f", 0x7f) = -1 ENOENT (No such file or directory)
open("/f", O_WRONLY|O_CREAT|O_TRUNC, 0644) = 3
write(3, "x", 1) = 1
open("/f", O_RDONLY) = 4
fstat(4, {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
open("/f", O_WRONLY|O_TRUNC) = 5
stat("/f", {st_mode=S_IFREG|0644, st_size=0, ...}) = 0
`);
  assert.deepEqual(ops.slice(3), [
    'open "/f" > 1 after 1,2', 'fstat 1 after 2,3', 'open "/f" > 2 after 1,2,3,4', 'stat "/f" after 1,5',
  ]);
});

test('the tree is as it was before the first call, whatever the calls changed later', () => {
  const { plan } = planOf(`
rename("/d/old", "/d/new") = 0
stat("/d/new", {st_mode=S_IFREG|0644, st_size=7, ...}) = 0
open("/d/new", O_RDWR) = 3
write(3, "0123456789", 10) = 10
fstat(3, {st_mode=S_IFREG|0644, st_size=10, ...}) = 0
rename("/d/sub", "/d/moved") = 0
stat("/d/moved/in", {st_mode=S_IFREG|0644, st_size=3, ...}) = 0
symlink("sub2", "/d/link") = 0
mkdir("/d/sub2", 0755) = 0
stat("/d/link/none", 0x7f) = -1 ENOENT (No such file or directory)
open("/d", O_RDONLY|O_DIRECTORY) = 4
getdents64(4, 0x55 /* 7 entries */, 32768) = 184
getdents64(4, 0x55 /* 0 entries */, 32768) = 0
`);
  const d = plan.tree.root.entries.get('d');
  assert.ok(d?.type === 'dir');
  assert.deepEqual(plan.tree.conflicts, []);
  const old = d.entries.get('old');
  assert.ok(old?.type === 'file');
  assert.equal(old.size, 7);
  const sub = d.entries.get('sub');
  assert.ok(sub?.type === 'dir');
  assert.equal(sub.entries.get('in')?.type, 'file');
  // 7 entries at the time: ., .., new, moved, link, sub2 and one more that was there already.
  assert.deepEqual(d.listing, { entries: 5, bytes: 184 - 24 - 24 - 8 });
  assert.equal(d.entries.has('new') || d.entries.has('moved') || d.entries.has('link'), false);
});

test('O_CREAT on a file that shows content at once: it was there', () => {
  const { plan } = planOf(`
open("/log", O_RDWR|O_CREAT|O_APPEND, 0644) = 3
fstat(3, {st_mode=S_IFREG|0644, st_size=50, ...}) = 0
write(3, "x", 1) = 1
open("/new", O_RDWR|O_CREAT, 0644) = 4
fstat(4, {st_mode=S_IFREG|0644, st_size=0, ...}) = 0
write(4, "x", 1) = 1
fstat(4, {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
`);
  const log = plan.tree.root.entries.get('log');
  assert.ok(log?.type === 'file');
  assert.equal(log.size, 50);
  assert.equal(plan.tree.root.entries.has('new'), false);
});

test('the setup section undoes everything, newest first, and makes again what was there', () => {
  const { setup, plan } = planOf(`
stat("/keep", {st_mode=S_IFREG|0640, st_size=4, ...}) = 0
unlink("/keep") = 0
open("/grow", O_WRONLY) = 3
write(3, "x", 1) = 1
close(3) = 0
mkdir("/made", 0755) = 0
rename("/made", "/named") = 0
readlink("/ln", "to", 9) = 2
unlink("/ln") = 0
rmdir("/empty") = 0
`);
  const restore = '"/.uring-replay-restore/';
  assert.deepEqual(setup.map((op) => op.replace(/[0-9a-f]{32}/, '#')), [
    `open "/grow" > 1`, `open ${restore}#.copy" > 2`, 'close 2', 'close 1', // /grow has no bytes at the start
    `link "/keep" ${restore}#"`,
    'rename "/named" "/made"', 'rmdir "/made"',
    'mkdir "/empty"', 'chmod "/empty"',
    'unlink "/grow"', `open ${restore}#.copy" > 3`, 'open "/grow" > 4', 'close 4', 'close 3', 'chmod "/grow"',
    `link ${restore}#" "/keep"`, 'chmod "/keep"',
    'symlink "to" "/ln"',
    'chdir "/cwd"',
  ]);
  assert.equal(plan.tree.root.entries.get('.uring-replay-restore')?.type, 'dir');
});

test('what is not replayed in the sandbox either: short writes, exchanges, devices', () => {
  const { skipped } = planOf(`
open("/f", O_WRONLY|O_CREAT, 0644) = 3
write(3, "xxxxx"..., 100) = 50
write(3, "x", 1) = 1
renameat2(AT_FDCWD, "/a", AT_FDCWD, "/b", RENAME_EXCHANGE) = 0
stat("/a", {st_mode=S_IFREG|0644, st_size=0, ...}) = 0
mknod("/dev2", S_IFCHR|0600, makedev(0x1, 0x3)) = 0
mknod("/fifo", S_IFIFO|0600) = 0
open("/fifo", O_RDWR) = 5
unlink("/fifo") = 0
write(1, "x", 1) = 1
`);
  assert.deepEqual(skipped, [
    '3 write unsupported', '4 write descriptor', '5 renameat2 unsupported', '6 stat write', '7 mknod device', '9 open device',
    '11 write descriptor',
  ]);
});

test('directories that move take open files, current directories and FIFOs along', () => {
  const { ops, skipped, plan } = planOf(`
getcwd("/w", 99) = 3
mkdir("/w/a", 0755) = 0
mknod("/w/a/p", S_IFIFO|0600) = 0
open("/w/a", O_RDONLY|O_DIRECTORY) = 3
chdir("a") = 0
rename("/w/a", "/w/b") = 0
mkdirat(3, "in", 0755) = 0
stat("in", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0
stat("/w/b/in", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0
open("/w/b/p", O_RDONLY) = 4
unlink("p") = 0
`);
  assert.deepEqual(skipped, ['11 open device']);
  assert.deepEqual(ops.slice(5), [
    'rename "/w/a" "/w/b" after 1,2,3,4', 'mkdirat 0 "in" after 3,5', 'stat "in" after 4,5,6', 'stat "/w/b/in" after 5,6',
    'unlink "p" after 4,5',
  ]);
  assert.deepEqual(plan.tree.conflicts, []);
});

test('a path waits for every symlink that it leads through, also in a loop', () => {
  const { specs } = planOf(`
mkdir("/a", 0755) = 0
symlink("/b/mid", "/a/l") = 0
mkdir("/b", 0755) = 0
symlink("/c", "/b/mid") = 0
symlink("two", "/one") = 0
symlink("one", "/two") = 0
stat("/a/l/f", 0x1) = -1 ENOENT (No such file or directory)
stat("/one", 0x1) = -1 ELOOP (Too many levels of symbolic links)
unlink("/b/mid") = 0
unlink("/two") = 0
`);
  assert.deepEqual(specs[6]?.deps, [0, 1, 2, 3]);
  assert.deepEqual(specs[7]?.deps, [4, 5]);
  assert.ok(specs[8]?.deps?.includes(6));
  assert.ok(specs[9]?.deps?.includes(7));
});
