/** Programs for the tests of the native part, over a small tree whose outcomes are known by construction. */
import { chmodSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { constants } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodeProgram } from '../../replay/plan/encode.js';
import { CHECK_ATTRIBUTE, CHECK_NONE, CHECK_SIZE, CHECK_SUCCESS, CHECK_TYPE, CHECK_VALUE, CWD, HEADER_WRITES, OP_OFFSET, OP_OFFSET2, type OpSpec } from '../../replay/plan/format.js';

export const ENOENT = -2;
export const EBADF = -9;
export const EISDIR = -21;
export const EACCES = -13;

const { O_RDONLY, O_DIRECTORY, S_IFREG, S_IFDIR, S_IFLNK } = constants;
const O_CLOEXEC = 0o2000000;
const AT_SYMLINK_NOFOLLOW = 0x100;
const AT_EMPTY_PATH = 0x1000;
const F_DUPFD = 0;
const F_GETFL = 3;
const F_DUPFD_CLOEXEC = 1030;
const STATX_BASIC = 0x7ff;
const [F_GETLK, F_SETLK] = [5, 6];
const [F_RDLCK, F_WRLCK, F_UNLCK] = [0, 1, 2];
const [LOCK_SH, LOCK_NB, LOCK_UN] = [1, 4, 8];
const O_LARGEFILE = 0o100000;

/** file (1,000 bytes), link -> file, dir/inner (10 bytes), dir/empty, nowhere -> missing */
export function makeTree(): string {
  const root = mkdtempSync(join(tmpdir(), 'uring-replay-native-'));
  writeFileSync(join(root, 'file'), 'x'.repeat(1000));
  mkdirSync(join(root, 'dir'));
  writeFileSync(join(root, 'dir', 'inner'), '0123456789');
  writeFileSync(join(root, 'dir', 'empty'), '');
  symlinkSync('file', join(root, 'link'));
  symlinkSync('missing', join(root, 'nowhere'));
  chmodSync(join(root, 'file'), 0o644);
  return root;
}

export type Step = Omit<OpSpec, 'line' | 'deps' | 'path' | 'path2'> & { path?: string; path2?: string };

/**
 * Encodes steps; each depends on the ops that made its descriptors and on their latest users (duplicates, which
 * share a cursor, are one), with `inOrder` on the step before it.
 */
export function program(
  steps: readonly Step[], options: { setup?: readonly Step[]; flags?: number; inOrder?: boolean } = {},
): Uint8Array {
  const latest = new Map<number, number>();
  const originals = new Map<number, number>();
  const original = (slot: number): number => originals.get(slot) ?? slot;
  const slots = Math.max(0, ...[...(options.setup ?? []), ...steps].flatMap((step) => [step.fd ?? -1, step.fd2 ?? -1, step.out ?? -1])) + 1;
  const bytes = (step: Step): Pick<OpSpec, 'path' | 'path2'> => ({
    ...(step.path === undefined ? {} : { path: Buffer.from(step.path) }),
    ...(step.path2 === undefined ? {} : { path2: Buffer.from(step.path2) }),
  });
  const ops = steps.map((step, index): OpSpec => {
    if (step.code === 'dup' && step.fd !== undefined && step.out !== undefined) originals.set(step.out, original(step.fd));
    const used = [step.fd ?? -1, step.fd2 ?? -1, step.out ?? -1].filter((slot) => slot >= 0).map(original);
    const before = options.inOrder === true && index > 0 ? [index - 1] : [];
    const deps = [...new Set([...before, ...used.map((slot) => latest.get(slot)).filter((dep) => dep !== undefined)])];
    for (const slot of used) latest.set(slot, index);
    return { ...step, ...bytes(step), deps, line: index + 1 } as OpSpec;
  });
  const setup = (options.setup ?? []).map((step): OpSpec => ({ ...step, ...bytes(step), line: 0 }) as OpSpec);
  return encodeProgram(setup, ops, slots, options.flags ?? 0);
}

const value = (expect: number) => ({ check: CHECK_VALUE, expect });
const unknown = { check: CHECK_ATTRIBUTE };
const made = { check: CHECK_SUCCESS };
const regular = (size: number) => ({ check: CHECK_VALUE | CHECK_SIZE | CHECK_TYPE, expect: 0, expectSize: size, expectMode: S_IFREG });

/** Every read-only call at least once, on the tree of makeTree() at `root` (a path prefix, '' inside it). */
export function everyCall(root: string): Step[] {
  const at = (name: string): string => `${root}/${name}`;
  return [
    { code: 'nop', check: CHECK_NONE },
    { code: 'stat', path: at('file'), ...regular(1000) },
    { code: 'stat', path: at('link'), ...regular(1000) },
    { code: 'stat', path: at('missing'), ...value(ENOENT) },
    { code: 'lstat', path: at('link'), check: CHECK_VALUE | CHECK_TYPE | CHECK_SIZE, expect: 0, expectSize: 4, expectMode: S_IFLNK },
    { code: 'stat', path: at('dir'), check: CHECK_VALUE | CHECK_TYPE, expect: 0, expectMode: S_IFDIR },
    { code: 'access', path: at('file'), b: 4, ...value(0) },
    { code: 'access', path: at('missing'), b: 0, ...value(ENOENT) },
    { code: 'openat', fd: CWD, path: at('file'), a: O_RDONLY | O_CLOEXEC, out: 0, ...made },
    { code: 'read', fd: 0, len: 400, ...value(400) },
    { code: 'read', fd: 0, len: 4096, ...value(600) },
    { code: 'read', fd: 0, len: 4096, ...value(0) },
    { code: 'close', fd: 0, ...value(0) },
    { code: 'open', path: at('file'), a: O_RDONLY, out: 1, ...made },
    { code: 'fstat', fd: 1, ...regular(1000) },
    { code: 'newfstatat', fd: 1, path: '', a: AT_EMPTY_PATH, ...regular(1000) },
    { code: 'lseek', fd: 1, off: 990, a: 0, ...value(990) },
    { code: 'readv', fd: 1, len: 100, b: 3, ...value(10) },
    { code: 'pread64', fd: 1, len: 100, off: 950, ...value(50) },
    { code: 'preadv', fd: 1, len: 100, off: 950, b: 2, ...value(50) },
    { code: 'preadv2', fd: 1, len: 100, off: 950, b: 2, a: 0, ...value(50) },
    { code: 'fadvise64', fd: 1, off: 0, len: 0, a: 2, ...value(0) },
    { code: 'fcntl', fd: 1, a: F_GETFL, ...value(O_LARGEFILE) },
    { code: 'dup', fd: 1, out: 2, ...made },
    { code: 'dup2', fd: 1, b: 0, out: 3, ...made },
    { code: 'dup3', fd: 2, fd2: 3, a: O_CLOEXEC, out: 4, ...made },
    { code: 'fcntl', fd: 1, a: F_DUPFD, len: 20, out: 5, ...made },
    { code: 'fcntl', fd: 1, a: F_DUPFD_CLOEXEC, len: 0, out: 6, ...made },
    { code: 'fstat', fd: 4, ...regular(1000) },
    { code: 'close', fd: 4, ...value(0) },
    { code: 'fstatfs', fd: 1, ...value(0) },
    { code: 'close', fd: 1, ...value(0) },
    { code: 'close', fd: 2, ...value(0) },
    { code: 'openat2', fd: CWD, path: at('dir'), a: O_RDONLY | O_DIRECTORY, len: 0, out: 7, ...made },
    { code: 'newfstatat', fd: 7, path: 'inner', a: 0, ...regular(10) },
    { code: 'newfstatat', fd: 7, path: 'gone', a: AT_SYMLINK_NOFOLLOW, ...value(ENOENT) },
    { code: 'statx', fd: 7, path: 'inner', a: 0, b: STATX_BASIC, ...regular(10) },
    { code: 'openat', fd: 7, path: 'inner', a: O_RDONLY, out: 8, ...made },
    { code: 'read', fd: 8, len: 100, ...value(10) },
    { code: 'close', fd: 8, ...value(0) },
    { code: 'faccessat', fd: 7, path: 'inner', b: 0, ...value(0) },
    { code: 'faccessat2', fd: 7, path: 'inner', a: 0, b: 0, ...value(0) },
    { code: 'readlinkat', fd: 7, path: '../link', len: 4096, ...value(4) },
    { code: 'readlink', path: at('nowhere'), len: 3, ...value(3) },
    // Records are 19 bytes and the name with its NUL, rounded up to 8: ., .. take 24, inner and empty 32.
    { code: 'getdents64', fd: 7, len: 32768, ...value(24 + 24 + 32 + 32) },
    { code: 'getdents64', fd: 7, len: 32768, ...value(0) },
    { code: 'pread64', fd: 7, len: 10, off: 0, ...value(EISDIR) },
    { code: 'statfs', path: at('file'), ...value(0) },
    { code: 'getxattr', path: at('link'), path2: 'user.none', len: 100, ...unknown },
    { code: 'getxattr', path: at('missing'), path2: 'user.none', len: 100, ...value(ENOENT) },
    { code: 'lgetxattr', path: at('nowhere'), path2: 'security.none', len: 0, ...unknown },
    { code: 'fgetxattr', fd: 7, path2: 'user.none', len: 100, ...unknown },
    { code: 'listxattr', path: at('file'), len: 0, ...unknown },
    { code: 'llistxattr', path: at('nowhere'), len: 1000, ...unknown },
    { code: 'flistxattr', fd: 7, len: 1000, ...unknown },
    { code: 'fchdir', fd: 7, ...value(0) },
    { code: 'close', fd: 7, ...value(0) },
    { code: 'chdir', path: at('dir'), ...value(0) },
    { code: 'getcwd', len: 4096, check: CHECK_SUCCESS },
    { code: 'close', fd: -1, ...value(EBADF) },
  ];
}

/** Every mutating call, inside a root directory that is the tree of makeTree(); leaves it as it was. */
export function everyWrite(): Step[] {
  const O_CREAT_WRITE = 0o101;
  return [
    { code: 'mkdir', path: '/new', b: 0o755, ...value(0) },
    { code: 'openat', fd: CWD, path: '/new', a: O_DIRECTORY, out: 0, ...made },
    { code: 'mkdirat', fd: 0, path: 'sub', b: 0o700, ...value(0) },
    { code: 'openat', fd: 0, path: 'data', a: O_CREAT_WRITE, b: 0o644, out: 1, ...made },
    { code: 'write', fd: 1, len: 1000, ...value(1000) },
    { code: 'pwrite64', fd: 1, len: 10, off: 2000, ...value(10) },
    { code: 'writev', fd: 1, len: 100, b: 3, ...value(100) },
    { code: 'pwritev', fd: 1, len: 10, b: 2, off: 1500, ...value(10) },
    { code: 'pwritev2', fd: 1, len: 10, b: 2, off: 1600, a: 2, ...value(10) },
    { code: 'pwritev2', fd: 1, len: 10, b: 1, off: -1, ...value(10) },
    { code: 'lseek', fd: 1, off: 0, a: 1, ...value(1110) },
    { code: 'fstat', fd: 1, ...regular(2010) },
    { code: 'fsync', fd: 1, ...value(0) },
    { code: 'fdatasync', fd: 1, ...value(0) },
    { code: 'ftruncate', fd: 1, off: 500, ...value(0) },
    { code: 'fallocate', fd: 1, a: 0, off: 0, len: 4096, ...value(0) },
    { code: 'fchmod', fd: 1, b: 0o600, ...value(0) },
    { code: 'fcntl_lock', fd: 1, a: F_SETLK, b: F_WRLCK, off: 10, len: -10, ...value(0) },
    { code: 'fcntl_lock', fd: 1, a: F_SETLK, b: F_RDLCK, off: 0, len: 0, ...value(EBADF) },
    { code: 'fcntl_lock', fd: 1, a: F_GETLK, b: F_RDLCK, off: 1 << 30, len: 1, ...value(0) },
    { code: 'fcntl_lock', fd: 1, a: F_SETLK, b: F_UNLCK | (1 << 16), off: 0, len: 0, ...value(0) },
    { code: 'flock', fd: 1, a: LOCK_SH | LOCK_NB, ...value(0) },
    { code: 'flock', fd: 1, a: LOCK_UN | LOCK_NB, ...value(0) },
    { code: 'fchown', fd: 1, ...value(0) },
    { code: 'chown', path: '/new/data', ...value(0) },
    { code: 'chown', path: '/new/absent', ...value(ENOENT) },
    { code: 'lchown', path: '/new/data', ...value(0) },
    { code: 'fchownat', fd: 0, path: 'data', a: AT_SYMLINK_NOFOLLOW, ...value(0) },
    { code: 'close', fd: 1, ...value(0) },
    { code: 'newfstatat', fd: 0, path: 'data', a: 0, ...regular(4096) },
    { code: 'truncate', path: '/new/data', off: 100, ...value(0) },
    { code: 'chmod', path: '/new/data', b: 0o640, ...value(0) },
    { code: 'fchmodat', fd: 0, path: 'data', b: 0o644, ...value(0) },
    { code: 'utimensat', fd: 0, path: 'data', a: 0, ...value(0) },
    { code: 'utimensat', fd: 0, ...value(0) },
    { code: 'link', path: '/new/data', path2: '/new/hard', ...value(0) },
    { code: 'linkat', fd: 0, path: 'data', fd2: 0, path2: 'hard2', a: 0, ...value(0) },
    { code: 'symlink', path: 'data', path2: '/new/soft', ...value(0) },
    { code: 'symlinkat', path: 'data', fd2: 0, path2: 'soft2', ...value(0) },
    { code: 'rename', path: '/new/hard', path2: '/new/moved', ...value(0) },
    { code: 'renameat', fd: 0, path: 'hard2', fd2: 0, path2: 'moved2', ...value(0) },
    { code: 'renameat2', fd: 0, path: 'moved', fd2: 0, path2: 'moved2', a: 1, ...value(-17) },
    { code: 'renameat2', fd: 0, path: 'sub', fd2: 0, path2: 'moved2', a: 2, ...value(0) },
    { code: 'newfstatat', fd: 0, path: 'sub', a: 0, ...regular(100) },
    { code: 'renameat2', fd: 0, path: 'sub', fd2: 0, path2: 'moved2', a: 2, ...value(0) },
    { code: 'mknod', path: '/new/fifo', b: 0o10600, ...value(0) },
    { code: 'mknodat', fd: 0, path: 'fifo2', b: 0o10600, ...value(0) },
    { code: 'openat', fd: 0, path: 'data', a: 0, out: 2, ...made },
    { code: 'openat', fd: 0, path: 'copy', a: O_CREAT_WRITE, b: 0o644, out: 3, ...made },
    { code: 'copy_file_range', fd: 2, fd2: 3, len: 1000, ...value(100) },
    { code: 'copy_file_range', flags: OP_OFFSET, fd: 2, off: 40, fd2: 3, len: 1000, ...value(60) },
    { code: 'copy_file_range', flags: OP_OFFSET, fd: 2, off: 100, fd2: 3, len: 1000, ...value(0) },
    { code: 'lseek', fd: 3, off: 0, a: 1, ...value(160) },
    { code: 'copy_file_range', flags: OP_OFFSET2, fd: 2, fd2: 3, a: 1000, len: 10, ...value(0) },
    { code: 'lseek', fd: 2, off: 20, a: 0, ...value(20) },
    { code: 'copy_file_range', flags: OP_OFFSET2, fd: 2, fd2: 3, a: 5, b: 1, len: 30, ...value(30) },
    { code: 'lseek', fd: 2, off: 0, a: 1, ...value(50) },
    { code: 'copy_file_range', flags: OP_OFFSET | OP_OFFSET2, fd: 2, fd2: 3, off: 10, a: 2000, len: 1000, ...value(90) },
    { code: 'fstat', fd: 3, ...regular(2 ** 32 + 35) },
    { code: 'lseek', fd: 3, off: 0, a: 0, ...value(0) },
    { code: 'sendfile', fd: 3, fd2: 2, len: 1000, ...value(50) },
    { code: 'sendfile', fd: 3, fd2: 2, len: 1000, ...value(0) },
    { code: 'sendfile', flags: OP_OFFSET, fd: 3, fd2: 2, off: 10, len: 40, ...value(40) },
    { code: 'lseek', fd: 3, off: 0, a: 1, ...value(90) },
    { code: 'lseek', fd: 2, off: 0, a: 1, ...value(100) },
    { code: 'close', fd: 2, ...value(0) },
    { code: 'close', fd: 3, ...value(0) },
    ...['data', 'moved', 'moved2', 'soft', 'soft2', 'fifo', 'fifo2'].map((path): Step => ({ code: 'unlinkat', fd: 0, path, a: 0, ...value(0) })),
    { code: 'unlink', path: '/new/copy', ...value(0) },
    { code: 'rmdir', path: '/new/sub', ...value(0) },
    { code: 'close', fd: 0, ...value(0) },
    { code: 'rmdir', path: '/new', ...value(0) },
  ];
}

export const WRITES = HEADER_WRITES;
