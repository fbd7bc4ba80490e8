import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { LedgerReason } from '../../../replay/world/ledger.js';
import { loadTrace } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import { replayed, skip } from './inside.js';
import { planOf } from './planof.js';

const TRACES = fileURLToPath(new URL('../../../../test/fixtures/traces/', import.meta.url));
/** Of calls that are about files, or may be. */
const FILE_REASONS: ReadonlySet<LedgerReason> = new Set(['device', 'descriptor', 'directory', 'unsupported', 'permission', 'arguments', 'unfinished', 'write', 'duplicate', 'attributes']);

/** Reads of procfs and sysfs as programs make them: short ones in the middle, ends at different sizes, no size in stat. */
const READS = `
openat(AT_FDCWD, "/proc/self/maps", O_RDONLY) = 3
fstat(3, {st_mode=S_IFREG|0444, st_size=0, ...}) = 0
read(3, "x"..., 4096) = 4000
read(3, "x"..., 4096) = 100
read(3, "", 4096) = 0
close(3) = 0
openat(AT_FDCWD, "/proc/self/maps", O_RDONLY) = 3
read(3, "x"..., 1024) = 1024
pread64(3, "x"..., 9999, 4000) = 50
close(3) = 0
openat(AT_FDCWD, "/proc/self/maps", O_RDONLY) = 3
read(3, "x"..., 4096) = 3990
read(3, "", 4096) = 0
lseek(3, 0, SEEK_SET) = 0
close(3) = 0
stat("/sys/block/vda/size", {st_mode=S_IFREG|0444, st_size=4096, ...}) = 0
openat(AT_FDCWD, "/sys/block/vda/size", O_RDONLY) = 3
read(3, "8388608\\n", 4096) = 8
read(3, "", 4096) = 0
close(3) = 0
readlink("/proc/self/exe", "/usr/bin/x", 4096) = 10
lstat("/sys/block/vda", {st_mode=S_IFLNK|0777, st_size=0, ...}) = 0
readlink("/sys/block/vda", "../devices/vda", 4096) = 14
access("/proc/missing", F_OK) = -1 ENOENT (No such file or directory)
openat(AT_FDCWD, "/proc/sys/kernel", O_RDONLY|O_DIRECTORY) = 3
openat(3, "ostype", O_RDONLY) = 4
openat(3, "nope", O_RDONLY) = -1 ENOENT (No such file or directory)
getdents64(3, 0x1 /* 5 entries */, 32768) = 136
getdents64(3, 0x1 /* 0 entries */, 32768) = 0
`;

for (const mode of ['sandbox', 'confined'] as const) {
  test(`${mode}: ordinary files stand for procfs and sysfs, and hand out what they did`, { skip }, async () => {
    const plan = await replayed(READS, mode);
    assert.deepEqual(plan.ledger, []);
    assert.deepEqual(plan.standIns, { kernelFiles: plan.ops, descriptors: 0 });
    assert.deepEqual(plan.tree.conflicts, []);
  });
}

test('procfs and sysfs: reads ask for what they got only where they would get more', () => {
  const { specs } = planOf(READS);
  const lengths = specs.filter(({ code }) => code === 'read' || code === 'pread64').map(({ len = 0 }) => len);
  assert.deepEqual(lengths, [4000, 4096, 4096, 1024, 50, 3990, 0, 4096, 4096]);
});

test('procfs: what leads to the files of a process is not replayed, nor is what changes the kernel', () => {
  const { ops, skipped, plan } = planOf(`
open("/proc/self/fd/3", O_RDONLY) = 4
readlink("/proc/self/fd/1", "pipe:[123]", 99) = 10
stat("/proc/1/root/etc", {st_mode=S_IFDIR|0755, st_size=9, ...}) = 0
open("/proc/self/task/77/cwd/x", O_RDONLY) = 5
open("/proc/self/exe", O_RDONLY) = 6
readlink("/proc/self/exe", "/usr/bin/x", 4096) = 10
readlink("/proc/self/ns/pid", "pid:[1]", 99) = 7
open("/proc/self/oom_score_adj", O_WRONLY) = 7
write(7, "0", 1) = 1
mkdir("/sys/fs/cgroup/a", 0755) = 0
chmod("/sys/fs/cgroup/b", 0644) = 0
open("/proc/1/stat", O_RDONLY) = 8
read(8, 0x1, 99) = -1 ESRCH (No such process)
lseek(8, 0, SEEK_END) = 5
`);
  assert.deepEqual(ops, ['readlink "/proc/self/exe" = 10', 'open "/proc/1/stat" > 0']);
  assert.deepEqual(skipped.map((text) => text.split(' ').slice(1).join(' ')), [
    'open device', 'readlink device', 'stat device', 'open device', 'open device', 'readlink device', 'open device',
    'write device', 'mkdir device', 'chmod device', 'read device', 'lseek device',
  ]);
  assert.deepEqual(plan.tree.conflicts, []);
});

test('procfs: what was not always the same is not replayed, the rest is', () => {
  const { ops, skipped } = planOf(`
1 readlink("/proc/self/exe", "/bin/a", 99) = 6
2 readlink("/proc/self/exe", "/bin/abc", 99) = 8
1 open("/proc/9/stat", O_RDONLY) = 3
1 open("/proc/9/stat", O_RDONLY) = -1 ENOENT (No such file or directory)
1 open("/proc/8/stat", O_RDONLY) = 4
1 open("/proc/7", O_RDONLY|O_DIRECTORY) = 5
1 getdents64(5, 0x1 /* 4 entries */, 32768) = 104
1 getdents64(5, 0x1 /* 0 entries */, 32768) = 0
1 lseek(5, 0, SEEK_SET) = 0
1 getdents64(5, 0x1 /* 3 entries */, 32768) = 80
1 getdents64(5, 0x1 /* 0 entries */, 32768) = 0
`);
  assert.deepEqual(ops, ['open "/proc/8/stat" > 0']);
  assert.equal(skipped.length, 10);
});

test('live: nothing stands for anything', () => {
  const { skipped, plan } = planOf('execve("/bin/x", ["x"], 0x1) = 0\nopen("/proc/self/maps", O_RDONLY) = 3\nfcntl(0, F_GETFD) = 0\n', { mode: 'live' });
  assert.deepEqual(skipped, ['1 execve process', '2 open device', '3 fcntl descriptor']);
  assert.deepEqual(plan.standIns, { kernelFiles: 0, descriptors: 0 });
});

const STANDARD = `
fstat(0, {st_mode=S_IFCHR|0620, st_rdev=makedev(0x88, 0), ...}) = 0
newfstatat(1, "", {st_mode=S_IFIFO|0600, st_size=0, ...}, AT_EMPTY_PATH) = 0
fcntl(1, F_GETFL) = 0x1 (flags O_WRONLY)
fcntl(2, F_GETFD) = 0
fcntl(2, F_DUPFD, 10) = 11
fcntl(11, F_SETFD, FD_CLOEXEC) = 0
open("/f", O_RDONLY) = 3
dup2(3, 2) = 2
close(3) = 0
dup2(11, 2) = 2
close(11) = 0
read(0, "x", 10) = 1
write(1, "x", 1) = 1
lseek(0, 0, SEEK_CUR) = -1 ESPIPE (Illegal seek)
fcntl(9, F_GETFD) = -1 EBADF (Bad file descriptor)
openat(0, "x", O_RDONLY) = 3
close(2) = 0
close(2) = -1 EBADF (Bad file descriptor)
`;

for (const mode of ['sandbox', 'confined'] as const) {
  test(`${mode}: one file stands for descriptors from before the program started while nobody reads or writes`, { skip }, async () => {
    const log = `execve("/bin/x", ["x"], 0x1) = 0${STANDARD}`;
    const { skipped } = planOf(log);
    assert.deepEqual(skipped, ['1 execve process', '13 read descriptor', '14 write descriptor', '15 lseek descriptor', '17 openat descriptor']);
    const plan = await replayed(log, mode);
    assert.equal(plan.standIns.descriptors, 9);
  });
}

test('a log that begins in the middle: descriptors that come from nowhere may be anything', () => {
  const { ops } = planOf(STANDARD);
  assert.deepEqual(ops, ['open "/f" > 0', 'dup2 0 > 1 after 0', 'close 0 after 1', 'fcntl = -9', 'close = -9']);
});

const DEVICES = `
openat(AT_FDCWD, "/dev/null", O_WRONLY|O_CREAT|O_TRUNC, 0666) = 3
fstat(3, {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}) = 0
dup2(3, 5) = 5
close(3) = 0
openat(AT_FDCWD, "/dev/null", O_RDWR) = 3
read(3, "", 4096) = 0
lseek(3, 0, SEEK_CUR) = 0
access("/dev/null", W_OK) = 0
openat(AT_FDCWD, "/dev/urandom", O_RDONLY|O_NONBLOCK) = 4
newfstatat(4, "", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x9), ...}, AT_EMPTY_PATH) = 0
read(4, "x"..., 32) = 32
openat(AT_FDCWD, "/dev/urandom", O_RDONLY) = 6
read(6, "x"..., 4096) = 4096
read(6, "x"..., 100) = 100
stat("/dev/zero", {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x5), ...}) = 0
stat("/dev/shm", {st_mode=S_IFDIR|S_ISVTX|0777, st_size=40, ...}) = 0
openat(AT_FDCWD, "/dev/shm/x", O_RDWR|O_CREAT|O_EXCL, 0600) = 7
write(7, "abc", 3) = 3
unlink("/dev/shm/x") = 0
`;

test('sandbox: ordinary files stand for /dev/null and its like; /dev/shm is a directory like others', { skip }, async () => {
  const plan = await replayed(DEVICES, 'sandbox');
  assert.deepEqual(plan.ledger, []);
  assert.equal(plan.standIns.kernelFiles, 15);
});

test('devices: what is written, endless reads and cursors that stand still are not replayed', () => {
  const { skipped, plan } = planOf(`
openat(AT_FDCWD, "/dev/null", O_RDWR) = 3
write(3, "x", 1) = 1
ftruncate(3, 0) = -1 EINVAL (Invalid argument)
fchmod(3, 0600) = 0
openat(AT_FDCWD, "/dev/zero", O_RDONLY) = 4
read(4, "\\0"..., 1048576) = 1048576
read(4, "\\0"..., 1) = 1
pread64(4, "\\0"..., 4096, 1099511627776) = 4096
lseek(4, 0, SEEK_CUR) = 0
lseek(4, 0, SEEK_END) = 0
openat(AT_FDCWD, "/dev/urandom", O_WRONLY) = 5
unlink("/dev/null") = 0
openat(AT_FDCWD, "/dev/tty", O_RDWR) = -1 ENXIO (No such device or address)
copy_file_range(4, NULL, 3, NULL, 10, 0) = -1 EINVAL (Invalid argument)
openat(AT_FDCWD, "/dev/sda", O_RDONLY) = 6
`);
  assert.deepEqual(skipped, [
    '3 write device', '4 ftruncate device', '5 fchmod device', '8 read device', '9 pread64 device', '10 lseek device',
    '11 lseek device', '12 openat device', '13 unlink device', '14 openat device', '15 copy_file_range device', '16 openat device',
  ]);
  const dev = plan.tree.root.entries.get('dev');
  assert.ok(dev?.type === 'dir');
  assert.deepEqual([...dev.entries].map(([name, node]) => `${name} ${node.type === 'file' ? node.size : ''}`), ['null 0', 'zero 1048576']);
});

test('live, devices are left alone', () => {
  assert.deepEqual(planOf('openat(AT_FDCWD, "/dev/null", O_RDONLY) = 3\n', { mode: 'live' }).skipped, ['1 openat device']);
});

for (const name of readdirSync(TRACES).filter((file) => file.includes('f-ttt-T'))) {
  test(`${name}: at most 2 % of the file calls are in the ledger`, async () => {
    const plan = resolve(await loadTrace(TRACES + name), { mode: 'sandbox' });
    const left = plan.ledger.filter(({ reason }) => FILE_REASONS.has(reason)).reduce((sum, { count }) => sum + count, 0);
    assert.ok(left <= 0.02 * (plan.ops + left), `${left} of ${plan.ops + left}`);
  });
}
