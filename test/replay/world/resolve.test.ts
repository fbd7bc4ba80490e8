import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceOf } from '../../../replay/strace/load.js';
import { findStartDirectory } from '../../../replay/world/startdir.js';
import { planOf } from './planof.js';

test('an open file: creation, cursor chain, unordered uses, close after all', () => {
  const { ops, skipped, specs } = planOf(`
openat(AT_FDCWD, "/a", O_RDONLY|O_CLOEXEC) = 3
fstat(3, {st_mode=S_IFREG|0644, st_size=100, ...}) = 0
read(3, "x"..., 60) = 60
read(3, "x"..., 60) = 40
read(3, "", 60) = 0
pread64(3, "x"..., 10, 5) = 10
lseek(3, 0, SEEK_SET) = 0
close(3) = 0
openat(AT_FDCWD, "/b", O_RDONLY) = 3
close(3) = 0
`);
  assert.deepEqual(skipped, []);
  assert.deepEqual(ops, [
    'openat "/a" > 0',
    'fstat 0 after 0',
    'read 0 = 60 after 0',
    'read 0 = 40 after 2',
    'read 0 after 3',
    'pread64 0 = 10 after 0',
    'lseek 0 after 4',
    'close 0 after 1,5,6',
    'openat "/b" > 1',
    'close 1 after 8',
  ]);
  assert.equal(specs[0]?.a, 0o2000000);
  assert.deepEqual([specs[1]?.check, specs[1]?.expectSize, specs[1]?.expectMode], [1 | 4 | 8, 100, 0o100644]);
  assert.equal(specs[0]?.check, 2);
  assert.equal(specs[2]?.cursor, true);
});

test('errors are expected by number; those that need another identity or device are not replayed', () => {
  const { ops, skipped } = planOf(`
access("/x", R_OK) = -1 ENOENT (No such file or directory)
readlink("/bin", 0x7ffe, 1023) = -1 EINVAL (Invalid argument)
close(99) = -1 EBADF (Bad file descriptor)
openat(AT_FDCWD, "/secret", O_RDONLY) = -1 EACCES (Permission denied)
openat(AT_FDCWD, "/dev/tty", O_RDONLY) = 3
read(3, "x", 9) = 1
read(0, "x", 1) = 1
openat(AT_FDCWD, "/long"..., O_RDONLY) = 5
read(7,  <unfinished ...>
`);
  assert.deepEqual(ops, ['access "/x" = -2', 'readlink "/bin" = -22', 'close = -9']);
  assert.deepEqual(skipped, [
    '5 openat permission', '6 openat device', '7 read device', '8 read descriptor',
    '9 openat arguments', '10 read unfinished',
  ]);
});

test('with -y annotations, and with raw constants, the plan is the same', () => {
  const plain = planOf(`
openat(AT_FDCWD, "d", O_RDONLY|O_DIRECTORY) = 3
openat(3, "f", O_RDONLY|O_CLOEXEC) = 4
newfstatat(4, "", {st_mode=S_IFREG|0644, st_size=7, ...}, AT_EMPTY_PATH) = 0
getcwd("/home/u", 99) = 8
`);
  const annotated = planOf(`
openat(AT_FDCWD</home/u>, "d", O_RDONLY|O_DIRECTORY) = 3</home/u/d>
openat(3</home/u/d>, "f", O_RDONLY|O_CLOEXEC) = 4</home/u/d/f>
newfstatat(4</home/u/d/f>, "", {st_mode=S_IFREG|0644, st_size=7, ...}, AT_EMPTY_PATH) = 0
getcwd("/home/u", 99) = 8
`);
  const raw = planOf(`
openat(-100, "d", 0x10000) = 3
openat(3, "f", 0x80000) = 4
newfstatat(4, "", {st_mode=0100644, st_size=7, ...}, 0x1000) = 0
getcwd("/home/u", 99) = 8
`);
  assert.deepEqual(plain.ops, ['openat "d" > 0', 'openat 0 "f" > 1 after 0', 'newfstatat 1 "" after 1', 'getcwd = 8']);
  assert.deepEqual(plain.setup, ['chdir "/home/u"']);
  assert.deepEqual(Buffer.from(annotated.plan.program), Buffer.from(plain.plan.program));
  assert.deepEqual(Buffer.from(raw.plan.program), Buffer.from(plain.plan.program));
});

test('old names become their modern codes', () => {
  const { ops } = planOf(`
stat64("/a", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
fstatat64(AT_FDCWD, "/a", {st_mode=S_IFREG|0644, st_size=1, ...}, AT_SYMLINK_NOFOLLOW) = 0
open("/a", O_RDONLY|O_LARGEFILE) = 3
_llseek(3, 5, [5], SEEK_SET) = 0
fstat64(3, {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
open("/d", O_RDONLY|O_DIRECTORY) = 4
getdents(4, 0x5581 /* 3 entries */, 32768) = 80
statfs64("/", 88, 0xffff) = 0
`);
  assert.deepEqual(ops, [
    'stat "/a"', 'newfstatat "/a"', 'open "/a" > 0', 'lseek 0 = 5 after 2', 'fstat 0 after 2', 'open "/d" > 1',
    'getdents64 1 = 80 after 5', 'statfs "/"',
  ]);
});

test('chdir and fchdir wait for users of the old directory, users for them', () => {
  const { ops, setup } = planOf(`
getcwd("/w", 99) = 3
stat("a", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
stat("/b", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
chdir("sub") = 0
getcwd("/w/sub", 99) = 7
open("/d", O_RDONLY|O_DIRECTORY) = 3
fchdir(3) = 0
stat("c", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
`);
  assert.deepEqual(setup, ['chdir "/w"']);
  assert.deepEqual(ops, [
    'getcwd = 3', 'stat "a"', 'stat "/b"', 'chdir "sub" after 0,1', 'getcwd = 7 after 3', 'open "/d" > 0',
    'fchdir 0 after 3,4,5', 'stat "c" after 6',
  ]);
});

test('another process with a directory of its own goes through a directory slot', () => {
  const { ops, setup, skipped } = planOf(`
1 getcwd("/w", 99) = 3
1 fork() = 2
2 stat("a", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
2 chdir("sub") = 0
2 stat("b", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
2 lstat("l", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
2 access("b", R_OK) = 0
2 open("b", O_RDONLY) = 3
2 getcwd("/w/sub", 99) = 7
1 stat("c", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
`);
  assert.deepEqual(setup, ['chdir "/w"', 'open "/w/sub" > 0']);
  assert.deepEqual(ops, [
    'getcwd = 3', 'stat "a"', 'newfstatat 0 "b"', 'newfstatat 0 "l"', 'faccessat 0 "b"', 'openat 0 "b" > 1', 'stat "c"',
  ]);
  assert.deepEqual(skipped, ['3 fork process', '5 chdir directory', '10 getcwd directory']);
});

test('a start directory follows from later evidence; CLONE_FS shares it', () => {
  const { setup, ops } = planOf(`
7 stat("x", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
7 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD) = 8
8 chdir("in") = 0
7 stat("y", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
7 getcwd("/top/in", 99) = 8
`);
  assert.deepEqual(setup, ['chdir "/top"']);
  assert.deepEqual(ops, ['stat "x"', 'chdir "in" after 0', 'stat "y" after 1', 'getcwd = 8 after 1']);
});

test('confined: paths lie below the root, cannot climb out, symlink targets are longer by it', () => {
  const { ops, setup, specs, skipped } = planOf(`
getcwd("/w", 99) = 3
stat("/a", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
stat("../../../etc/x", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
stat("/../../etc/x", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
stat("b/./c", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
readlink("/l", "/to", 100) = 3
readlink("/m", "to", 100) = 2
lstat("/l", {st_mode=S_IFLNK|0777, st_size=3, ...}) = 0
`, { mode: 'confined', root: Buffer.from('/r/oot/') });
  assert.deepEqual(setup, ['chdir "/r/oot/w"']);
  assert.deepEqual(ops, [
    'stat "/r/oot/a"', 'stat "/r/oot/etc/x"', 'stat "/r/oot/etc/x"', 'stat "b/./c"', 'readlink "/r/oot/l" = 9',
    'readlink "/r/oot/m" = 2', 'lstat "/r/oot/l"',
  ]);
  assert.equal(specs.at(-1)?.check, 1 | 8);
  assert.deepEqual(skipped, ['2 getcwd directory']);
});

test('a cursor that a call outside the replay moved is not trusted until it is set again', () => {
  const { ops, skipped } = planOf(`
open("/a", O_RDONLY) = 3
read(3, "x"..., 10) = 10
sendfile(1, 3, NULL, 100) = 100
read(3, "x"..., 10) = 10
lseek(3, 0, SEEK_CUR) = 120
lseek(3, 0, SEEK_SET) = 0
read(3, "x"..., 10) = 10
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'read 0 = 10 after 0', 'lseek 0 after 1', 'read 0 = 10 after 2']);
  assert.deepEqual(skipped, ['4 sendfile descriptor', '5 read descriptor', '6 lseek descriptor']);
});

test('a FIFO found out by a late fstat is not opened at all', () => {
  const { ops, skipped } = planOf(`
open("/run/fifo", O_RDONLY) = 3
fstat(3, {st_mode=S_IFIFO|0644, st_size=0, ...}) = 0
read(3, "x"..., 10) = 10
stat("/run/sock", {st_mode=S_IFSOCK|0644, st_size=0, ...}) = 0
`);
  assert.deepEqual(ops, []);
  assert.deepEqual(skipped, ['2 open device', '3 fstat device', '4 read device', '5 stat device']);
});

test('listings: one call is exact, several only as a whole; facts reach the tree', () => {
  const { plan, specs } = planOf(`
open("/one", O_RDONLY|O_DIRECTORY) = 3
getdents64(3, 0x55 /* 4 entries */, 32768) = 112
getdents64(3, 0x55 /* 0 entries */, 32768) = 0
open("/two", O_RDONLY|O_DIRECTORY) = 4
getdents64(4, 0x55 /* 1000 entries */, 32768) = 32752
getdents64(4, 0x55 /* 10 entries */, 32768) = 320
getdents64(4, 0x55 /* 0 entries */, 32768) = 0
readlink("/link", "one", 99) = 3
stat("/one/file", {st_mode=S_IFREG|0644, st_size=12, ...}) = 0
open("/one/file", O_RDONLY) = 5
read(5, "", 4096) = 12
`);
  assert.deepEqual(specs.slice(0, 7).map((op) => op.check), [2, 1, 1, 2, 2, 2, 1]);
  const { root, conflicts } = plan.tree;
  assert.deepEqual(conflicts, []);
  const one = root.entries.get('one');
  assert.ok(one?.type === 'dir');
  assert.deepEqual(one.listing, { entries: 4, bytes: 112 });
  const file = one.entries.get('file');
  assert.ok(file?.type === 'file');
  assert.equal(file.size, 12);
  const two = root.entries.get('two');
  assert.ok(two?.type === 'dir');
  assert.deepEqual(two.listing, { entries: 1010, bytes: 33072 });
  assert.equal(root.entries.get('link')?.type, 'symlink');
});

test('live: nothing that writes, permission errors kept', () => {
  const { ops, skipped } = planOf(`
getcwd("/tmp", 99) = 5
open("/a", O_RDONLY) = -1 EACCES (Permission denied)
open("/b", O_WRONLY|O_CREAT, 0600) = 3
write(3, "x", 1) = 1
unlink("/c") = 0
stat("/c", 0x7f) = -1 ENOENT (No such file or directory)
rename("/d", "/e") = 0
stat("/e/x", {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
`, { mode: 'live' });
  assert.deepEqual(ops, ['getcwd = 5', 'open "/a" = -13']);
  assert.deepEqual(skipped, ['4 open write', '5 write write', '6 unlink write', '7 stat write', '8 rename write', '9 stat write']);
});

test('live, with a log of another host: relative paths become absolute', () => {
  const { ops, setup, skipped } = planOf(`
getcwd("/no/such/place", 99) = 15
stat("a", 0x7f) = -1 ENOENT (No such file or directory)
`, { mode: 'live' });
  assert.deepEqual(setup, [`chdir "${process.cwd()}"`]);
  assert.deepEqual(ops, ['stat "/no/such/place/a" = -2']);
  assert.deepEqual(skipped, ['2 getcwd directory']);
});

test('a shell that looks for its directory from .. on does not believe $PWD', () => {
  const check = `
newfstatat(AT_FDCWD, "/tmp/programs", {st_mode=S_IFDIR|0755, st_size=4096, ...}, 0) = 0
newfstatat(AT_FDCWD, ".", {st_mode=S_IFDIR|0755, st_size=4096, ...}, 0) = 0
`;
  const climb = `${check}mmap(NULL, 16384, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7fb2b8a41000
newfstatat(AT_FDCWD, ".", {st_mode=S_IFDIR|0755, st_size=4096, ...}, 0) = 0
rt_sigprocmask(SIG_BLOCK, [INT], [], 8) = 0
newfstatat(AT_FDCWD, "..", {st_mode=S_IFDIR|0755, st_size=4096, ...}, 0) = 0
openat(AT_FDCWD, "..", O_RDONLY|O_NONBLOCK|O_CLOEXEC|O_DIRECTORY) = 10
chdir("..") = 0
`;
  const start = (log: string): string | null => findStartDirectory(traceOf(Buffer.from(log), 'test.strace'));
  assert.equal(start(check), '/tmp/programs');
  assert.equal(start(climb), null);
  assert.equal(start(`${climb}getcwd("/", 4096) = 2\n`), null);
});

test('a shell that checks $PWD tells where it started; getcwd knows better', () => {
  const check = `
7 stat("/home/u", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0
7 stat(".", {st_mode=S_IFDIR|0755, st_size=4096, ...}) = 0
`;
  assert.deepEqual(planOf(check).setup, ['chdir "/home/u"']);
  assert.deepEqual(planOf(`${check}7 getcwd("/real", 99) = 6\n`).setup, ['chdir "/real"']);
  assert.deepEqual(planOf(check.replace('7 stat("."', '7 stat("./x"')).setup, ['chdir "/cwd"']);
});

test('EBADF of a descriptor that should be open: a call that the log lacks closed it', () => {
  const { ops, skipped } = planOf(`
open("/a", O_WRONLY) = 3
read(3, 0x1, 9) = -1 EBADF (Bad file descriptor)
dup2(3, 99999999) = -1 EBADF (Bad file descriptor)
fcntl(3, F_GETFD) = 0
fcntl(3, F_GETFD) = -1 EBADF (Bad file descriptor)
close(3) = -1 EBADF (Bad file descriptor)
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'read 0 = -9 after 0', 'fcntl 0 after 0', 'fcntl = -9', 'close = -9']);
  assert.deepEqual(skipped, ['4 dup2 unsupported']);
});

test('results that no kernel gives, and directories that the log does not name, are not expected', () => {
  const { ops, skipped } = planOf(`
newfstatat(AT_FDCWD, "/a", {st_mode=S_IFREG|0644, st_size=7, ...}, 0) = 7 (INJECTED)
access("/a", F_OK) = 3 (INJECTED)
newfstatat(AT_FDCWD, "/a", 0x1, 0) = -1 ENOENT (No such file or directory)
getcwd(0x7ffc0, 0x1000) = 0x15
`);
  assert.deepEqual(ops, ['newfstatat "/a" = -2']);
  assert.deepEqual(skipped, ['2 newfstatat arguments', '3 access arguments', '5 getcwd directory']);
});

test('what is printed as a path and holds a NUL byte is none: the call is not replayed, and nothing stops at it', () => {
  const log = String.raw`
getcwd("/start\0x", 4096) = 9
stat("/p\0q", {st_mode=S_IFDIR|0755, st_size=0, ...}) = 0
stat(".", {st_mode=S_IFDIR|0755, st_size=0, ...}) = 0
openat(AT_FDCWD</c\0d>, "/a\x00b", O_RDONLY) = 3
openat(AT_FDCWD</c\0d>, "e", O_RDONLY) = 4
symlink("/t\0u", "/link") = 0
readlink("/l", "/m\0n", 9) = 4
rename("/a", "/b\0") = 0
access("/ok", R_OK) = 0
`;
  for (const text of [log, log.replace(/\\0|\\x00/g, '\0')]) {
    const { ops, skipped } = planOf(text);
    assert.deepEqual(skipped, [
      '2 getcwd directory', '3 stat arguments', '5 openat arguments', '7 symlink arguments', '8 readlink arguments', '9 rename arguments',
    ]);
    assert.deepEqual(ops, ['stat "."', 'openat "e" > 0', 'access "/ok"']);
  }
});
