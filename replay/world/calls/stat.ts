/** stat, lstat, fstat, newfstatat, statx and their older names; statfs, fstatfs. */
import { CHECK_SIZE, CHECK_TYPE, CHECK_VALUE, CODE, CWD, NO_SLOT } from '../../plan/format.js';
import { AT_EMPTY_PATH, AT_FLAGS, AT_SYMLINK_NOFOLLOW, MODES, S_IFLNK, S_IFMT, S_IFREG, STATX_FLAGS } from '../constants.js';
import type { Descriptor } from '../openfile.js';
import { NO_FACT, type StatFact, tellFile, tellPath, treeFact } from '../tell.js';
import { type Place, placeOptions } from '../place.js';
import { NONE, type World } from '../world.js';

const OF_PATH = placeOptions({ special: true });
/** With AT_EMPTY_PATH. */
const OF_DESCRIPTOR = placeOptions({ inherited: true, special: true });

/** Of what an ordinary file stands for, which has another type. */
const UNCOMPARED: StatFact = { mode: null, size: null };

/** stat(path, buf) and lstat; below a directory that is not the replay's own they become newfstatat. */
export function stat(w: World, code: 'stat' | 'lstat'): void {
  const follow = code === 'stat';
  const outcome = w.status();
  if (outcome === null) return;
  const place = w.place(NONE, 0, follow, OF_PATH);
  if (place === null) return;
  const plain = place.fd === CWD;
  const flags = plain || follow ? 0 : AT_SYMLINK_NOFOLLOW;
  emitPath(w, place, follow, 1, plain ? CODE[code] : CODE.newfstatat, plain ? NO_SLOT : place.fd, flags, 0, outcome);
}

/** newfstatat(dirfd, path, buf, flags) */
export function newfstatat(w: World): void {
  statAt(w, CODE.newfstatat, w.args.number(3, AT_FLAGS), 0, 2);
}

/** statx(dirfd, path, flags, mask, buf) */
export function statx(w: World): void {
  statAt(w, CODE.statx, w.args.number(2, AT_FLAGS), w.args.number(3, STATX_FLAGS), 4);
}

function statAt(w: World, code: number, flags: number | null, mask: number | null, buffer: number): void {
  const outcome = w.status();
  if (outcome === null) return;
  if (flags === null || mask === null) {
    w.skip('arguments');
    return;
  }
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const place = w.place(0, 1, follow, (flags & AT_EMPTY_PATH) !== 0 ? OF_DESCRIPTOR : OF_PATH);
  if (place === null) return;
  const entry = place.path === '' && (flags & AT_EMPTY_PATH) !== 0 ? openFileOf(w, place) : null;
  if (entry !== null) emitFile(w, entry, buffer, code, place.fd, '', flags, mask, outcome);
  else emitPath(w, place, follow, buffer, code, place.fd, flags, mask, outcome);
}

/** fstat(fd, buf) */
export function fstat(w: World): void {
  const outcome = w.status();
  if (outcome === null) return;
  const handle = w.handle(0, true);
  if (handle === null) return;
  if (handle.slot === null) {
    w.emit(w.op(CODE.fstat, outcome));
    return;
  }
  w.deps.use(handle.slot);
  emitFile(w, handle.entry, 1, CODE.fstat, handle.fd, undefined, 0, 0, outcome);
}

function emitPath(
  w: World, place: Place, follow: boolean, buffer: number, code: number, fd: number, flags: number, mask: number,
  outcome: number | bigint,
): void {
  if (w.onKernelFile && w.succeeded && place.canonical !== null && w.paths.isDevice(place.canonical)) {
    emitStat(w, code, fd, place.path, flags, mask, outcome, UNCOMPARED);
    tellPath(w, place, follow, { type: 'file' });
    return;
  }
  const shown = shownIn(w, buffer);
  const fact = w.succeeded ? treeFact(shown) : NO_FACT;
  if (fact === null && place.canonical !== null && w.changes.isFifo(place.canonical)) {
    emitStat(w, code, fd, place.path, flags, mask, outcome, shown);
    return;
  }
  if (fact === null) {
    if (place.canonical !== null) w.specialFound.add(place.canonical);
    w.skip('device');
    return;
  }
  const unsized = w.onKernelFile || (w.writes && place.canonical !== null && w.changes.isSpoiled(place.canonical));
  emitStat(w, code, fd, place.path, flags, mask, outcome, unsized ? { ...shown, size: null } : shown);
  tellPath(w, place, follow, w.onKernelFile ? { ...fact, size: undefined } : fact);
}

function emitFile(
  w: World, { file, inherited }: Descriptor, buffer: number, code: number, fd: number, path: string | undefined, flags: number,
  mask: number, outcome: number | bigint,
): void {
  const shown = shownIn(w, buffer);
  if (inherited || file.device) {
    emitStat(w, code, fd, path, flags, mask, outcome, UNCOMPARED);
    return;
  }
  const fact = w.succeeded ? treeFact(shown) : NO_FACT;
  if (fact === null) {
    if (file.path !== null) w.specialFound.add(file.path);
    w.skip('device');
    return;
  }
  if (file.inode !== null) w.changes.observe(file.inode);
  if (fact.type === 'dir' || fact.type === 'file') file.type = fact.type;
  const unsized = file.kernelFile || file.inode?.spoiled === true;
  emitStat(w, code, fd, path, flags, mask, outcome, unsized ? { ...shown, size: null } : shown);
  if (w.succeeded) tellFile(w, file, file.kernelFile ? { ...fact, size: undefined } : fact);
}

function emitStat(
  w: World, code: number, fd: number, path: string | undefined, a: number, b: number, expect: number | bigint, shown: StatFact,
): void {
  const { mode, size } = shown;
  let check = CHECK_VALUE;
  if (w.succeeded && mode !== null && (mode & S_IFMT) !== 0) {
    check |= CHECK_TYPE;
    const type = mode & S_IFMT;
    // Confined, symlink targets are longer than in the log by the directory that stands for the root.
    if (size !== null && (type === S_IFREG || (type === S_IFLNK && !w.paths.confined))) check |= CHECK_SIZE;
  }
  const op = w.op(code, expect, check);
  op.fd = fd;
  op.path = path;
  op.a = a;
  op.b = b;
  if ((check & CHECK_TYPE) !== 0) op.expectMode = mode!;
  if ((check & CHECK_SIZE) !== 0) op.expectSize = size!;
  w.emit(op);
}

function openFileOf(w: World, place: Place): Descriptor | null {
  if (place.fd < 0) return null;
  return w.handle(0, true)?.entry ?? null;
}

/** What the log shows of a struct stat or statx. */
function shownIn(w: World, buffer: number): StatFact {
  const mode = w.args.member(buffer, 'st_mode', MODES);
  const size = w.args.member(buffer, 'st_size');
  return {
    mode: (mode === undefined ? w.args.member(buffer, 'stx_mode', MODES) : mode) ?? null,
    size: (size === undefined ? w.args.member(buffer, 'stx_size') : size) ?? null,
  };
}

/** statfs(path, buf); there is no statfsat. */
export function statfs(w: World): void {
  const outcome = w.status();
  if (outcome === null) return;
  const place = w.place(NONE, 0, true, placeOptions({ atForm: false }));
  if (place === null) return;
  const op = w.op(CODE.statfs, outcome);
  op.path = place.path;
  w.emit(op);
  tellPath(w, place, true, NO_FACT);
}

/** fstatfs(fd, buf) */
export function fstatfs(w: World): void {
  const outcome = w.status();
  if (outcome === null) return;
  const handle = w.handle(0);
  if (handle === null) return;
  if (handle.slot !== null) w.deps.use(handle.slot);
  const op = w.op(CODE.fstatfs, outcome);
  op.fd = handle.fd;
  w.emit(op);
}
