/** Whatever a log says, each of its calls is either replayed or in the ledger, once. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { HANDLERS } from '../../../replay/world/calls/index.js';
import { planOf } from './planof.js';

/** What stands in the place of each kind of argument, as strace prints it; among them some that no such call takes. */
const ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  fd: ['3', '3', '4', '5', '9', '-1', 'AT_FDCWD', '3</a/b>'],
  dir: ['AT_FDCWD', 'AT_FDCWD', '3', '4', '9'],
  path: ['"/a/b"', '"b"', '""', '"/a/l"', '"/dev/null"', '"/dev/urandom"', '"/proc/self/fd/3"', '".."', '"/a/"', '"/aaa"...', 'NULL', '0x7ffd'],
  name: ['"security.selinux"', '"user.x"', '""', '0x7ffd'],
  at: ['0', 'AT_EMPTY_PATH', 'AT_SYMLINK_NOFOLLOW', 'AT_EMPTY_PATH|AT_SYMLINK_NOFOLLOW', 'AT_REMOVEDIR', 'AT_SYMLINK_FOLLOW', '0x8000'],
  open: ['O_RDONLY', 'O_RDWR|O_CREAT', 'O_WRONLY|O_TRUNC', 'O_PATH', 'O_RDONLY|O_DIRECTORY', 'O_RDWR|O_TMPFILE', 'O_WRONLY|O_APPEND|O_CREAT|O_EXCL', 'O_RDONLY|O_NOFOLLOW'],
  how: ['{flags=O_RDONLY, mode=0, resolve=RESOLVE_BENEATH}', '{flags=O_RDWR|O_CREAT, mode=0644, resolve=0}'],
  mode: ['0644', '0', 'S_IFIFO|0600', 'S_IFCHR|0600'],
  number: ['0', '1', '10', '4096', '-1', '100000', '18446744073709551615'],
  stat: ['{st_mode=S_IFREG|0644, st_size=10, ...}', '{st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}', '{st_mode=S_IFDIR|0755, st_size=4096, ...}', '{stx_mask=STATX_ALL, stx_mode=S_IFREG|0644, stx_size=10, ...}', '0x7ffd'],
  data: ['"abc"', '"abc"...', '""', '0x7ffd', '0x7ffd /* 2 entries */'],
  vector: ['[{iov_base="abc", iov_len=3}]', '[{iov_base="a"..., iov_len=30}, {iov_base="", iov_len=0}]', '[]', '0x7ffd'],
  offset: ['NULL', '[0]', '[5]', '[0] => [3]', '0x7ffd'],
  whence: ['SEEK_SET', 'SEEK_CUR', 'SEEK_END', 'SEEK_DATA'],
  rename: ['0', 'RENAME_EXCHANGE', 'RENAME_NOREPLACE', 'RENAME_WHITEOUT'],
  times: ['NULL', '[{tv_sec=1, tv_nsec=2}, UTIME_OMIT]'],
  fallocate: ['0', 'FALLOC_FL_KEEP_SIZE', 'FALLOC_FL_PUNCH_HOLE|FALLOC_FL_KEEP_SIZE', 'FALLOC_FL_COLLAPSE_RANGE'],
  flock: ['LOCK_EX|LOCK_NB', 'LOCK_UN', 'LOCK_SH', 'LOCK_EX', 'LOCK_MAND|LOCK_READ'],
  fcntl: ['F_DUPFD, 10', 'F_DUPFD_CLOEXEC, 3', 'F_GETFD', 'F_SETFD, FD_CLOEXEC', 'F_GETFL', 'F_SETFL, O_RDONLY|O_APPEND', 'F_SETLK, {l_type=F_WRLCK, l_whence=SEEK_SET, l_start=0, l_len=0}', 'F_SETLKW, {l_type=F_UNLCK, l_whence=SEEK_CUR, l_start=-5, l_len=1}', 'F_GETLK, {l_type=F_UNLCK}', 'F_OFD_SETLK, {l_type=F_RDLCK, l_whence=SEEK_SET, l_start=0, l_len=0}'],
};
const KINDS: Readonly<Record<string, string>> = {
  stat: 'path stat', lstat: 'path stat', fstat: 'fd stat', newfstatat: 'dir path stat at', statx: 'dir path at number stat',
  access: 'path number', faccessat: 'dir path number', faccessat2: 'dir path number at', statfs: 'path stat', fstatfs: 'fd stat',
  open: 'path open mode', openat: 'dir path open mode', openat2: 'dir path how number', creat: 'path mode', close: 'fd', close_range: 'number number number',
  read: 'fd data number', pread64: 'fd data number number', readv: 'fd vector number', preadv: 'fd vector number number', preadv2: 'fd vector number number number',
  write: 'fd data number', pwrite64: 'fd data number number', writev: 'fd vector number', pwritev: 'fd vector number number', pwritev2: 'fd vector number number number',
  dup: 'fd', dup2: 'fd number', dup3: 'fd number open', fcntl: 'fd fcntl', flock: 'fd flock', lseek: 'fd number whence', _llseek: 'fd number number offset whence',
  getdents64: 'fd data number', readlink: 'path data number', readlinkat: 'dir path data number', getcwd: 'data number', chdir: 'path', fchdir: 'fd', chroot: 'path',
  mkdir: 'path mode', mkdirat: 'dir path mode', rmdir: 'path', unlink: 'path', unlinkat: 'dir path at', mknod: 'path mode number', mknodat: 'dir path mode number',
  rename: 'path path', renameat: 'dir path dir path', renameat2: 'dir path dir path rename', link: 'path path', linkat: 'dir path dir path at', symlink: 'path path', symlinkat: 'path dir path',
  chmod: 'path mode', fchmod: 'fd mode', fchmodat: 'dir path mode', chown: 'path number number', lchown: 'path number number', fchown: 'fd number number', fchownat: 'dir path number number at',
  utimensat: 'dir path times at', truncate: 'path number', ftruncate: 'fd number', fallocate: 'fd fallocate number number', fsync: 'fd', fdatasync: 'fd', fadvise64: 'fd number number number',
  copy_file_range: 'fd offset fd offset number number', sendfile: 'fd fd offset number', splice: 'fd offset fd offset number number', mmap: 'number number number number fd number',
  getxattr: 'path name data number', lgetxattr: 'path name data number', fgetxattr: 'fd name data number',
  listxattr: 'path data number', llistxattr: 'path data number', flistxattr: 'fd data number',
};
const RETURNS = ['0', '0', '0', '1', '3', '4', '5', '10', '48', '?', ...['ENOENT', 'ENODATA', 'EOPNOTSUPP', 'EBADF', 'EACCES', 'EEXIST', 'EINVAL', 'ENOTDIR', 'ELOOP', 'EAGAIN', 'ERANGE', 'EISDIR'].map((errno) => `-1 ${errno} (why)`)];

const anyArgument = fc.constantFrom(...Object.values(ARGUMENTS).flat());
const call = fc.constantFrom(...Object.entries(KINDS)).chain(([name, kinds]) => fc.record({
  // Now and then something of another kind, or one too few.
  args: fc.tuple(...kinds.split(' ').map((kind) => fc.oneof({ weight: 15, arbitrary: fc.constantFrom(...ARGUMENTS[kind]) }, { weight: 1, arbitrary: anyArgument }))),
  dropped: fc.integer({ min: 0, max: 15 }),
  returned: fc.constantFrom(...RETURNS),
}).map(({ args, dropped, returned }) => `${name}(${args.slice(0, dropped === 0 ? -1 : undefined).join(', ')}) = ${returned}`));
const opened = fc.tuple(fc.constantFrom('"/a/b"', '"/a"', '"/dev/null"', '"/dev/urandom"', '"/a/l"', '"/proc/self/maps"'), fc.constantFrom(...ARGUMENTS.open), fc.constantFrom(3, 4, 5))
  .map(([path, flags, fd]) => `openat(AT_FDCWD, ${path}, ${flags}, 0644) = ${fd}`);
const log = fc.array(fc.oneof({ weight: 3, arbitrary: call }, { weight: 1, arbitrary: opened }), { minLength: 1, maxLength: 40 });

test('the calls here are known to the replay', () => {
  assert.deepEqual(Object.keys(KINDS).filter((name) => !HANDLERS.has(name)), []);
});

for (const mode of ['sandbox', 'confined', 'live'] as const) {
  test(`${mode}: each call of any log is replayed or in the ledger`, () => {
    fc.assert(fc.property(log, (lines) => {
      const { plan, skipped } = planOf(`${lines.join('\n')}\n`, { mode });
      assert.equal(plan.ops + skipped.length, lines.length, 'replayed + ledger = calls');
      assert.equal(plan.ledger.reduce((sum, { count }) => sum + count, 0), skipped.length);
    }), { numRuns: 400 });
  });
}
