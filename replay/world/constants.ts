/**
 * The names that strace prints for the flags of file calls, with their numbers. Where numbers depend on the
 * architecture they are those of this host, on which the replay runs.
 */
import { constants as fs } from 'node:fs';

export type Names = Readonly<Record<string, number>>;

/** open(2) */
export const O_RDONLY = 0;
export const O_ACCMODE = 3;
export const { O_NONBLOCK, O_WRONLY, O_RDWR, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW } = fs;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
/** __O_TMPFILE alone; the flag proper includes O_DIRECTORY. */
export const O_TMPFILE_BIT = 0o20000000;

export const OPEN_FLAGS: Names = {
  O_RDONLY, O_WRONLY, O_RDWR, O_ACCMODE, O_CREAT, O_EXCL, O_TRUNC, O_APPEND, O_DIRECTORY, O_NOFOLLOW, O_CLOEXEC, O_PATH,
  O_NOCTTY: fs.O_NOCTTY, O_NONBLOCK, O_NDELAY: O_NONBLOCK, O_SYNC: fs.O_SYNC, O_DSYNC: fs.O_DSYNC,
  O_DIRECT: fs.O_DIRECT, O_NOATIME: fs.O_NOATIME, O_ASYNC: 0o20000, FASYNC: 0o20000,
  // On 64-bit hosts the kernel adds O_LARGEFILE by itself; asking for it changes nothing.
  O_LARGEFILE: process.arch === 'arm64' ? 0o400000 : 0o100000,
  O_TMPFILE: O_TMPFILE_BIT | O_DIRECTORY, __O_TMPFILE: O_TMPFILE_BIT,
};

/** Whether an open with these flags could create or change something. */
export function opensForWriting(flags: number): boolean {
  if ((flags & O_PATH) !== 0) return false;
  return (flags & O_ACCMODE) !== O_RDONLY || (flags & (O_CREAT | O_TRUNC | O_TMPFILE_BIT)) !== 0;
}

/** openat2(2) */
export const RESOLVE_FLAGS: Names = {
  RESOLVE_NO_XDEV: 1, RESOLVE_NO_MAGICLINKS: 2, RESOLVE_NO_SYMLINKS: 4, RESOLVE_BENEATH: 8, RESOLVE_IN_ROOT: 16,
  RESOLVE_CACHED: 32,
};

export const AT_FDCWD = -100;
export const AT_SYMLINK_NOFOLLOW = 0x100;
export const AT_REMOVEDIR = 0x200;
export const AT_SYMLINK_FOLLOW = 0x400;
export const AT_EMPTY_PATH = 0x1000;
export const AT_FLAGS: Names = {
  AT_SYMLINK_NOFOLLOW, AT_EACCESS: 0x200, AT_REMOVEDIR, AT_SYMLINK_FOLLOW, AT_NO_AUTOMOUNT: 0x800, AT_EMPTY_PATH,
  AT_STATX_SYNC_AS_STAT: 0, AT_STATX_FORCE_SYNC: 0x2000, AT_STATX_DONT_SYNC: 0x4000, AT_STATX_SYNC_TYPE: 0x6000,
};

/** statx(2) */
export const STATX_FLAGS: Names = {
  STATX_TYPE: 1, STATX_MODE: 2, STATX_NLINK: 4, STATX_UID: 8, STATX_GID: 0x10, STATX_ATIME: 0x20, STATX_MTIME: 0x40,
  STATX_CTIME: 0x80, STATX_INO: 0x100, STATX_SIZE: 0x200, STATX_BLOCKS: 0x400, STATX_BASIC_STATS: 0x7ff,
  STATX_BTIME: 0x800, STATX_ALL: 0xfff, STATX_MNT_ID: 0x1000, STATX_DIOALIGN: 0x2000, STATX_MNT_ID_UNIQUE: 0x4000,
  STATX_SUBVOL: 0x8000, STATX_WRITE_ATOMIC: 0x10000,
};

/** access(2) */
export const X_OK = 1;
export const W_OK = 2;
export const R_OK = 4;
export const ACCESS_MODES: Names = { F_OK: 0, X_OK, W_OK, R_OK };

/** lseek(2) */
export const SEEK_SET = 0;
export const SEEK_CUR = 1;
export const SEEK_END = 2;
export const WHENCES: Names = { SEEK_SET, SEEK_CUR, SEEK_END, SEEK_DATA: 3, SEEK_HOLE: 4 };

/** fcntl(2) */
export const F_DUPFD = 0;
export const F_GETFD = 1;
export const F_SETFD = 2;
export const F_GETFL = 3;
export const F_SETFL = 4;
export const F_DUPFD_CLOEXEC = 1030;
export const FD_CLOEXEC = 1;
export const FD_FLAGS: Names = { FD_CLOEXEC };
export const F_GETLK = 5;
export const F_SETLK = 6;
export const F_SETLKW = 7;
export const FCNTL_COMMANDS: Names = { F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC, F_GETLK, F_SETLK, F_SETLKW };
export const F_RDLCK = 0;
export const LOCK_TYPES: Names = { F_RDLCK, F_WRLCK: 1, F_UNLCK: 2 };

/** flock(2) */
export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;
export const FLOCK_OPERATIONS: Names = { LOCK_SH, LOCK_EX, LOCK_NB, LOCK_UN };

/** posix_fadvise(2); the numbers of s390 differ and are not used here. */
export const ADVICES: Names = {
  POSIX_FADV_NORMAL: 0, POSIX_FADV_RANDOM: 1, POSIX_FADV_SEQUENTIAL: 2, POSIX_FADV_WILLNEED: 3,
  POSIX_FADV_DONTNEED: 4, POSIX_FADV_NOREUSE: 5,
};

/** readv(2), preadv2 */
export const RWF_APPEND = 16;
export const RWF_FLAGS: Names = {
  RWF_HIPRI: 1, RWF_DSYNC: 2, RWF_SYNC: 4, RWF_NOWAIT: 8, RWF_APPEND, RWF_NOAPPEND: 32, RWF_ATOMIC: 64,
};

/** fallocate(2) */
export const FALLOCATE_MODES: Names = {
  FALLOC_FL_KEEP_SIZE: 1, FALLOC_FL_PUNCH_HOLE: 2, FALLOC_FL_NO_HIDE_STALE: 4, FALLOC_FL_COLLAPSE_RANGE: 8,
  FALLOC_FL_ZERO_RANGE: 16, FALLOC_FL_INSERT_RANGE: 32, FALLOC_FL_UNSHARE_RANGE: 64,
};

/** renameat2(2) */
export const RENAME_NOREPLACE = 1;
export const RENAME_EXCHANGE = 2;
export const RENAME_WHITEOUT = 4;
export const RENAME_FLAGS: Names = { RENAME_NOREPLACE, RENAME_EXCHANGE, RENAME_WHITEOUT };

/** inode(7) */
export const S_IFMT = 0o170000;
export const S_IFIFO = 0o010000;
export const S_IFDIR = 0o040000;
export const S_IFREG = 0o100000;
export const S_IFLNK = 0o120000;
export const MODES: Names = {
  S_IFMT, S_IFIFO, S_IFDIR, S_IFREG, S_IFLNK, S_IFCHR: 0o020000, S_IFBLK: 0o060000, S_IFSOCK: 0o140000,
  S_ISUID: 0o4000, S_ISGID: 0o2000, S_ISVTX: 0o1000,
  S_IRWXU: 0o700, S_IRUSR: 0o400, S_IWUSR: 0o200, S_IXUSR: 0o100,
  S_IRWXG: 0o070, S_IRGRP: 0o040, S_IWGRP: 0o020, S_IXGRP: 0o010,
  S_IRWXO: 0o007, S_IROTH: 0o004, S_IWOTH: 0o002, S_IXOTH: 0o001,
};

/** clone(2) */
export const CLONE_FS = 0x200;
export const CLONE_FILES = 0x400;
export const CLONE_PIDFD = 0x1000;
export const CLONE_FLAGS: Names = {
  CLONE_VM: 0x100, CLONE_FS, CLONE_FILES, CLONE_SIGHAND: 0x800, CLONE_PIDFD, CLONE_PTRACE: 0x2000,
  CLONE_VFORK: 0x4000, CLONE_PARENT: 0x8000, CLONE_THREAD: 0x10000, CLONE_NEWNS: 0x20000, CLONE_SYSVSEM: 0x40000,
  CLONE_SETTLS: 0x80000, CLONE_PARENT_SETTID: 0x100000, CLONE_CHILD_CLEARTID: 0x200000, CLONE_DETACHED: 0x400000,
  CLONE_UNTRACED: 0x800000, CLONE_CHILD_SETTID: 0x1000000, CLONE_NEWCGROUP: 0x2000000, CLONE_NEWUTS: 0x4000000,
  CLONE_NEWIPC: 0x8000000, CLONE_NEWUSER: 0x10000000, CLONE_NEWPID: 0x20000000, CLONE_NEWNET: 0x40000000,
  CLONE_IO: 0x80000000,
};

/** close_range(2) */
export const CLOSE_RANGE_UNSHARE = 2;
export const CLOSE_RANGE_CLOEXEC = 4;
export const CLOSE_RANGE_FLAGS: Names = { CLOSE_RANGE_UNSHARE, CLOSE_RANGE_CLOEXEC };
