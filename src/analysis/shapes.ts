/**
 * Where a call keeps its path and descriptors, and what kind of access it is. Positions are argument indices as
 * strace prints them (man 2 of each call).
 */
export type Role =
  | 'open' | 'stat' | 'access' | 'readlink' | 'exec' // lookups: a path is walked to find something
  | 'read' | 'write' | 'seek' | 'list' | 'map' | 'close' // on a descriptor
  | 'change' // creates, removes, renames or alters what a path names
  | 'directory' // chdir and its kin
  | 'other'; // something else with a path or descriptor

export interface Shape {
  readonly role: Role;
  readonly path?: number;
  /** The directory descriptor that `path` is relative to. */
  readonly dir?: number;
  readonly fd?: number;
  /** A second path: the new name of rename, link, symlink. */
  readonly path2?: number;
  readonly dir2?: number;
}

const at = (role: Role): Shape => ({ role, dir: 0, path: 1 });
const path0 = (role: Role): Shape => ({ role, path: 0 });
const fd0 = (role: Role): Shape => ({ role, fd: 0 });
const two = (role: Role): Shape => ({ role, path: 0, path2: 1 });
const twoAt: Shape = { role: 'change', dir: 0, path: 1, dir2: 2, path2: 3 };

function named(names: string, shape: Shape): [string, Shape][] {
  return names.split(' ').map((name) => [name, shape]);
}

export const SHAPES: ReadonlyMap<string, Shape> = new Map([
  ...named('openat openat2', at('open')),
  ...named('open creat', path0('open')),
  ...named('newfstatat fstatat64 statx', at('stat')),
  ...named('stat lstat stat64 lstat64 oldstat oldlstat statfs statfs64', path0('stat')),
  ...named('fstat fstat64 oldfstat fstatfs fstatfs64', fd0('stat')),
  ...named('faccessat faccessat2', at('access')),
  ...named('access', path0('access')),
  ...named('readlinkat', at('readlink')),
  ...named('readlink', path0('readlink')),
  ...named('execve', path0('exec')),
  ...named('execveat', at('exec')),
  ...named('read readv pread64 preadv preadv2 readahead', fd0('read')),
  ...named('write writev pwrite64 pwritev pwritev2', fd0('write')),
  ...named('lseek _llseek', fd0('seek')),
  ...named('getdents getdents64 readdir', fd0('list')),
  ...named('mmap mmap2', { role: 'map', fd: 4 }),
  ...named('close', fd0('close')),
  ...named('mkdir rmdir unlink truncate truncate64 chmod chown lchown utime utimes mknod setxattr lsetxattr', path0('change')),
  ...named('mkdirat unlinkat fchmodat fchmodat2 fchownat utimensat futimesat mknodat', at('change')),
  ...named('rename link', two('change')),
  ...named('renameat renameat2 linkat', twoAt),
  ...named('symlink', { role: 'change', path: 1 }),
  ...named('symlinkat', { role: 'change', dir: 1, path: 2 }),
  ...named('ftruncate ftruncate64 fallocate fchmod fchown fsetxattr', fd0('change')),
  ...named('chdir chroot', path0('directory')),
  ...named('fchdir', fd0('directory')),
  ...named('getxattr lgetxattr listxattr llistxattr', path0('stat')),
  ...named('fsync fdatasync fadvise64 flock ioctl fcntl fcntl64 fgetxattr flistxattr sync_file_range', fd0('other')),
  ...named('inotify_add_watch', { role: 'other', path: 1 }),
  ...named('name_to_handle_at', at('other')),
]);

/** The roles that walk a path to find something out about it. */
export const LOOKUP_ROLES: ReadonlySet<Role> = new Set<Role>(['open', 'stat', 'access', 'readlink', 'exec']);

/** The answers that mean: there is no such name. */
export const isMiss = (errno: string | null): boolean => errno === 'ENOENT' || errno === 'ENOTDIR';
