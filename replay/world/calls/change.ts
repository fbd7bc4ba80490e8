/** Calls that change names: mkdir, unlink, rmdir, rename, link, symlink, mknod; chmod, truncate, utimensat by path. */
import { CODE, CWD, type CodeName } from '../../plan/format.js';
import { parentOf } from '../changes.js';
import {
  AT_EMPTY_PATH, AT_FLAGS, AT_REMOVEDIR, AT_SYMLINK_FOLLOW, AT_SYMLINK_NOFOLLOW, MODES, RENAME_EXCHANGE, RENAME_FLAGS, RENAME_NOREPLACE,
  RENAME_WHITEOUT, S_IFIFO, S_IFMT, S_IFREG,
} from '../constants.js';
import { rebased } from '../paths.js';
import { NO_FACT, tellExists, tellMissing, tellParent, tellPath } from '../tell.js';
import { type Place, placeOptions } from '../place.js';
import { NONE, type World } from '../world.js';
import { mutating } from './others.js';

type Pair = readonly [dirfd: number, path: number];

/** A path argument. */
function placeOf(w: World, [dirfd, path]: Pair, follow: boolean, special = false): Place | null {
  return w.place(dirfd, path, follow, placeOptions({ changes: true, special }));
}

/** The outcome, where changes are replayed at all; null: in the ledger, and the places marked as no longer known. */
function changing(w: World): number | bigint | null {
  const outcome = w.writes ? w.outcome() : null;
  if (outcome === null) mutating(w);
  return outcome;
}

/** mkdir(path, mode), mkdirat(dirfd, path, mode) */
export function mkdir(w: World): void {
  make(w, [NONE, 0], 1, 'mkdir');
}
export function mkdirat(w: World): void {
  make(w, [0, 1], 2, 'mkdirat');
}

/** mknod(path, mode, dev), mknodat(dirfd, path, mode, dev); FIFOs and regular files. */
export function mknod(w: World): void {
  make(w, [NONE, 0], 1, 'mknod');
}
export function mknodat(w: World): void {
  make(w, [0, 1], 2, 'mknodat');
}

function make(w: World, pair: Pair, modeAt: number, code: 'mkdir' | 'mkdirat' | 'mknod' | 'mknodat'): void {
  const outcome = changing(w);
  if (outcome === null) return;
  const mode = w.args.number(modeAt, MODES);
  const type = (mode ?? 0) & S_IFMT;
  const node = code === 'mknod' || code === 'mknodat';
  if (mode === null || (node && type !== 0 && type !== S_IFREG && type !== S_IFIFO)) {
    w.skip(mode === null ? 'arguments' : 'device');
    mutating(w);
    return;
  }
  const place = placeOf(w, pair, false);
  if (place === null) {
    mutating(w);
    return;
  }
  if (appears(w, place) && place.canonical !== null) {
    w.changes.make(place.canonical, !node, type === S_IFIFO);
  }
  emitAt(w, place, code, node ? 'mknodat' : 'mkdirat', { b: mode }, outcome);
}

/** What a call that makes a name says about the time before. True when it made it. */
function appears(w: World, place: Place): boolean {
  const { canonical } = place;
  if (canonical === null) return false;
  if (w.succeeded) {
    tellParent(w, canonical);
    if (w.changes.existsNow(canonical) === undefined) tellMissing(w, place, false, 'ENOENT');
    return true;
  }
  w.changes.lookUp(canonical, w.call.errno === 'EEXIST' ? true : undefined);
  const parent = parentOf(canonical);
  if (w.call.errno === 'ENOENT') tellMissing(w, { absolute: parent, canonical: parent }, true, 'ENOENT');
  else tellPath(w, place, false, NO_FACT);
  return false;
}

/** unlink(path), unlinkat(dirfd, path, flags), rmdir(path) */
export function unlink(w: World): void {
  remove(w, [NONE, 0], 'unlink', 0);
}
export function rmdir(w: World): void {
  remove(w, [NONE, 0], 'rmdir', AT_REMOVEDIR);
}
export function unlinkat(w: World): void {
  const flags = w.args.number(2, AT_FLAGS);
  if (flags === null) mutating(w);
  else remove(w, [0, 1], 'unlinkat', flags);
}

function remove(w: World, pair: Pair, code: 'unlink' | 'rmdir' | 'unlinkat', flags: number): void {
  const outcome = changing(w);
  if (outcome === null) return;
  const place = placeOf(w, pair, false, true);
  if (place === null) {
    mutating(w);
    return;
  }
  const { canonical } = place;
  const directory = (flags & AT_REMOVEDIR) !== 0;
  if (w.succeeded && canonical !== null) {
    tellParent(w, canonical);
    tellExists(w, place, false, directory ? { type: 'dir' } : NO_FACT);
    w.changes.remove(canonical);
    w.paths.dropLink(canonical);
  } else if (canonical !== null) {
    w.changes.lookUp(canonical, w.call.errno === 'ENOENT' ? false : undefined);
    tellPath(w, place, false, NO_FACT);
    if (w.call.errno === 'ENOTEMPTY') {
      w.changes.list(canonical);
      tellEntry(w, canonical);
    }
    if (w.call.errno === 'ENOTDIR' && directory) tellExists(w, place, false, { type: 'file' });
  }
  emitAt(w, place, code, 'unlinkat', { a: flags }, outcome);
}

/** ENOTEMPTY: something is in it, though the log may not say what. */
function tellEntry(w: World, directory: string): void {
  const entry = `${directory}/.entry`;
  if (!w.changes.hasEntries(directory)) tellExists(w, { absolute: entry, canonical: entry }, false, { type: 'file' });
}

/** rename(from, to), renameat(dirfd, from, dirfd, to), renameat2(..., flags) */
export function rename(w: World): void {
  move(w, [NONE, 0], [NONE, 1], 'rename', 0);
}
export function renameat(w: World): void {
  move(w, [0, 1], [2, 3], 'renameat', 0);
}
export function renameat2(w: World): void {
  const flags = w.args.number(4, RENAME_FLAGS);
  if (flags === null || (flags & RENAME_WHITEOUT) !== 0) {
    w.skip(flags === null ? 'arguments' : 'device'); // what it leaves behind is a device node
    mutating(w);
  } else {
    move(w, [0, 1], [2, 3], 'renameat2', flags);
  }
}

function move(w: World, fromAt: Pair, toAt: Pair, code: 'rename' | 'renameat' | 'renameat2', flags: number): void {
  const outcome = changing(w);
  if (outcome === null) return;
  const from = placeOf(w, fromAt, false, true);
  const to = from === null ? null : placeOf(w, toAt, false, (flags & RENAME_EXCHANGE) !== 0);
  if (from === null || to === null) {
    mutating(w);
    return;
  }
  if (from.canonical !== null && to.canonical !== null) {
    if (!w.succeeded) moveFailed(w, from, to, flags);
    else if ((flags & RENAME_EXCHANGE) !== 0) exchanged(w, from, to);
    else moved(w, from, to, flags);
  }
  emitTwo(w, from, to, code, code === 'renameat2' ? 'renameat2' : 'renameat', flags, outcome);
}

function moved(w: World, from: Place, to: Place, flags: number): void {
  tellParent(w, from.canonical!);
  tellParent(w, to.canonical!);
  tellExists(w, from, false, NO_FACT);
  if ((flags & RENAME_NOREPLACE) !== 0) tellMissing(w, to, false, 'ENOENT');
  if (isSame(w, from.canonical!, to.canonical!)) return;
  w.changes.move(from.canonical!, to.canonical!, (flags & RENAME_NOREPLACE) !== 0);
  w.paths.dropLink(to.canonical!);
  renamed(w, (path) => rebased(path, from.canonical!, to.canonical!) ?? path);
}

function exchanged(w: World, from: Place, to: Place): void {
  const [a, b] = [from.canonical!, to.canonical!];
  for (const place of [from, to]) {
    tellParent(w, place.canonical!);
    tellExists(w, place, false, NO_FACT);
  }
  if (isSame(w, a, b)) return;
  w.changes.exchange(a, b);
  renamed(w, (path) => rebased(path, a, b) ?? rebased(path, b, a) ?? path);
}

/** Two names of one file: the op only looks them up. */
function isSame(w: World, from: string, to: string): boolean {
  const same = from === to || (w.changes.existsNow(to) === true && w.changes.inodeAt(from) === w.changes.inodeAt(to));
  if (same) for (const path of [from, to]) w.changes.lookUp(path, true);
  return same;
}

function renamed(w: World, renaming: (path: string) => string): void {
  w.processes.renamed(renaming);
  w.paths.renamed(renaming);
}

/** Errors that may come before the last component of either path is looked at. */
const ON_THE_WAY: ReadonlySet<string | null> = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'ENAMETOOLONG']);

function moveFailed(w: World, from: Place, to: Place, flags: number): void {
  const { errno } = w.call;
  const exchange = (flags & RENAME_EXCHANGE) !== 0;
  const there = w.changes.existsNow(from.canonical!) === true;
  w.changes.lookUp(from.canonical!, errno === 'ENOENT' && !there ? false : undefined);
  w.changes.lookUp(to.canonical!, undefined);
  if (exchange && (flags & RENAME_NOREPLACE) !== 0) return; // EINVAL whatever is there
  if (errno === 'ENOENT' && !there) tellMissing(w, from, false, 'ENOENT');
  else if (errno === 'ENOENT' && exchange) tellMissing(w, to, false, 'ENOENT');
  else if (errno === 'ENOTDIR' && there && !exchange) tellPath(w, to, false, NO_FACT);
  else if (!ON_THE_WAY.has(errno)) tellExists(w, from, false, NO_FACT);
  if (errno === 'EEXIST') tellExists(w, to, false, NO_FACT);
  if (errno === 'ENOTEMPTY') {
    tellExists(w, to, false, { type: 'dir' });
    w.changes.list(to.canonical!);
    tellEntry(w, to.canonical!);
  }
}

/** link(old, new), linkat(dirfd, old, dirfd, new, flags) */
export function link(w: World): void {
  addName(w, [NONE, 0], [NONE, 1], 'link', 0);
}
export function linkat(w: World): void {
  const flags = w.args.number(4, AT_FLAGS);
  if (flags === null || (flags & ~AT_SYMLINK_FOLLOW) !== 0) {
    w.skip(flags === null ? 'arguments' : 'unsupported');
    mutating(w);
  } else {
    addName(w, [0, 1], [2, 3], 'linkat', flags);
  }
}

function addName(w: World, oldAt: Pair, newAt: Pair, code: 'link' | 'linkat', flags: number): void {
  const outcome = changing(w);
  if (outcome === null) return;
  const follow = (flags & AT_SYMLINK_FOLLOW) !== 0;
  const old = placeOf(w, oldAt, follow);
  const made = old === null ? null : placeOf(w, newAt, false);
  if (old === null || made === null) {
    mutating(w);
    return;
  }
  if (old.canonical !== null && made.canonical !== null) {
    const { errno } = w.call;
    w.changes.lookUp(old.canonical, errno === null || errno === 'EEXIST' ? true : errno === 'ENOENT' ? false : undefined);
    if (errno === 'ENOENT' && w.changes.existsNow(old.canonical) !== true) tellMissing(w, old, follow, 'ENOENT');
    else if (!ON_THE_WAY.has(errno)) tellExists(w, old, follow, NO_FACT);
    if (errno === null) {
      appears(w, made);
      const inode = w.changes.inodeAt(old.canonical);
      if (inode !== null) w.changes.link(made.canonical, inode);
      w.paths.linkLink(old.canonical, made.canonical);
    } else {
      w.changes.lookUp(made.canonical, errno === 'EEXIST' ? true : undefined);
      if (errno === 'EEXIST') tellExists(w, made, false, NO_FACT);
    }
  }
  emitTwo(w, old, made, code, 'linkat', flags, outcome);
}

/** symlink(target, path), symlinkat(target, dirfd, path) */
export function symlink(w: World): void {
  makeLink(w, [NONE, 1], 'symlink');
}
export function symlinkat(w: World): void {
  makeLink(w, [1, 2], 'symlinkat');
}

function makeLink(w: World, pair: Pair, code: 'symlink' | 'symlinkat'): void {
  const outcome = changing(w);
  if (outcome === null) return;
  const target = w.args.text(0);
  const place = target === null ? w.skip('arguments') : placeOf(w, pair, false);
  if (target === null || place === null) {
    mutating(w);
    return;
  }
  if (appears(w, place) && place.canonical !== null) {
    w.changes.make(place.canonical, false);
    w.paths.setLink(place.canonical, target);
  }
  const plain = code === 'symlink' && place.fd === CWD;
  const op = w.op(plain ? CODE.symlink : CODE.symlinkat, outcome);
  op.path = target;
  op.path2 = place.path;
  if (!plain) op.fd2 = place.fd;
  w.emit(op);
}

/** chmod(path, mode), fchmodat(dirfd, path, mode) */
export function chmod(w: World): void {
  modifyPath(w, [NONE, 0], 'chmod', 'fchmodat', { b: w.args.number(1, MODES) }, 'mode');
}
export function fchmodat(w: World): void {
  modifyPath(w, [0, 1], 'fchmodat', 'fchmodat', { b: w.args.number(2, MODES) }, 'mode');
}

/**
 * chown(path, owner, group), lchown, fchownat(dirfd, path, owner, group, flags). Whose the files are is not in the log:
 * the replay keeps owner and group (-1), and clears set-user-ID bits as the log's call did.
 */
export function chown(w: World): void {
  modifyPath(w, [NONE, 0], 'chown', 'fchownat', {}, 'mode');
}
export function lchown(w: World): void {
  modifyPath(w, [NONE, 0], 'lchown', 'fchownat', { a: AT_SYMLINK_NOFOLLOW }, 'mode', false);
}
export function fchownat(w: World): void {
  const flags = w.args.number(4, AT_FLAGS);
  if (flags !== null && (flags & AT_EMPTY_PATH) !== 0) {
    w.skip('unsupported');
    mutating(w);
    return;
  }
  modifyPath(w, [0, 1], 'fchownat', 'fchownat', { a: flags }, 'mode', ((flags ?? 0) & AT_SYMLINK_NOFOLLOW) === 0);
}

/** truncate(path, length); there is no truncateat. */
export function truncate(w: World): void {
  modifyPath(w, [NONE, 0], 'truncate', null, { off: w.args.number(1) }, 'content');
}

/** utimensat(dirfd, path or NULL, times, flags): the replay sets the time to now, which no check looks at. */
export function utimensat(w: World): void {
  const flags = w.args.number(3, AT_FLAGS);
  if (!w.args.isNull(1)) {
    modifyPath(w, [0, 1], 'utimensat', 'utimensat', { a: flags }, null, ((flags ?? 0) & AT_SYMLINK_NOFOLLOW) === 0);
    return;
  }
  const outcome = changing(w);
  const handle = outcome === null ? null : w.changeable(0);
  if (outcome === null || handle === null) return;
  if (handle.slot !== null) w.deps.use(handle.slot);
  const op = w.op(CODE.utimensat, outcome);
  op.fd = handle.fd;
  op.a = flags ?? 0;
  w.emit(op);
}

function modifyPath(
  w: World, pair: Pair, code: CodeName, atCode: CodeName | null, fields: Fields,
  what: 'content' | 'mode' | null, follow = true,
): void {
  const outcome = changing(w);
  if (outcome === null) return;
  const known = Object.values(fields).every((value) => value !== null);
  const place = known ? w.place(pair[0], pair[1], follow, placeOptions({ atForm: atCode !== null })) : w.skip('arguments');
  if (place === null) {
    mutating(w);
    return;
  }
  if (w.onKernelFile) {
    w.skip('device');
    return;
  }
  tellPath(w, place, follow, what === 'content' ? { type: 'file', may: 2 } : NO_FACT);
  const inode = w.succeeded && place.canonical !== null && what !== null ? w.changes.inodeAt(place.canonical) : null;
  if (inode !== null && what !== null) w.changes.modify(inode, what);
  emitAt(w, place, code, atCode, fields, outcome);
}

/** What an op has beside its path; null: not shown. */
interface Fields {
  readonly a?: number | null;
  readonly b?: number | null;
  readonly off?: number | null;
}

/**
 * The op in its plain form, or its *at form where the path does not start from the replay's own directory (null: there
 * is none, and the place was found without one).
 */
function emitAt(
  w: World, place: Place, code: CodeName, atCode: CodeName | null, fields: Fields, outcome: number | bigint,
): void {
  const plain = atCode === null || (code !== atCode && place.fd === CWD);
  const op = w.op(CODE[plain ? code : atCode], outcome);
  op.path = place.path;
  op.b = fields.b ?? 0;
  op.off = fields.off ?? 0;
  if (!plain) {
    op.fd = place.fd;
    op.a = fields.a ?? 0;
  }
  w.emit(op);
}

function emitTwo(
  w: World, from: Place, to: Place, code: CodeName, atCode: CodeName, flags: number, outcome: number | bigint,
): void {
  const plain = code !== atCode && from.fd === CWD && to.fd === CWD;
  const op = w.op(CODE[plain ? code : atCode], outcome);
  op.path = from.path;
  op.path2 = to.path;
  op.a = flags;
  if (!plain) {
    op.fd = from.fd;
    op.fd2 = to.fd;
  }
  w.emit(op);
}
