/** stat, lstat, fstat, newfstatat, statx and their older names; statfs, fstatfs. */
import { CHECK_SIZE, CHECK_TYPE, CHECK_VALUE, CWD, type CodeName } from '../../plan/format.js';
import type { Value } from '../../trace/model.js';
import { AT_EMPTY_PATH, AT_FLAGS, AT_SYMLINK_NOFOLLOW, S_IFLNK, S_IFMT, S_IFREG, STATX_FLAGS } from '../constants.js';
import type { OpenFile } from '../openfile.js';
import { type StatFact, tellFile, tellPath, treeFact } from '../tell.js';
import { member, toMode, toNumber } from '../values.js';
import type { Place, World } from '../world.js';

/** stat(path, buf) and lstat; below a directory that is not the replay's own they become newfstatat. */
export function stat(w: World, code: 'stat' | 'lstat'): void {
  const follow = code === 'stat';
  const outcome = w.outcome();
  if (outcome === null) return;
  const place = w.place(undefined, w.arg(0), follow);
  if (place === null) return;
  const op = place.fd === CWD ? { code } : { code: 'newfstatat' as const, fd: place.fd, a: follow ? 0 : AT_SYMLINK_NOFOLLOW };
  finish(w, place, follow, w.arg(1), { ...op, path: place.path, expect: outcome });
}

/** newfstatat(dirfd, path, buf, flags) */
export function newfstatat(w: World): void {
  const flags = toNumber(w.arg(3), AT_FLAGS);
  statAt(w, flags, w.arg(2), { code: 'newfstatat', a: flags ?? 0 });
}

/** statx(dirfd, path, flags, mask, buf) */
export function statx(w: World): void {
  const flags = toNumber(w.arg(2), AT_FLAGS);
  const mask = toNumber(w.arg(3), STATX_FLAGS);
  if (mask === null) w.skip('arguments');
  else statAt(w, flags, w.arg(4), { code: 'statx', a: flags ?? 0, b: mask });
}

function statAt(w: World, flags: number | null, buffer: Value | undefined, op: { code: CodeName; a: number; b?: number }): void {
  const outcome = w.outcome();
  if (outcome === null) return;
  if (flags === null) {
    w.skip('arguments');
    return;
  }
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const place = w.place(w.arg(0), w.arg(1), follow);
  if (place === null) return;
  const file = place.path === '' && (flags & AT_EMPTY_PATH) !== 0 ? openFileOf(w, place) : null;
  if (file !== null) finishFile(w, file, buffer, { ...op, fd: place.fd, path: '', expect: outcome });
  else finish(w, place, follow, buffer, { ...op, fd: place.fd, path: place.path, expect: outcome });
}

/** fstat(fd, buf) */
export function fstat(w: World): void {
  const outcome = w.outcome();
  if (outcome === null) return;
  const handle = w.handle(w.arg(0));
  if (handle === null) return;
  const op = { code: 'fstat' as const, fd: handle.fd, expect: outcome };
  if (handle.slot === null) {
    w.emit({ ...op, check: CHECK_VALUE });
    return;
  }
  w.deps.use(handle.slot);
  finishFile(w, handle.file, w.arg(1), op);
}

interface StatOp {
  readonly code: CodeName;
  readonly fd?: number;
  readonly path?: string;
  readonly a?: number;
  readonly b?: number;
  readonly expect: number | bigint;
}

function finish(w: World, place: Place, follow: boolean, buffer: Value | undefined, op: StatOp): void {
  const shown = shownIn(buffer);
  const fact = w.succeeded ? treeFact(shown) : {};
  if (fact === null) {
    if (place.canonical !== null) w.specialFound.add(place.canonical);
    w.skip('device');
    return;
  }
  w.emit({ ...op, ...checks(w, shown) });
  tellPath(w, place, follow, fact);
}

function finishFile(w: World, file: OpenFile, buffer: Value | undefined, op: StatOp): void {
  const shown = shownIn(buffer);
  const fact = w.succeeded ? treeFact(shown) : {};
  if (fact === null) {
    if (file.path !== null) w.specialFound.add(file.path);
    w.skip('device');
    return;
  }
  if (file.inode !== null) w.changes.observe(file.inode);
  if (fact.type === 'dir' || fact.type === 'file') file.type = fact.type;
  w.emit({ ...op, ...checks(w, shown) });
  if (w.succeeded) tellFile(w, file, fact);
}

function openFileOf(w: World, place: Place): OpenFile | null {
  if (place.fd < 0) return null;
  return w.handle(w.arg(0))?.file ?? null;
}

/** What the log shows of a struct stat or statx. */
function shownIn(buffer: Value | undefined): StatFact {
  return {
    mode: toMode(member(buffer, 'st_mode') ?? member(buffer, 'stx_mode')),
    size: toNumber(member(buffer, 'st_size') ?? member(buffer, 'stx_size')),
  };
}

function checks(w: World, shown: StatFact): { check: number; expectMode?: number; expectSize?: number } {
  if (!w.succeeded || shown.mode === null) return { check: CHECK_VALUE };
  const type = shown.mode & S_IFMT;
  if (type === 0) return { check: CHECK_VALUE };
  const withType = { check: CHECK_VALUE | CHECK_TYPE, expectMode: shown.mode };
  // Confined, symlink targets are longer than in the log by the directory that stands for the root.
  const sized = type === S_IFREG || (type === S_IFLNK && !w.paths.confined);
  if (!sized || shown.size === null) return withType;
  return { ...withType, check: withType.check | CHECK_SIZE, expectSize: shown.size };
}

/** statfs(path, buf); there is no statfsat. */
export function statfs(w: World): void {
  const outcome = w.outcome();
  if (outcome === null) return;
  const place = w.place(undefined, w.arg(0), true, { atForm: false });
  if (place === null) return;
  w.emit({ code: 'statfs', path: place.path, expect: outcome, check: CHECK_VALUE });
  tellPath(w, place, true, {});
}

/** fstatfs(fd, buf) */
export function fstatfs(w: World): void {
  const outcome = w.outcome();
  if (outcome === null) return;
  const handle = w.handle(w.arg(0));
  if (handle === null) return;
  if (handle.slot !== null) w.deps.use(handle.slot);
  w.emit({ code: 'fstatfs', fd: handle.fd, expect: outcome, check: CHECK_VALUE });
}
