/** Tells the tree what a call's outcome says about the file behind its path, as it was before the first call. */
import { parentOf } from './changes.js';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './constants.js';
import type { Inode } from './inode.js';
import type { OpenFile } from './openfile.js';
import { endsInSlash } from './tree/path.js';
import type { Place } from './place.js';
import { WINDING, type World } from './world.js';

/** st_mode and st_size where the log shows them. */
export interface StatFact {
  readonly mode: number | null;
  readonly size: number | null;
}

type TreeType = 'dir' | 'file' | 'symlink' | 'other';
export interface Fact {
  readonly type?: TreeType;
  readonly size?: number;
  readonly mode?: number;
  readonly may?: number;
}
/** One of the shape that all have that are told by the million. */
export function factOf(type?: TreeType, size?: number, mode?: number, may?: number): Fact {
  return { type, size, mode, may };
}
export const NO_FACT = factOf();

type Where = Pick<Place, 'absolute' | 'canonical'>;

/**
 * `follow`: the call followed a final symlink. On success `fact` holds; on failure what the errno means.
 * Takes effect when the call returns.
 */
export function tellPath(w: World, where: Where, follow: boolean, fact: Fact): void {
  const { errno, ret } = w.call;
  if (errno === null) {
    if (ret !== null) tellExists(w, where, follow, fact);
  } else if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'ELOOP') {
    tellMissing(w, where, follow, errno);
  } else if (errno === 'EISDIR' || errno === 'ENOTEMPTY') {
    tellExists(w, where, follow, { type: 'dir' });
  } else if (errno === 'EEXIST') {
    tellExists(w, where, false, NO_FACT);
  }
}

export function tellExists(w: World, where: Where, follow: boolean, fact: Fact): void {
  const path = initialPath(w, where);
  if (path === null) return;
  // Whoever got there did not go by the links that the log shows, so nobody knows where that is.
  if (!w.changes.pristine && where.canonical !== null && w.paths.isLoop(where.canonical)) return;
  const inode = w.writes && where.canonical !== null && !w.changes.pristine ? w.changes.inodeAt(where.canonical) : null;
  tellFact(w, path, inode, follow || (where.absolute !== null && endsInSlash(where.absolute)), fact); // a slash at the end follows a link
}

export function tellMissing(w: World, where: Where, follow: boolean, errno: string): void {
  // The call's own path is not the place of long ago, and where it leads does not tell what is missing.
  if (!w.changes.pristine && where.absolute !== null && where.absolute !== where.canonical && WINDING.test(where.absolute)) return;
  const path = initialPath(w, where);
  if (path === null) return;
  if (w.returned) w.tree.missing(path, errno, w.call.line, follow);
  else missingLater(w, path, follow, errno, w.call.line);
}

function missingLater(w: World, path: string, follow: boolean, errno: string, line: number): void {
  w.after(() => { w.tree.missing(path, errno, line, follow); });
}

/** A fact about an open file. */
export function tellFile(w: World, file: OpenFile, fact: Fact): void {
  const path = initialFilePath(w, file);
  if (path !== null) tellFact(w, path, file.inode, fact.type !== 'symlink', fact);
}

/** A read of `bytes` bytes; `offset` NaN when the log does not tell where. */
export function tellContent(w: World, file: OpenFile, offset: number, bytes: number, eof: boolean): void {
  const path = initialFilePath(w, file);
  if (file.inode?.written === true) {
    if (file.path !== null) w.tree.own?.(file.path, w.call.line);
    return;
  }
  if (path === null || Number.isNaN(offset)) return;
  if (file.inode?.doubtful === true) {
    if (bytes === 0) return;
    w.changes.wasThere(file.inode);
  }
  if (w.returned) w.tree.content(path, offset, bytes, eof, w.call.line);
  else contentLater(w, path, offset, bytes, eof, w.call.line);
}

function contentLater(w: World, path: string, offset: number, bytes: number, eof: boolean, line: number): void {
  w.after(() => { w.tree.content(path, offset, bytes, eof, line); });
}

/** `bytes` bytes of an open file from `offset` on were mapped. */
export function tellMapped(w: World, file: OpenFile, offset: number, bytes: number): void {
  const path = initialFilePath(w, file);
  if (path !== null && file.inode?.written !== true) w.tree.mapped?.(path, offset, bytes, w.call.line);
}

/** execve took the file as its program. */
export function tellExecuted(w: World, where: Where): void {
  const path = initialPath(w, where);
  if (path !== null) w.tree.executed?.(path, w.call.line);
}

export function tellLink(w: World, where: Where, target: string): void {
  const path = initialPath(w, where);
  const { line } = w.call;
  const { absolute } = where;
  w.after(() => {
    if (path !== null) w.tree.symlink(path, Buffer.from(target, 'latin1'), line);
    if (absolute !== null) w.paths.setLink(absolute, target);
  });
}

/** The call changed an entry of the directory that holds `path` (canonical): it is one, and could be written. */
export function tellParent(w: World, path: string): void {
  const parent = parentOf(path);
  tellExists(w, { absolute: parent, canonical: parent }, true, { type: 'dir', may: 3 });
}

/** The path before the first call of what a descriptor refers to; null when the log made it. */
export function initialFilePath(w: World, file: OpenFile): string | null {
  if (!w.writes || file.inode === null) return file.path;
  if (file.inode.initial === null && file.path !== null) w.tree.own?.(file.path, w.call.line);
  return file.inode.initial;
}

/**
 * How the tree knows the place: as the call wrote it while nothing has changed (symlinks on the way that show up
 * later then still count), else where it really is.
 */
function initialPath(w: World, where: Where): string | null {
  if (where.absolute === null || where.canonical === null) return null;
  if (w.changes.pristine) return where.absolute;
  const path = w.changes.initialOf(where.canonical);
  if (path === null) w.tree.own?.(where.canonical, w.call.line);
  return path;
}

function tellFact(w: World, path: string, inode: Inode | null, follow: boolean, fact: Fact): void {
  let { size, mode } = fact;
  if (inode !== null) {
    if (inode.doubtful) {
      // An empty file just opened with O_CREAT may be new.
      if (size === undefined || size === 0 || inode.written) return;
      w.changes.wasThere(inode);
    }
    if (inode.written) size = undefined;
    if (inode.modeChanged) mode = undefined;
  }
  const { type, may } = fact;
  const told = { follow, type, size, mode, may };
  if (w.returned) w.tree.exists(path, told, w.call.line);
  else existsLater(w, path, told, w.call.line);
}

function existsLater(w: World, path: string, told: Parameters<World['tree']['exists']>[1], line: number): void {
  w.after(() => { w.tree.exists(path, told, line); });
}

/** What st_mode says; null for a type that no sandbox can hold. */
export function treeFact(stat: StatFact): Fact | null {
  if (stat.mode === null) return stat.size === null ? NO_FACT : factOf(undefined, stat.size);
  const type = typeOf(stat.mode);
  if (type === 'other') return null;
  return factOf(type, type === 'dir' ? undefined : (stat.size ?? undefined), stat.mode & 0o7777);
}

function typeOf(mode: number): TreeType {
  switch (mode & S_IFMT) {
    case S_IFDIR: return 'dir';
    case S_IFREG: return 'file';
    case S_IFLNK: return 'symlink';
    default: return 'other';
  }
}
