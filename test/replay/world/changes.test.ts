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
    `setup_if ${restore}changed"`,
    'mkdir "/empty"', 'rename "/named" "/made"', 'rmdir "/made"',
    'mkdir "/empty"', 'chmod "/empty"',
    'unlink "/grow"', `open ${restore}#.copy" > 3`, 'open "/grow" > 4', 'close 4', 'close 3', 'chmod "/grow"',
    `link ${restore}#" "/keep"`, 'chmod "/keep"',
    'symlink "to" "/ln"',
    `rmdir ${restore}changed"`, `mkdir ${restore}changed"`,
    'chdir "/cwd"',
  ]);
  assert.equal(plan.tree.root.entries.get('.uring-replay-restore')?.type, 'dir');
});

test('what is not replayed in the sandbox either: short writes, whiteouts, devices', () => {
  const { skipped } = planOf(`
open("/f", O_WRONLY|O_CREAT, 0644) = 3
write(3, "xxxxx"..., 100) = 50
write(3, "x", 1) = 1
renameat2(AT_FDCWD, "/a", AT_FDCWD, "/b", RENAME_WHITEOUT) = 0
stat("/a", {st_mode=S_IFCHR|0000, st_rdev=makedev(0, 0), ...}) = 0
mknod("/dev2", S_IFCHR|0600, makedev(0x1, 0x3)) = 0
mknod("/fifo", S_IFIFO|0600) = 0
open("/fifo", O_RDWR) = 5
unlink("/fifo") = 0
write(1, "x", 1) = 1
`);
  assert.deepEqual(skipped, [
    '3 write unsupported', '4 write descriptor', '5 renameat2 device', '6 stat write', '7 mknod device', '9 open device',
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

test('an exchange: both names, and everything below them, stand for what the other did', () => {
  const { ops, plan, skipped } = planOf(`
getcwd("/w", 99) = 3
open("/w/a", O_RDONLY|O_DIRECTORY) = 3
stat("/w/a/x", {st_mode=S_IFREG|0644, st_size=10, ...}) = 0
stat("/w/b/y", {st_mode=S_IFREG|0644, st_size=20, ...}) = 0
unlink("/w/b/gone") = 0
stat("/elsewhere", {st_mode=S_IFREG|0644, st_size=0, ...}) = 0
renameat2(AT_FDCWD, "/w/a", AT_FDCWD, "b", RENAME_EXCHANGE) = 0
stat("/w/b/x", {st_mode=S_IFREG|0644, st_size=10, ...}) = 0
stat("/w/a/y", {st_mode=S_IFREG|0644, st_size=20, ...}) = 0
newfstatat(3, "x", {st_mode=S_IFREG|0644, st_size=10, ...}, 0) = 0
stat("/w/a/gone", 0x7f) = -1 ENOENT (No such file or directory)
stat("/w/b/later", {st_mode=S_IFREG|0644, st_size=30, ...}) = 0
`);
  assert.deepEqual(skipped, []);
  assert.deepEqual(plan.tree.conflicts, []);
  assert.equal(ops[6], 'renameat2 "/w/a" "b" after 1,2,3,4');
  assert.deepEqual(ops.slice(7), [
    'stat "/w/b/x" after 6', 'stat "/w/a/y" after 6', 'newfstatat 0 "x" after 1,6', 'stat "/w/a/gone" = -2 after 6',
    'stat "/w/b/later" after 6',
  ]);
  const w = plan.tree.root.entries.get('w');
  assert.ok(w?.type === 'dir');
  const names = (name: string): string[] => {
    const node = w.entries.get(name);
    assert.ok(node?.type === 'dir');
    return [...node.entries.keys()].sort();
  };
  assert.deepEqual(names('a'), ['later', 'x']);
  assert.deepEqual(names('b'), ['gone', 'y']);
});

test('what is found behind links that lead in circles says nothing of the tree', () => {
  const { plan } = planOf(`
readlink("/l", "/d", 9) = 2
open("/l/f", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3
renameat2(AT_FDCWD, "/d", AT_FDCWD, "/l", RENAME_EXCHANGE) = 0
open("/d/f", O_RDWR) = 4
`);
  const d = plan.tree.root.entries.get('d');
  assert.ok(d?.type === 'dir');
  assert.deepEqual([...d.entries.keys()], [], 'the second call made it, and the put-back removes it');
});

test('an exchange of what is not there, or with flags that exclude each other, fails as in the log', () => {
  const { specs, plan } = planOf(`
stat("/a", {st_mode=S_IFREG|0644, st_size=10, ...}) = 0
renameat2(AT_FDCWD, "/a", AT_FDCWD, "/b", RENAME_EXCHANGE) = -1 ENOENT (No such file or directory)
renameat2(AT_FDCWD, "/c", AT_FDCWD, "/a", RENAME_NOREPLACE|RENAME_EXCHANGE) = -1 EINVAL (Invalid argument)
rename("/a", "/other/a") = -1 EXDEV (Invalid cross-device link)
`);
  assert.deepEqual(specs.map(({ a, expect }) => [a, expect]), [[undefined, undefined], [2, -2], [3, -22]]);
  assert.deepEqual([...plan.tree.root.entries.keys()].filter((name) => name.length === 1), ['a']);
  assert.deepEqual(plan.tree.conflicts, []);
});

test('a directory that is moved takes its listings along, and what was removed at its new place is forgotten', () => {
  const { plan, ops } = planOf(`
open("/d", O_RDONLY|O_DIRECTORY) = 3
creat("/d/new", 0644) = 4
unlink("/e/x") = 0
rmdir("/e") = 0
rename("/d", "/e") = 0
stat("/e/x", {st_mode=S_IFREG|0644, st_size=3, ...}) = 0
openat(3, "below", O_RDONLY) = 5
getdents64(3, 0x55 /* 5 entries */, 32768) = 136
getdents64(3, 0x55 /* 0 entries */, 32768) = 0
`);
  const d = plan.tree.root.entries.get('d');
  assert.ok(d?.type === 'dir');
  assert.deepEqual([...d.entries.keys()].sort(), ['below', 'x']);
  assert.deepEqual(d.listing, { entries: 4, bytes: 112 });
  assert.equal(ops[7], 'getdents64 0 = 136 after 0,2,4');
});

test('a directory with an entry that is not as in the log is not listed', () => {
  const { skipped } = planOf(`
renameat2(AT_FDCWD, "/d/a", AT_FDCWD, "/d/b", RENAME_WHITEOUT) = 0
open("/d", O_RDONLY|O_DIRECTORY) = 3
getdents64(3, 0x55 /* 4 entries */, 32768) = 96
`);
  assert.deepEqual(skipped, ['2 renameat2 device', '4 getdents64 write']);
});

test('vectors at an offset or at the cursor; O_APPEND is taken away after what was appended', () => {
  const { ops, skipped } = planOf(`
open("/f", O_RDWR|O_CREAT|O_EXCL, 0644) = 3
pwritev(3, [{iov_base="abc", iov_len=3}, {iov_base="d", iov_len=1}], 2, 100) = 4
pwritev2(3, [{iov_base="abc", iov_len=3}], 1, -1, 0) = 3
pwritev2(3, [{iov_base="abc", iov_len=3}], 1, 7, RWF_DSYNC) = 3
preadv2(3, [{iov_base="d", iov_len=1}], 1, -1, 0) = 1
lseek(3, 0, SEEK_CUR) = 4
pwritev2(3, [{iov_base="abc", iov_len=3}], 1, 0, RWF_APPEND) = 3
fstat(3, {st_mode=S_IFREG|0644, st_size=107, ...}) = 0
open("/f", O_WRONLY|O_APPEND) = 4
write(4, "x", 1) = 1
fcntl(4, F_SETFL, O_RDONLY) = 0
write(4, "x", 1) = 1
`);
  assert.deepEqual(skipped, ['8 pwritev2 unsupported']);
  assert.deepEqual(ops.slice(1, 6), [
    'pwritev 0 = 4 after 0', 'pwritev2 0 = 3 after 0,1', 'pwritev2 0 = 3 after 0,2', 'preadv2 0 = 1 after 2,3', 'lseek 0 = 4 after 4',
  ]);
  assert.deepEqual(ops.slice(8).map((op) => op.replace(/ after .*,/, ' after ..,')), ['write 1 = 1 after ..,7', 'fcntl 1 after 8', 'write 1 = 1 after ..,9']);
});

test('a slash at the end follows a link; what leads back by .. does not tell what is missing there', () => {
  const { plan, specs } = planOf(`
getcwd("/w", 99) = 3
mkdir("/w/made", 0755) = 0
lstat("/w/l/", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0
lstat("/w/l", {st_mode=S_IFLNK|0777, st_size=1, ...}) = 0
stat("missing/..", 0x7f) = -1 ENOENT (No such file or directory)
stat("file/..", 0x7f) = -1 ENOTDIR (Not a directory)
stat("file", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
mknod("fifo", S_IFIFO|0644) = 0
stat("fifo", {st_mode=S_IFIFO|0644, st_size=0, ...}) = 0
openat2(AT_FDCWD, "../w/file", {flags=O_RDONLY, resolve=RESOLVE_BENEATH}, 24) = -1 EXDEV (Invalid cross-device link)
`);
  assert.deepEqual(plan.tree.conflicts, []);
  assert.deepEqual(plan.ledger, []);
  assert.equal(specs.at(-1)?.expect, -18);
  const w = plan.tree.root.entries.get('w');
  assert.ok(w?.type === 'dir' && w.entries.get('l')?.type === 'symlink' && w.entries.get('file')?.type === 'file');
});
