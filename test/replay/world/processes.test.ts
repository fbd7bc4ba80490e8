import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planOf } from './planof.js';

test('fork copies the table: the child closes a reference, the parent the file; the cursor is shared', () => {
  const { ops, setup } = planOf(`
1 open("/a", O_RDONLY) = 3
1 read(3, "x"..., 10) = 10
1 fork() = 2
2 read(3, "x"..., 10) = 10
2 close(3) = 0
2 open("/b", O_RDONLY) = 3
1 read(3, "x"..., 10) = 10
1 close(3) = 0
2 close(3) = 0
`);
  assert.deepEqual(setup, ['chdir "/cwd"', 'open "/" > 1', 'dup 1 > 2']);
  assert.deepEqual(ops, [
    'open "/a" > 0', 'read 0 = 10 after 0', 'read 0 = 10 after 1',
    'close 2 after 2', // the child's reference
    'open "/b" > 3', 'read 0 = 10 after 2', 'close 0 after 3,5', 'close 3 after 4',
  ]);
});

test('the last process to close a descriptor closes it, whoever opened it; exit lets go of references', () => {
  const { ops, setup } = planOf(`
1 open("/a", O_RDONLY) = 3
1 fork() = 2
1 close(3) = 0
2 close(3) = 0
1 open("/b", O_RDONLY) = 3
1 fork() = 4
4 +++ exited with 0 +++
1 close(3) = 0
`);
  assert.equal(setup.filter((op) => op.startsWith('dup')).length, 1);
  assert.deepEqual(ops, [
    'open "/a" > 0', 'close 2 after 0', 'close 0 after 1', 'open "/b" > 3', 'close 3 after 3',
  ]);
});

test('threads share the table (CLONE_FILES); unshare and exec end that', () => {
  const { ops, skipped } = planOf(`
1 clone3({flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD, exit_signal=0} => {parent_tid=[2]}, 88) = 2
2 open("/a", O_RDONLY|O_CLOEXEC) = 3
1 fstat(3, {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
2 unshare(CLONE_FILES) = 0
2 open("/b", O_RDONLY) = 4
1 fstat(4, {st_mode=S_IFREG|0644, st_size=1, ...}) = 0
1 execve("/bin/x", ["x"], 0x7ffe /* 9 vars */) = 0
1 read(3, "x", 1) = 1
2 close(3) = 0
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'fstat 0 after 0', 'open "/b" > 1', 'close 0 after 1']);
  assert.deepEqual(skipped.slice(2), ['7 fstat descriptor', '8 execve process', '9 read descriptor']);
});

test('exec closes what O_CLOEXEC, F_SETFD, F_DUPFD_CLOEXEC and close_range marked', () => {
  const { ops, skipped } = planOf(`
1 open("/a", O_RDONLY|O_CLOEXEC) = 3
1 open("/b", O_RDONLY) = 4
1 fcntl(4, F_SETFD, FD_CLOEXEC) = 0
1 fcntl(4, F_GETFD) = 0x1 (flags FD_CLOEXEC)
1 open("/c", O_RDONLY) = 5
1 fcntl(5, F_DUPFD_CLOEXEC, 10) = 10
1 open("/d", O_RDONLY) = 6
1 close_range(6, 4294967295, CLOSE_RANGE_CLOEXEC) = 0
1 execve("/bin/x", ["x"], 0x7ffe /* 9 vars */) = 0
1 read(3, "x", 1) = 1
1 read(4, "x", 1) = 1
1 read(5, "x", 1) = 1
1 read(6, "x", 1) = 1
1 read(10, "x", 1) = 1
`);
  assert.deepEqual(ops, [
    'open "/a" > 0', 'open "/b" > 1', 'fcntl 1 after 1', 'fcntl 1 = 1 after 2', 'open "/c" > 2', 'fcntl 2 > 3 after 4',
    'open "/d" > 4', 'read 2 = 1 after 4',
  ]);
  assert.deepEqual(skipped, [
    '9 close_range unsupported', '10 execve process', '11 read descriptor', '12 read descriptor', '14 read descriptor',
    '15 read descriptor',
  ]);
});

test('dup2: over nothing a reserved number, over an open slot that slot, over an inherited one a reserved number', () => {
  const { ops, specs, skipped } = planOf(`
1 open("/a", O_RDONLY) = 3
1 open("/b", O_RDONLY) = 4
1 read(4, "x", 1) = 1
1 dup2(3, 0) = 0
1 dup2(3, 4) = 4
1 read(4, "x", 1) = 1
1 dup3(4, 9, O_CLOEXEC) = 9
1 fork() = 2
2 dup2(9, 3) = 3
1 read(3, "x", 1) = 1
1 dup2(3, 3) = 3
1 dup2(77, 3) = -1 EBADF (Bad file descriptor)
1 dup(9) = 5
1 close(9) = 0
`);
  assert.deepEqual(ops.slice(0, 9), [
    'open "/a" > 0', 'open "/b" > 1', 'read 1 = 1 after 1', 'dup2 0 > 2 after 0', 'dup2 0 fd2:1 > 3 after 0,2',
    'read 3 = 1 after 4', 'dup3 3 > 4 after 4', 'dup2 4 > 5 after 6', 'read 0 = 1 after 0,5',
  ]);
  assert.deepEqual([3, 6, 7].map((op) => specs[op]?.b ?? 0), [0, 1, 2]);
  assert.deepEqual(ops.slice(9), ['dup2 = -9', 'dup 4 > 6 after 6', 'close 8 after 7,10']);
  assert.deepEqual(skipped, ['9 fork process', '12 dup2 unsupported']);
});

test('descriptors that are not replayed occupy their numbers', () => {
  const { ops, skipped } = planOf(`
open("/a", O_RDONLY) = 3
close(3) = 0
pipe2([3, 4], O_CLOEXEC) = 0
read(3, "x", 1) = 1
close(3) = 0
socket(AF_UNIX, SOCK_STREAM, 0) = 3
fstat(3, {st_mode=S_IFSOCK|0777, st_size=0, ...}) = 0
eventfd2(0, EFD_CLOEXEC) = 5
close(5) = 0
recvmsg(3, {msg_name=NULL, msg_iov=[{iov_base="x", iov_len=1}], msg_control=[{cmsg_len=20, cmsg_level=SOL_SOCKET, cmsg_type=SCM_RIGHTS, cmsg_data=[6]}], msg_flags=0}, 0) = 1
read(6, "x", 1) = 1
dup2(4, 0) = 0
close(0) = 0
clone(child_stack=NULL, flags=CLONE_PIDFD|SIGCHLD, parent_tid=[7]) = 99
close(7) = 0
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'close 0 after 0']);
  assert.deepEqual(skipped.map((line) => line.split(' ').slice(1).join(' ')), [
    'pipe2 socket', 'read socket', 'close socket', 'socket socket', 'fstat socket', 'eventfd2 event', 'close event',
    'recvmsg socket', 'read descriptor', 'dup2 socket', 'close socket', 'clone process', 'close process',
  ]);
});

test('overlaps: what is created exists from the last line on, what is closed is gone from the first', () => {
  const { ops, skipped } = planOf(`
1 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD) = 2
1 open("/a", O_RDONLY <unfinished ...>
2 fstat(3, {st_mode=S_IFREG|0644, st_size=5, ...}) = 0
1 <... open resumed>) = 3
2 read(3, "x", 1) = 1
1 close(3 <unfinished ...>
2 open("/b", O_RDONLY) = 3
1 <... close resumed>) = 0
2 read(3, "x", 1) = 1
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'read 0 = 1 after 0', 'close 0 after 1', 'open "/b" > 1', 'read 1 = 1 after 3']);
  assert.deepEqual(skipped, ['2 clone process', '4 fstat descriptor']);
});

test('a child whose lines come before its parent knows the pid inherits at the entry', () => {
  const { ops, skipped } = planOf(`
1 open("/a", O_RDONLY) = 3
1 vfork( <unfinished ...>
2 read(3, "x", 1) = 1
2 execve("/bin/x", ["x"], 0x7ffe /* 9 vars */) = 0
1 <... vfork resumed>) = 2
2 read(3, "x", 1) = 1
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'read 0 = 1 after 0', 'read 0 = 1 after 1']);
  assert.deepEqual(skipped, ['3 vfork process', '5 execve process']);
});

test('a child in a pid namespace, and one whose clone never returned, are found by order', () => {
  const { ops } = planOf(`
1 open("/a", O_RDONLY) = 3
1 clone(child_stack=NULL, flags=CLONE_NEWPID|SIGCHLD) = 2
41 read(3, "x", 1) = 1
1 clone(child_stack=NULL, flags=SIGCHLD <unfinished ...>
42 read(3, "x", 1) = 1
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'read 0 = 1 after 0', 'read 0 = 1 after 1']);
});

test('a log that starts in the middle: unknown descriptors and directories are in the ledger', () => {
  const { ops, skipped } = planOf(`
5 read(3, "x", 1) = 1
6 <... read resumed>"x", 1) = 1
5 open("/a", O_RDONLY) = 4
6 stat("rel", {st_mode=S_IFREG|0644, st_size=5, ...}) = 0
6 fstat(4, {st_mode=S_IFREG|0644, st_size=5, ...}) = 0
5 close(3) = 0
5 close(4) = 0
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'close 0 after 0']);
  assert.ok(skipped.includes('2 read descriptor'));
  assert.ok(skipped.includes('5 stat directory'));
  assert.ok(skipped.includes('6 fstat descriptor'));
  assert.ok(skipped.includes('7 close descriptor'));
});

test('pids appear only while there is more than one process: the first one keeps its table', () => {
  const { ops } = planOf(`
open("/a", O_RDONLY) = 3
clone(child_stack=NULL, flags=SIGCHLD) = 9
[pid     9] read(3, "x", 1) = 1
[pid     8] read(3, "x", 1) = 1
[pid     9] +++ exited with 0 +++
read(3, "x", 1) = 1
close(3) = 0
`);
  assert.deepEqual(ops, [
    'open "/a" > 0', 'read 0 = 1 after 0', 'read 0 = 1 after 1', 'read 0 = 1 after 2', 'close 0 after 3',
  ]);
});

test('execve by a thread: it takes over the pid of its leader', () => {
  const { ops } = planOf(`
1 clone(child_stack=0x7f, flags=CLONE_VM|CLONE_FS|CLONE_FILES|CLONE_THREAD) = 2
2 open("/a", O_RDONLY) = 3
2 execve("/bin/x", ["x"], 0x7ffe /* 9 vars */ <pid changed to 1 ...>
1 +++ superseded by execve in pid 2 +++
1 <... execve resumed>) = 0
1 read(3, "x", 1) = 1
1 close(3) = 0
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'read 0 = 1 after 0', 'close 0 after 1']);
});

test('only the processes asked for are replayed; what they inherit from others is not', () => {
  const log = `
1 open("/a", O_RDONLY) = 3
1 fork() = 2
2 read(3, "x", 1) = 1
2 open("/b", O_RDONLY) = 4
2 close(4) = 0
1 close(3) = 0
`;
  const child = planOf(log, { mode: 'sandbox', pids: [2] });
  assert.deepEqual(child.ops, ['open "/b" > 0', 'close 0 after 0']);
  assert.deepEqual(child.skipped, ['2 open process', '3 fork process', '4 read descriptor', '7 close process']);
  const parent = planOf(log, { mode: 'sandbox', pids: [1] });
  assert.equal(parent.ops.length, 2);
  assert.throws(() => planOf(log, { mode: 'sandbox', pids: [1, 7] }), { message: 'the log has no process 7', remedy: 'It has 1, 2.' });
});

test('dup2 waits for the call that opened its target, also when nothing used it', () => {
  const { ops } = planOf(`
open("/a", O_RDONLY) = 3
open("/b", O_RDONLY) = 4
dup2(3, 4) = 4
`);
  assert.deepEqual(ops, ['open "/a" > 0', 'open "/b" > 1', 'dup2 0 fd2:1 > 2 after 0,1']);
});
