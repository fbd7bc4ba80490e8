import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replayed, skip } from './inside.js';
import { planOf } from './planof.js';

/** Two processes with exclusive locks; the first ends with its own still held. */
const LOCKS = `
10 execve("/bin/x", ["x"], 0x1) = 0
10 openat(AT_FDCWD, "/l", O_RDWR|O_CREAT, 0666) = 3
10 fcntl(3, F_SETLK, {l_type=F_RDLCK, l_whence=SEEK_SET, l_start=1073741824, l_len=1}) = 0
10 fcntl(3, F_SETLKW, {l_type=F_WRLCK, l_whence=SEEK_CUR, l_start=-0, l_len=510}) = 0
10 fcntl(3, F_GETLK, {l_type=F_UNLCK, l_whence=SEEK_SET, l_start=0, l_len=0, l_pid=0}) = 0
10 fcntl(3, F_SETLK, {l_type=F_UNLCK, l_whence=SEEK_SET, l_start=0, l_len=0}) = 0
10 fcntl(9, F_SETLK, {l_type=F_UNLCK, l_whence=SEEK_SET, l_start=0, l_len=0}) = -1 EBADF (Bad file descriptor)
10 flock(3, LOCK_EX) = 0
10 fork() = 11
10 +++ exited with 0 +++
11 openat(AT_FDCWD, "/l", O_RDONLY) = 4
11 flock(3, LOCK_UN) = 0
11 flock(4, LOCK_EX|LOCK_NB) = 0
11 openat(AT_FDCWD, "/l", O_RDONLY) = 5
11 flock(5, LOCK_SH) = 0
`;

test('locks are taken, and none is in the way of another', { skip }, async () => {
  const plan = await replayed(LOCKS, 'sandbox');
  assert.deepEqual(plan.ledger.map(({ syscall }) => syscall), ['execve', 'fork']);
});

test('locks ask for what the log shows, and never wait', () => {
  const { specs, ops } = planOf(LOCKS);
  const locks = specs.filter(({ code }) => code === 'fcntl_lock' || code === 'flock').map(({ code, a, b, off, len }) => [code, a, b, off, len].join());
  assert.deepEqual(locks, [
    'fcntl_lock,6,,1073741824,1', 'fcntl_lock,6,65537,,510', 'fcntl_lock,5,,,', 'fcntl_lock,6,2,,', 'fcntl_lock,6,2,,',
    'flock,5,,,', 'flock,12,,,', 'flock,5,,,', 'flock,5,,,',
  ]);
  assert.equal(ops.at(5), 'fcntl_lock = -9');
});

test('locks that the replay cannot know, or that others held', () => {
  const log = `
openat(AT_FDCWD, "/l", O_RDWR) = 3
fcntl(3, F_SETLK, 0x7ffc) = 0
fcntl(3, F_OFD_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, l_len=0}) = 0
flock(3, LOCK_EX|LOCK_NB) = -1 EAGAIN (Resource temporarily unavailable)
flock(3, 0x40 /* LOCK_??? */) = -1 EINVAL (Invalid argument)
fcntl(3, F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, l_len=0}) = ?
`;
  assert.deepEqual(planOf(log).skipped, ['3 fcntl arguments', '4 fcntl unsupported', '5 flock event', '6 flock arguments', '7 fcntl unfinished']);
  assert.ok(planOf('openat(AT_FDCWD, "/l", O_RDONLY) = 3\nflock(3, LOCK_SH) = 0\n', { mode: 'live' }).skipped.includes('2 flock write'));
});
