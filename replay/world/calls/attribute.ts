/**
 * getxattr, listxattr and their forms. Which extended attributes a file has is up to its file system and the security
 * module: where the log found none, the replay asks the same and takes any answer.
 */
import { CHECK_ATTRIBUTE, CHECK_VALUE, CODE } from '../../plan/format.js';
import { tellExists, tellPath } from '../tell.js';
import { placeOptions } from '../place.js';
import { NONE, type World } from '../world.js';

/** getxattr(path, name, value, size), lgetxattr */
export function getxattr(w: World): void {
  byPath(w, CODE.getxattr, true, 1);
}
export function lgetxattr(w: World): void {
  byPath(w, CODE.lgetxattr, false, 1);
}

/** listxattr(path, list, size), llistxattr */
export function listxattr(w: World): void {
  byPath(w, CODE.listxattr, true, null);
}
export function llistxattr(w: World): void {
  byPath(w, CODE.llistxattr, false, null);
}

/** fgetxattr(fd, name, value, size) */
export function fgetxattr(w: World): void {
  byDescriptor(w, CODE.fgetxattr, 1);
}

/** flistxattr(fd, list, size) */
export function flistxattr(w: World): void {
  byDescriptor(w, CODE.flistxattr, null);
}

function byPath(w: World, code: number, follow: boolean, nameAt: number | null): void {
  const asked = ask(w, nameAt);
  const place = asked === null ? null : w.place(NONE, 0, follow, placeOptions({ atForm: false }));
  if (asked === null || place === null) return;
  const op = w.op(code, asked.outcome, asked.check);
  op.path = place.path;
  op.path2 = asked.name;
  op.len = asked.len;
  w.emit(op);
  if (w.call.errno === 'ENODATA') tellExists(w, place, follow, {});
  else tellPath(w, place, follow, {});
}

function byDescriptor(w: World, code: number, nameAt: number | null): void {
  const asked = ask(w, nameAt);
  const handle = asked === null ? null : w.handle(0);
  if (asked === null || handle === null) return;
  if (handle.slot !== null) w.deps.use(handle.slot);
  const op = w.op(code, asked.outcome, asked.check);
  op.fd = handle.fd;
  op.path2 = asked.name;
  op.len = asked.len;
  w.emit(op);
}

interface Asked {
  readonly outcome: number | bigint;
  readonly check: number;
  readonly name: string | undefined;
  readonly len: number;
}

/** `nameAt` null: the call lists names. null: in the ledger. */
function ask(w: World, nameAt: number | null): Asked | null {
  const { errno, ret } = w.call;
  const none = errno === 'ENODATA' || (nameAt === null && errno === null && ret === 0);
  const theirs = errno === 'EOPNOTSUPP' || errno === 'ERANGE' || (errno === null && ret !== null && !none);
  if (theirs && w.mode !== 'live') return w.skip('attributes');
  const outcome = w.outcome();
  const len = outcome === null ? null : w.bufferBytes(w.args.number(nameAt === null ? 2 : 3));
  if (outcome === null || len === null) return null;
  const name = nameAt === null ? undefined : w.args.text(nameAt);
  if (name === null) return w.skip('arguments');
  return { outcome, check: none && w.mode !== 'live' ? CHECK_ATTRIBUTE : CHECK_VALUE, name, len };
}
