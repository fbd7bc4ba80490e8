/** Numbers written as the names that C headers give them. Values are this host's, as in the program. */
import { constants as fs } from 'node:fs';
import { constants as os } from 'node:os';

type Bits = readonly (readonly [name: string, value: number])[];

/** Longer sets first where one contains another (O_TMPFILE holds O_DIRECTORY, O_SYNC holds O_DSYNC). */
const OPEN_FLAGS: Bits = [
  ['O_TMPFILE', 0o20000000 | fs.O_DIRECTORY],
  ['O_SYNC', fs.O_SYNC],
  ['O_CREAT', fs.O_CREAT],
  ['O_EXCL', fs.O_EXCL],
  ['O_NOCTTY', fs.O_NOCTTY],
  ['O_TRUNC', fs.O_TRUNC],
  ['O_APPEND', fs.O_APPEND],
  ['O_NONBLOCK', fs.O_NONBLOCK],
  ['O_DSYNC', fs.O_DSYNC],
  ['O_DIRECT', fs.O_DIRECT],
  ['O_DIRECTORY', fs.O_DIRECTORY],
  ['O_NOFOLLOW', fs.O_NOFOLLOW],
  ['O_NOATIME', fs.O_NOATIME],
  ['O_CLOEXEC', 0o2000000],
  ['O_PATH', 0o10000000],
];
const ACCESS_MODES = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', '3'] as const;

const AT_FLAGS: Bits = [
  ['AT_SYMLINK_NOFOLLOW', 0x100],
  ['AT_NO_AUTOMOUNT', 0x800],
  ['AT_EMPTY_PATH', 0x1000],
  ['AT_STATX_FORCE_SYNC', 0x2000],
  ['AT_STATX_DONT_SYNC', 0x4000],
];
const FACCESSAT_FLAGS: Bits = [['AT_EACCESS', 0x200], ...AT_FLAGS];
const STATX_MASKS: Bits = [
  ['STATX_BASIC_STATS', 0x7ff],
  ['STATX_TYPE', 0x1],
  ['STATX_MODE', 0x2],
  ['STATX_NLINK', 0x4],
  ['STATX_UID', 0x8],
  ['STATX_GID', 0x10],
  ['STATX_ATIME', 0x20],
  ['STATX_MTIME', 0x40],
  ['STATX_CTIME', 0x80],
  ['STATX_INO', 0x100],
  ['STATX_SIZE', 0x200],
  ['STATX_BLOCKS', 0x400],
  ['STATX_BTIME', 0x800],
];
const ACCESS_MASKS: Bits = [['R_OK', 4], ['W_OK', 2], ['X_OK', 1]];
const RESOLVE_FLAGS: Bits = [
  ['RESOLVE_NO_XDEV', 0x01],
  ['RESOLVE_NO_MAGICLINKS', 0x02],
  ['RESOLVE_NO_SYMLINKS', 0x04],
  ['RESOLVE_BENEATH', 0x08],
  ['RESOLVE_IN_ROOT', 0x10],
];
const RWF_FLAGS: Bits = [['RWF_HIPRI', 1], ['RWF_DSYNC', 2], ['RWF_SYNC', 4], ['RWF_NOWAIT', 8], ['RWF_APPEND', 16]];

const WHENCE = ['SEEK_SET', 'SEEK_CUR', 'SEEK_END', 'SEEK_DATA', 'SEEK_HOLE'];
const ADVICE = [
  'POSIX_FADV_NORMAL', 'POSIX_FADV_RANDOM', 'POSIX_FADV_SEQUENTIAL', 'POSIX_FADV_WILLNEED', 'POSIX_FADV_DONTNEED',
  'POSIX_FADV_NOREUSE',
];
const FCNTL_COMMANDS: Readonly<Record<number, string>> = { 0: 'F_DUPFD', 1: 'F_GETFD', 3: 'F_GETFL', 1030: 'F_DUPFD_CLOEXEC' };
const FILE_TYPES: Readonly<Record<number, string>> = {
  [fs.S_IFREG]: 'S_IFREG', [fs.S_IFDIR]: 'S_IFDIR', [fs.S_IFLNK]: 'S_IFLNK', [fs.S_IFCHR]: 'S_IFCHR',
  [fs.S_IFBLK]: 'S_IFBLK', [fs.S_IFIFO]: 'S_IFIFO', [fs.S_IFSOCK]: 'S_IFSOCK',
};
/** Later names of the same number (EWOULDBLOCK, ENOTSUP) give way to the first. */
const ERRNOS = new Map(Object.entries(os.errno).map(([name, value]) => [value, name] as const).reverse());

function oneOf(value: number, names: readonly string[] | Readonly<Record<number, string>>): string {
  return (names as Readonly<Record<number, string | undefined>>)[value] ?? String(value);
}

function join(value: number, bits: Bits, first: readonly string[] = []): string {
  const names = [...first];
  let left = value >>> 0;
  for (const [name, bit] of bits) {
    if (bit !== 0 && (left & bit) >>> 0 === bit >>> 0) {
      names.push(name);
      left = (left & ~bit) >>> 0;
    }
  }
  if (left !== 0) names.push(`0x${left.toString(16)}`);
  return names.length === 0 ? '0' : names.join('|');
}

const octal = (value: number): string => (value === 0 ? '0' : `0${value.toString(8)}`);

export const cName = {
  openFlags: (value: number): string => join(value & ~3, OPEN_FLAGS, [ACCESS_MODES[(value & 3) as 0 | 1 | 2 | 3]]),
  atFlags: (value: number): string => join(value, AT_FLAGS),
  faccessatFlags: (value: number): string => join(value, FACCESSAT_FLAGS),
  statxMask: (value: number): string => join(value, STATX_MASKS),
  accessMask: (value: number): string => (value === 0 ? 'F_OK' : join(value, ACCESS_MASKS)),
  resolveFlags: (value: number): string => join(value, RESOLVE_FLAGS),
  rwfFlags: (value: number): string => join(value, RWF_FLAGS),
  whence: (value: number): string => oneOf(value, WHENCE),
  advice: (value: number): string => oneOf(value, ADVICE),
  fcntlCommand: (value: number): string => oneOf(value, FCNTL_COMMANDS),
  fileType: (mode: number): string => FILE_TYPES[mode & fs.S_IFMT] ?? octal(mode & fs.S_IFMT),
  mode: octal,
  /** A value, or -ENOENT for a negative errno. */
  result: (value: number | bigint): string => {
    const name = value < 0 ? ERRNOS.get(-Number(value)) : undefined;
    return name === undefined ? String(value) : `-${name}`;
  },
};
