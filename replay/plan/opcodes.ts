/** Which calls io_uring can do at all, on a kernel that has every opcode (native/ring_ops.cc chooses at run time). */
import type { CodeName } from './format.js';

/** The opcode for each call, without IORING_OP_, lower case. Calls that are not listed run as plain calls in the ring arm. */
export const OPCODES: Readonly<Partial<Record<CodeName, string>>> = {
  nop: 'nop',
  stat: 'statx', lstat: 'statx', fstat: 'statx', newfstatat: 'statx', statx: 'statx',
  open: 'openat', openat: 'openat', openat2: 'openat2',
  read: 'read', pread64: 'read', readv: 'readv', preadv: 'readv', preadv2: 'readv',
  close: 'close', fadvise64: 'fadvise',
  write: 'write', pwrite64: 'write', writev: 'writev', pwritev: 'writev', pwritev2: 'writev',
  mkdir: 'mkdirat', mkdirat: 'mkdirat', unlink: 'unlinkat', unlinkat: 'unlinkat', rmdir: 'unlinkat',
  rename: 'renameat', renameat: 'renameat', renameat2: 'renameat', link: 'linkat', linkat: 'linkat',
  symlink: 'symlinkat', symlinkat: 'symlinkat',
  ftruncate: 'ftruncate', fallocate: 'fallocate', fsync: 'fsync', fdatasync: 'fsync',
  getxattr: 'getxattr', fgetxattr: 'fgetxattr',
};
