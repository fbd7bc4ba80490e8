/** open, openat, openat2, creat. */
import { CHECK_SUCCESS, CHECK_VALUE, CODE, CWD } from '../../plan/format.js';
import {
  MODES, O_ACCMODE, O_APPEND, O_CLOEXEC, O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_PATH, O_RDWR,
  O_TMPFILE_BIT, O_TRUNC, O_WRONLY, OPEN_FLAGS, opensForWriting, RESOLVE_FLAGS,
} from '../constants.js';
import type { LedgerReason } from '../ledger.js';
import { notReplayed, OpenFile, replayed } from '../openfile.js';
import { parentOf } from '../changes.js';
import { Inode } from '../inode.js';
import { factOf, NO_FACT, tellExists, tellMissing, tellParent, tellPath } from '../tell.js';
import { type Place, type PlaceOptions, placeOptions } from '../place.js';
import { NONE, type World } from '../world.js';

const CHANGING = placeOptions({ changes: true });
const OPENING = placeOptions({ changes: true, opens: true });
/** The only device that programs open for writing all the time, and an empty file as long as nobody does write. */
const SINK = '/dev/null';

/** open(path, flags, mode); below a directory that is not the replay's own it becomes openat. */
export function open(w: World): void {
  openPath(w, CODE.open, NONE, 0, w.args.number(1, OPEN_FLAGS), w.args.number(2, MODES) ?? 0);
}

/** creat(path, mode) */
export function creat(w: World): void {
  openPath(w, CODE.open, NONE, 0, O_CREAT | O_WRONLY | O_TRUNC, w.args.number(1, MODES) ?? 0);
}

/** openat(dirfd, path, flags, mode) */
export function openat(w: World): void {
  openPath(w, CODE.openat, 0, 1, w.args.number(2, OPEN_FLAGS), w.args.number(3, MODES) ?? 0);
}

/** openat2(dirfd, path, {flags, mode, resolve}, size) */
export function openat2(w: World): void {
  const mode = w.args.member(2, 'mode', MODES) ?? 0;
  const resolve = w.args.member(2, 'resolve', RESOLVE_FLAGS);
  if (resolve === null) openFails(w, 'arguments');
  else openPath(w, CODE.openat2, 0, 1, w.args.member(2, 'flags', OPEN_FLAGS) ?? null, mode, resolve);
}

function openPath(
  w: World, code: number, dirfd: number, path: number,
  flags: number | null, mode: number, resolve = 0,
): void {
  if (flags === null) {
    openFails(w, 'arguments');
    return;
  }
  const outcome = w.outcome();
  const follow = (flags & O_NOFOLLOW) === 0 && (flags & (O_CREAT | O_EXCL)) !== (O_CREAT | O_EXCL);
  const writing = opensForWriting(flags);
  const place = outcome === null ? null : findPlace(w, dirfd, path, follow, writing ? (w.succeeded ? OPENING : CHANGING) : undefined);
  if (outcome === null || place === null) {
    openFails(w, w.reason ?? 'descriptor', (flags & O_CLOEXEC) !== 0);
    return;
  }
  const cloexec = (flags & O_CLOEXEC) !== 0;
  if (w.mode === 'live' && w.succeeded && place.canonical !== null && w.paths.isSpecialHere(place.canonical)) {
    w.skip('device');
    openFails(w, 'device', cloexec);
    return;
  }
  if (writing && !w.writes) {
    if (w.succeeded && place.absolute !== null) w.paths.markStale(place.absolute);
    openFails(w, 'write', cloexec);
    return;
  }
  const changing = writing && !w.onKernelFile;
  const inode = changing ? openForWriting(w, place, flags) : inodeOf(w, place);
  const slot = w.succeeded ? w.newSlot(cloexec) : null;
  const plain = code === CODE.open && place.fd === CWD;
  const op = w.op(code === CODE.open && !plain ? CODE.openat : code, slot === null ? outcome : 0, slot === null ? CHECK_VALUE : CHECK_SUCCESS);
  if (!plain) op.fd = place.fd;
  op.path = place.path;
  op.a = flags;
  op.b = mode;
  op.len = resolve;
  if (slot !== null) op.out = slot.index;
  w.emit(op);
  if (w.call.errno === 'ELOOP' && !follow) tellExists(w, place, false, { type: 'symlink' }); // O_NOFOLLOW
  else if (!changing) tellPath(w, place, follow, factOf((flags & O_DIRECTORY) !== 0 ? 'dir' : undefined, undefined, undefined, writing ? 6 : opened(flags)));
  if (slot === null) return;
  const temporary = (flags & O_TMPFILE_BIT) !== 0;
  const file = new OpenFile(temporary ? null : place.canonical, flags);
  file.inode = inode;
  file.kernelFile = w.onKernelFile;
  file.device = place.canonical !== null && file.kernelFile && w.paths.isDevice(place.canonical);
  if ((flags & O_APPEND) !== 0) file.offset = NaN; // after the first write
  if ((flags & O_DIRECTORY) !== 0 && !temporary) file.type = 'dir';
  w.install(replayed(slot, file, cloexec));
}

/** null: in the ledger. */
function findPlace(w: World, dirfd: number, path: number, follow: boolean, options: PlaceOptions | undefined): Place | null {
  const place = w.place(dirfd, path, follow, options);
  return place !== null && options?.opens === true && w.onKernelFile && place.canonical !== SINK ? w.skip('device') : place;
}

function opened(flags: number): number {
  return (flags & O_PATH) === 0 ? 4 : 0;
}

function inodeOf(w: World, place: Place): Inode | null {
  return w.writes && w.succeeded && place.canonical !== null ? w.changes.inodeAt(place.canonical) : null;
}

/** What an open that may create or truncate does to the tree. Returns what it opened. */
function openForWriting(w: World, place: Place, flags: number): Inode | null {
  const { changes } = w;
  const { canonical } = place;
  if (canonical === null) return null;
  const creates = (flags & O_CREAT) !== 0;
  if (!w.succeeded) {
    changes.lookUp(canonical, w.call.errno === 'ENOENT' ? false : undefined);
    const parent = parentOf(canonical);
    // With O_CREAT it is the directory that is missing.
    if (creates && w.call.errno === 'ENOENT') tellMissing(w, { absolute: parent, canonical: parent }, true, 'ENOENT');
    else tellPath(w, place, (flags & O_NOFOLLOW) === 0, NO_FACT);
    return null;
  }
  if ((flags & O_TMPFILE_BIT) !== 0) {
    changes.lookUp(canonical, true);
    tellExists(w, place, true, { type: 'dir', may: 3 });
    return new Inode(null);
  }
  const exists = changes.existsNow(canonical) ?? (creates ? undefined : true);
  const may = (flags & O_ACCMODE) === O_RDWR ? 6 : (flags & O_ACCMODE) === O_WRONLY ? 2 : 4;
  if (exists === true) {
    changes.lookUp(canonical, true);
    tellExists(w, place, true, { type: 'file', may });
    const inode = changes.inodeAt(canonical);
    if (inode !== null && (flags & O_TRUNC) !== 0) changes.modify(inode, 'content');
    return inode;
  }
  tellParent(w, canonical);
  if (exists === undefined && (flags & O_EXCL) === 0) {
    return (flags & O_TRUNC) === 0 ? changes.makeOrFind(canonical) : changes.makeOrTruncate(canonical);
  }
  if (exists === undefined && (flags & O_EXCL) !== 0) tellMissing(w, place, false, 'ENOENT');
  return changes.make(canonical, false);
}

/** The open is not replayed; its descriptor still occupies a number. */
function openFails(w: World, reason: LedgerReason, cloexec = false): void {
  w.skip(reason);
  if (w.succeeded) w.install(notReplayed(reason === 'device' ? 'device' : 'descriptor', cloexec));
}
