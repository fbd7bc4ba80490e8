/**
 * The program format, as native/program.h defines it (a test compares the two through the addon).
 * One flat little-endian buffer: Header | setup ops | ops | edges (u32, padded to 8) | arena.
 */

export const MAGIC = 0x31505255; // "URP1"
export const VERSION = 1;
export const HEADER_BYTES = 64;
export const OP_BYTES = 88;

export const NO_SLOT = -1;
export const CWD = -100;
export const NO_PATH = 0xffffffff;

/** Values are part of the format: append, never renumber. */
export const CODES = [
  'nop', 'stat', 'lstat', 'fstat', 'newfstatat', 'statx', 'access', 'faccessat', 'faccessat2', 'open', 'openat',
  'openat2', 'read', 'pread64', 'readv', 'preadv', 'preadv2', 'lseek', 'close', 'readlink', 'readlinkat',
  'getdents64', 'dup', 'dup2', 'dup3', 'fcntl', 'fadvise64', 'statfs', 'fstatfs', 'getcwd', 'chdir', 'fchdir',
  'write', 'pwrite64', 'writev', 'mkdir', 'mkdirat', 'unlink', 'unlinkat', 'rmdir', 'rename', 'renameat',
  'renameat2', 'link', 'linkat', 'symlink', 'symlinkat', 'chmod', 'fchmod', 'fchmodat', 'utimensat', 'truncate',
  'ftruncate', 'fallocate', 'fsync', 'fdatasync', 'copy_file_range', 'mknod', 'mknodat', 'set_cwd_slot',
  'note_inode', 'setup_if', 'pwritev', 'pwritev2', 'fcntl_lock', 'flock', 'chown', 'lchown', 'fchown', 'fchownat',
  'getxattr', 'lgetxattr', 'fgetxattr', 'listxattr', 'llistxattr', 'flistxattr', 'sendfile',
] as const;
export type CodeName = (typeof CODES)[number];
export const CODE: Readonly<Record<CodeName, number>> = Object.fromEntries(CODES.map((name, i) => [name, i])) as Record<
  CodeName,
  number
>;

export const CHECK_NONE = 0;
export const CHECK_VALUE = 1;
export const CHECK_SUCCESS = 2;
export const CHECK_SIZE = 4;
export const CHECK_TYPE = 8;
/** A value, -ENODATA or -EOPNOTSUPP: which extended attributes there are is up to the file system. */
export const CHECK_ATTRIBUTE = 16;

export const OP_CURSOR = 1;
/** copy_file_range, sendfile: `off` is where it reads, in place of the cursor. */
export const OP_OFFSET = 2;
/** copy_file_range: `a` and `b` are the low and the high half of where it writes, in place of the cursor. */
export const OP_OFFSET2 = 4;
/** Setup only: left out where no pass that changes the tree is to come. */
export const OP_BEFORE_PASS = 8;
export const HEADER_WRITES = 1;

/** Byte offsets of the fields of an op record. */
export const OP = {
  code: 0, flags: 2, fd: 4, fd2: 8, out: 12, path: 16, path2: 20, a: 24, b: 28, len: 32, off: 40, expect: 48,
  expectSize: 56, expectMode: 64, check: 68, depStart: 72, depCount: 76, line: 80, reserved: 84,
} as const;

/** Byte offsets of the fields of the header. */
export const HEADER = {
  magic: 0, version: 4, headerBytes: 8, opBytes: 12, flags: 16, setupCount: 20, opCount: 24, slotCount: 28,
  edgeCount: 32, reservedFds: 36, arenaBytes: 40, ioBytesMax: 48, totalBytes: 56,
} as const;

/** One op before encoding; fields that the call does not use are left out. Setup and main ops are alike. */
export interface OpSpec {
  readonly code: CodeName;
  readonly fd?: number;
  readonly fd2?: number;
  readonly out?: number;
  readonly path?: Uint8Array;
  readonly path2?: Uint8Array;
  readonly a?: number;
  readonly b?: number;
  readonly len?: number;
  readonly off?: number | bigint;
  readonly expect?: number | bigint;
  readonly expectSize?: number | bigint;
  readonly expectMode?: number;
  readonly check: number;
  /** Indices of earlier main ops. Setup ops have none. */
  readonly deps?: readonly number[];
  readonly line: number;
  readonly cursor?: boolean;
  /** OP_OFFSET, OP_OFFSET2, OP_BEFORE_PASS. */
  readonly flags?: number;
}
