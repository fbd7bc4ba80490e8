/** access, faccessat, faccessat2; readlink, readlinkat. */
import { CODE, CWD } from '../../plan/format.js';
import { ACCESS_MODES, AT_EMPTY_PATH, AT_FLAGS, AT_SYMLINK_NOFOLLOW } from '../constants.js';
import { factOf, NO_FACT, tellExists, tellLink, tellPath } from '../tell.js';
import { placeOptions } from '../place.js';
import type { World } from '../world.js';

/** access(path, mode); below a directory that is not the replay's own it becomes faccessat. */
export function access(w: World): void {
  check(w, CODE.access, 0, 0);
}

/** faccessat(dirfd, path, mode): the kernel's call has no flags. */
export function faccessat(w: World): void {
  check(w, CODE.faccessat, 1, 0);
}

/** faccessat2(dirfd, path, mode, flags) */
export function faccessat2(w: World): void {
  const flags = w.args.number(3, AT_FLAGS);
  if (flags === null) w.skip('arguments');
  else check(w, CODE.faccessat2, 1, flags);
}

function check(w: World, code: number, pathAt: number, flags: number): void {
  const outcome = w.status();
  if (outcome === null) return;
  const mode = w.args.number(pathAt + 1, ACCESS_MODES);
  if (mode === null) {
    w.skip('arguments');
    return;
  }
  const follow = (flags & AT_SYMLINK_NOFOLLOW) === 0;
  const place = w.place(pathAt - 1, pathAt, follow);
  if (place === null) return;
  const plain = code === CODE.access && place.fd === CWD;
  const op = w.op(code === CODE.access && !plain ? CODE.faccessat : code, outcome);
  if (!plain) op.fd = place.fd;
  op.path = place.path;
  op.a = flags;
  op.b = mode;
  w.emit(op);
  if (place.path === '' && (flags & AT_EMPTY_PATH) !== 0) return;
  tellPath(w, place, follow, mode === 0 ? NO_FACT : factOf(undefined, undefined, undefined, mode));
}

const OF_LINK = placeOptions({ link: true });

/** readlink(path, buf, size) */
export function readlink(w: World): void {
  read(w, 0);
}

/** readlinkat(dirfd, path, buf, size) */
export function readlinkat(w: World): void {
  read(w, 1);
}

function read(w: World, pathAt: number): void {
  const outcome = w.outcome();
  if (outcome === null) return;
  const size = w.bufferBytes(w.args.number(pathAt + 2));
  if (size === null) return;
  const target = w.succeeded ? w.args.text(pathAt + 1) : null;
  if (w.succeeded && target === null) {
    w.skip('arguments');
    return;
  }
  const place = w.place(pathAt - 1, pathAt, false, OF_LINK);
  if (place === null) return;
  let expect = outcome;
  if (target?.startsWith('/') === true) expect = Math.min(size, Number(outcome) + w.paths.prefixBytes);
  const plain = pathAt === 0 && place.fd === CWD;
  const op = w.op(plain ? CODE.readlink : CODE.readlinkat, expect);
  if (!plain) op.fd = place.fd;
  op.path = place.path;
  op.len = size;
  w.emit(op);
  // EINVAL is the answer for anything that is there and is no symlink.
  if (target !== null) tellLink(w, place, target);
  else if (w.call.errno === 'EINVAL') tellExists(w, place, false, NO_FACT);
  else tellPath(w, place, false, NO_FACT);
}
