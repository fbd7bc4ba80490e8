/** Calls that start, change and end processes. None is replayed; all say who owns which descriptors. */
import type { Value } from '../../trace/model.js';
import { AT_FDCWD, CLONE_FILES, CLONE_FLAGS, CLONE_FS, CLONE_PIDFD } from '../constants.js';
import { join } from '../paths.js';
import { notReplayed } from '../openfile.js';
import { tellExecuted, tellPath } from '../tell.js';
import { member, plain, toNumber, toNumbers } from '../values.js';
import type { World } from '../world.js';

/** fork, vfork, clone, clone3. The child is there from the entry on: its lines may come before the call returns. */
export function clone(w: World): void {
  const { call, process } = w;
  w.skip('process');
  if (call.errno !== null) return;
  const args = w.args.decoded();
  const flags = cloneFlags(call.name, args) ?? 0;
  w.processes.fork(process, call.ret === null ? null : Number(call.ret), flags);
  if ((flags & CLONE_PIDFD) === 0) return;
  const pidfd = pidfdOf(call.name, args);
  if (pidfd !== null) w.after(() => { process.fds.set(pidfd, notReplayed('process', true)); });
}

/** Flags of a clone or clone3 call, 0 of fork and vfork; null when not shown. */
export function cloneFlags(name: string, args: readonly Value[]): number | null {
  if (name === 'fork' || name === 'vfork') return 0;
  const shown = name === 'clone3'
    ? member(args[0], 'flags')
    : args.find((arg) => plain(arg)?.type === 'flags') ?? args[0];
  const value = plain(shown);
  // The exit signal stands among the flags of clone(2); it does not matter here.
  if (value?.type !== 'flags') return toNumber(value);
  return toNumber({ ...value, names: value.names.filter((name) => Object.hasOwn(CLONE_FLAGS, name)) }, CLONE_FLAGS);
}

function pidfdOf(name: string, args: readonly Value[]): number | null {
  const shown = name === 'clone3' ? member(args[0], 'pidfd') : args.map((arg) => plain(arg)).find((arg) => arg?.type === 'array');
  return toNumbers(shown)[0] ?? null;
}

/** execve(path, ...), execveat(dirfd, path, ...) */
export function execve(w: World): void {
  const { process, call } = w;
  const pathAt = call.name === 'execveat' ? 1 : 0;
  w.skip('process');
  const path = w.args.text(pathAt);
  const relative = path?.startsWith('/') !== true;
  const inCwd = pathAt === 0 || w.args.fd(0) === AT_FDCWD;
  if (path !== null && path !== '' && process.fs.rooted && (!relative || (inCwd && process.fs.cwd !== null))) {
    const absolute = relative ? join(process.fs.cwd!, path) : path;
    const canonical = w.paths.resolve(absolute, true);
    if (!w.paths.isSpecial(canonical) && !w.paths.isMagic(absolute, false)) {
      tellPath(w, { absolute, canonical }, true, { type: 'file', may: 1 });
      if (w.succeeded) tellExecuted(w, { absolute, canonical });
    }
  }
  if (!w.succeeded) return;
  w.after(() => {
    process.fds = process.fds.unshare();
    process.fds.closeOnExec();
  });
}

/** exit, exit_group: never return. */
export function exit(w: World): void {
  w.skip('process');
  w.processes.exit(w.process.pid);
}

/** unshare(flags): from here on a descriptor table or current directory of one's own. */
export function unshare(w: World): void {
  const { process } = w;
  const flags = w.args.number(0, CLONE_FLAGS) ?? 0;
  w.skip('process');
  if (!w.succeeded) return;
  if ((flags & CLONE_FILES) !== 0) process.fds = process.fds.unshare();
  if ((flags & CLONE_FS) !== 0 && w.processes.sharesDirectory(process)) process.fs = process.fs.copy();
}
