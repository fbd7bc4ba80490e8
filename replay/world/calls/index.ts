/** Which handler each call has. Calls without one are in the ledger by their name alone (reasons.ts). */
import type { World } from '../world.js';
import { fgetxattr, flistxattr, getxattr, lgetxattr, listxattr, llistxattr } from './attribute.js';
import {
  chmod, chown, fchmodat, fchownat, lchown, link, linkat, mkdir, mkdirat, mknod, mknodat, rename, renameat, renameat2, rmdir, symlink, symlinkat,
  truncate, unlink, unlinkat, utimensat,
} from './change.js';
import { close, closeRange, dup, dup2, dup3, fcntl } from './descriptor.js';
import { chdir, chroot, fchdir, getcwd } from './directory.js';
import { flock } from './lock.js';
import { mmap } from './memory.js';
import { creat, open, openat, openat2 } from './open.js';
import { DESCRIPTOR_MAKERS, descriptorMaker, ioctl, MUTATING, mutating, pair, receive, splice } from './others.js';
import { access, faccessat, faccessat2, readlink, readlinkat } from './path.js';
import { clone, execve, exit, unshare } from './process.js';
import {
  armFadvise64, fadvise64, getdents, llseek, lseek, pread64, preadv, preadv2, read, readv,
} from './read.js';
import { fstat, fstatfs, newfstatat, stat, statfs, statx } from './stat.js';
import { copyFileRange, fallocate, fchmod, fchown, fdatasync, fsync, ftruncate, pwrite64, pwritev, pwritev2, sendfile, write, writev } from './write.js';

export type Handler = (w: World) => void;

const statFollow: Handler = (w) => { stat(w, 'stat'); };
const statLink: Handler = (w) => { stat(w, 'lstat'); };

export const HANDLERS: ReadonlyMap<string, Handler> = new Map<string, Handler>(Object.entries({
  stat: statFollow, stat64: statFollow, oldstat: statFollow,
  lstat: statLink, lstat64: statLink, oldlstat: statLink,
  fstat, fstat64: fstat, oldfstat: fstat,
  newfstatat, fstatat64: newfstatat, fstatat: newfstatat, statx,
  access, faccessat, faccessat2,
  open, openat, openat2, creat,
  read, pread64, pread: pread64, readv, preadv, preadv2,
  lseek, _llseek: llseek, llseek,
  close, close_range: closeRange,
  readlink, readlinkat,
  getdents, getdents64: getdents,
  dup, dup2, dup3, fcntl, fcntl64: fcntl,
  fadvise64, fadvise64_64: fadvise64, arm_fadvise64_64: armFadvise64,
  statfs, statfs64: statfs, fstatfs, fstatfs64: fstatfs,
  getcwd, chdir, fchdir, chroot,
  fork: clone, vfork: clone, clone, clone3: clone, execve, execveat: execve, exit, exit_group: exit, unshare,
  pipe: pair, pipe2: pair, socketpair: pair, recvmsg: receive, recvmmsg: receive,
  sendfile, sendfile64: sendfile, splice, ioctl, mmap, mmap2: mmap,
  ...Object.fromEntries(Object.keys(DESCRIPTOR_MAKERS).map((name) => [name, descriptorMaker])),
  ...Object.fromEntries(MUTATING.map((name) => [name, mutating])),
  mkdir, mkdirat, mknod, mknodat, unlink, unlinkat, rmdir, rename, renameat, renameat2, link, linkat, symlink, symlinkat,
  chmod, fchmodat, truncate, truncate64: truncate, utimensat,
  write, writev, pwrite64, pwrite: pwrite64, pwritev, pwritev2, ftruncate, ftruncate64: ftruncate, fallocate, fsync, fdatasync, fchmod,
  copy_file_range: copyFileRange, flock,
  chown, chown32: chown, lchown, lchown32: lchown, fchown, fchown32: fchown, fchownat,
  getxattr, lgetxattr, fgetxattr, listxattr, llistxattr, flistxattr,
}));
