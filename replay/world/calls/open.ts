/** open, openat, openat2, creat. */
import { CHECK_SUCCESS, CHECK_VALUE, CWD } from '../../plan/format.js';
import type { Value } from '../../trace/model.js';
import {
  MODES, O_ACCMODE, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH, O_RDONLY, O_TMPFILE_BIT, O_TRUNC,
  O_WRONLY, OPEN_FLAGS, RESOLVE_FLAGS,
} from '../constants.js';
import type { LedgerReason } from '../ledger.js';
import { notReplayed, OpenFile, replayed } from '../openfile.js';
import { tellPath } from '../tell.js';
import { member, toNumber } from '../values.js';
import type { World } from '../world.js';

/** open(path, flags, mode); below a directory that is not the replay's own it becomes openat. */
export function open(w: World): void {
  openPath(w, 'open', undefined, w.arg(0), toNumber(w.arg(1), OPEN_FLAGS), toNumber(w.arg(2), MODES) ?? 0);
}

/** creat(path, mode) */
export function creat(w: World): void {
  openPath(w, 'open', undefined, w.arg(0), O_CREAT | O_WRONLY | O_TRUNC, toNumber(w.arg(1), MODES) ?? 0);
}

/** openat(dirfd, path, flags, mode) */
export function openat(w: World): void {
  openPath(w, 'openat', w.arg(0), w.arg(1), toNumber(w.arg(2), OPEN_FLAGS), toNumber(w.arg(3), MODES) ?? 0);
}

/** openat2(dirfd, path, {flags, mode, resolve}, size) */
export function openat2(w: World): void {
  const how = w.arg(2);
  const mode = toNumber(member(how, 'mode'), MODES) ?? 0;
  const resolve = toNumber(member(how, 'resolve') ?? { type: 'null' }, RESOLVE_FLAGS);
  if (resolve === null) openFails(w, 'arguments');
  else openPath(w, 'openat2', w.arg(0), w.arg(1), toNumber(member(how, 'flags'), OPEN_FLAGS), mode, resolve);
}

function openPath(
  w: World, code: 'open' | 'openat' | 'openat2', dirfd: Value | undefined, path: Value | undefined,
  flags: number | null, mode: number, resolve = 0,
): void {
  if (flags === null) {
    openFails(w, 'arguments');
    return;
  }
  const outcome = w.outcome();
  const follow = (flags & O_NOFOLLOW) === 0 && (flags & (O_CREAT | O_EXCL)) !== (O_CREAT | O_EXCL);
  const place = outcome === null ? null : w.place(dirfd, path, follow);
  if (outcome === null || place === null) {
    openFails(w, w.reason ?? 'descriptor', (flags & O_CLOEXEC) !== 0);
    return;
  }
  if (writes(flags)) {
    if (w.succeeded && place.absolute !== null) w.paths.markStale(place.absolute);
    openFails(w, 'write', (flags & O_CLOEXEC) !== 0);
    return;
  }
  const cloexec = (flags & O_CLOEXEC) !== 0;
  const slot = w.succeeded ? w.newSlot(cloexec) : null;
  const op = { path: place.path, a: flags, b: mode, len: resolve, out: slot?.index };
  const check = slot === null ? { check: CHECK_VALUE, expect: outcome } : { check: CHECK_SUCCESS };
  if (code === 'open' && place.fd === CWD) w.emit({ ...op, ...check, code });
  else w.emit({ ...op, ...check, code: code === 'open' ? 'openat' : code, fd: place.fd });
  if ((flags & O_DIRECTORY) !== 0 && slot !== null) tellPath(w, place.absolute, follow, { type: 'dir', may: opened(flags) });
  else if (!(w.call.errno === 'ELOOP' && !follow)) tellPath(w, place.absolute, follow, { may: opened(flags) });
  else tellSymlink(w, place.absolute);
  if (slot === null) return;
  const file = new OpenFile(place.absolute === null ? null : w.paths.resolve(place.absolute, follow), flags);
  if ((flags & O_DIRECTORY) !== 0) file.type = 'dir';
  install(w, () => replayed(slot, file, cloexec));
}

/** Whether an open with these flags could create or change something. */
export function writes(flags: number): boolean {
  if ((flags & O_PATH) !== 0) return false;
  return (flags & O_ACCMODE) !== O_RDONLY || (flags & (O_CREAT | O_TRUNC | O_TMPFILE_BIT)) !== 0;
}

function opened(flags: number): number {
  return (flags & O_PATH) === 0 ? 4 : 0;
}

/** O_NOFOLLOW on a symlink is ELOOP. */
function tellSymlink(w: World, absolute: string | null): void {
  const { line } = w.call;
  if (absolute !== null) w.after(() => { w.tree.exists(absolute, { follow: false, type: 'symlink' }, line); });
}

/** The open is not replayed; its descriptor still occupies a number. */
function openFails(w: World, reason: LedgerReason, cloexec = false): void {
  w.skip(reason);
  if (w.succeeded) install(w, () => notReplayed(reason === 'device' ? 'device' : 'descriptor', cloexec));
}

function install(w: World, make: () => Parameters<World['process']['fds']['set']>[1]): void {
  const fd = Number(w.call.ret);
  const { process } = w;
  w.after(() => { process.fds.set(fd, make()); });
}
