/** copy_file_range and sendfile: which cursor they move. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { replayed, skip } from './inside.js';
import { planOf } from './planof.js';

test('copies: a side with an offset is free of the cursor, one without moves it', () => {
  const { ops, specs, plan, skipped } = planOf(`
open("/from", O_RDONLY) = 3
open("/to", O_RDWR|O_CREAT|O_EXCL, 0644) = 4
copy_file_range(3, NULL, 4, NULL, 100, 0) = 100
copy_file_range(3, [500], 4, NULL, 100, 0) = 100
copy_file_range(3, NULL, 4, [5000000000], 9223372036854775807, 0) = 60
copy_file_range(3, [40 => 50], 4, [7 => 17], 10, 0) = 10
lseek(3, 0, SEEK_CUR) = 160
lseek(4, 0, SEEK_CUR) = 200
copy_file_range(3, [9000], 4, [-3], 10, 0) = 0
copy_file_range(4, [0], 4, [5], 10, 0) = -1 EINVAL (Invalid argument)
copy_file_range(3, 0x7ffc11, 4, NULL, 10, 0) = 10
lseek(4, 0, SEEK_CUR) = 210
copy_file_range(3, [0], 4, [0], 10, 0x1) = -1 EINVAL (Invalid argument)
`);
  assert.deepEqual(skipped, ['12 copy_file_range arguments', '13 lseek descriptor', '14 copy_file_range unsupported']);
  assert.deepEqual(ops.slice(2), [
    'copy_file_range 0 fd2:1 = 100 after 0,1', 'copy_file_range 0 fd2:1 = 100 after 0,2',
    'copy_file_range 0 fd2:1 = 60 after 1,2,3', 'copy_file_range 0 fd2:1 = 10 after 0,1,4',
    'lseek 0 = 160 after 4', 'lseek 1 = 200 after 3', 'copy_file_range 0 fd2:1 after 0,1,5', 'copy_file_range 1 fd2:1 = -22 after 1,8',
  ]);
  const copies = specs.filter(({ code }) => code === 'copy_file_range').map(({ flags, off, a, b, len }) => ({ flags, off, a, b, len }));
  const none = { flags: undefined, off: undefined, a: undefined, b: undefined };
  assert.deepEqual(copies, [
    { ...none, len: 100 },
    { ...none, flags: 2, off: 500, len: 100 },
    { ...none, flags: 4, a: 5e9 % 2 ** 32, b: 1, len: 60 },
    { ...none, flags: 6, off: 40, a: 7, len: 10 },
    { ...none, flags: 6, off: 9000, a: 2 ** 32 - 3, b: 2 ** 32 - 1, len: 1 },
    { ...none, flags: 6, a: 5, len: 10 },
  ]);
  const from = plan.tree.root.entries.get('from');
  assert.ok(from?.type === 'file' && from.size === 600);
});

test('sendfile reads at its offset or from the cursor, and writes at the cursor', { skip }, async () => {
  const log = `
openat(AT_FDCWD, "/f", O_RDONLY) = 3
openat(AT_FDCWD, "/g", O_RDWR|O_CREAT|O_EXCL, 0600) = 4
sendfile(4, 3, [0] => [10], 8388608) = 10
sendfile(4, 3, [10], 8388608) = 0
sendfile(4, 3, NULL, 16777216) = 10
sendfile(4, 3, NULL, 16777216) = 0
sendfile(4, 99, NULL, 1) = -1 EBADF (Bad file descriptor)
lseek(4, 0, SEEK_CUR) = 20
lseek(3, 0, SEEK_CUR) = 10
fstat(4, {st_mode=S_IFREG|0600, st_size=20, ...}) = 0
`;
  const { ledger, tree } = await replayed(log, 'sandbox');
  assert.deepEqual(ledger, []);
  const file = tree.root.entries.get('f');
  assert.ok(file?.type === 'file' && file.size === 10);
  assert.deepEqual(planOf(log).ops.slice(2, 6), [
    'sendfile 1 fd2:0 = 10 after 0,1', 'sendfile 1 fd2:0 after 0,2', 'sendfile 1 fd2:0 = 10 after 0,3', 'sendfile 1 fd2:0 after 4',
  ]);
  const others = planOf(`
socket(AF_UNIX, SOCK_STREAM, 0) = 5
openat(AT_FDCWD, "/f", O_RDONLY) = 3
sendfile(5, 3, NULL, 100) = 10
read(3, "x"..., 1) = 1
openat(AT_FDCWD, "/proc/version", O_RDONLY) = 6
openat(AT_FDCWD, "/g", O_RDWR) = 4
sendfile(4, 6, NULL, 100) = 10
`);
  assert.deepEqual(others.skipped, ['2 socket socket', '4 sendfile socket', '5 read descriptor', '8 sendfile device']);
});
