/** chdir, fchdir, getcwd, chroot. */
import { CODE } from '../../plan/format.js';
import { tellExists, tellPath } from '../tell.js';
import { placeOptions } from '../place.js';
import { NONE, type World } from '../world.js';

/** chdir(path). Only the first process's directory is the replay's own. */
export function chdir(w: World): void {
  const outcome = w.outcome();
  const place = outcome === null ? null : w.place(NONE, 0, true, placeOptions({ atForm: false }));
  const cwd = place?.canonical ?? null;
  if (w.succeeded) moveTo(w, cwd ?? target(w));
  if (outcome === null || place === null) return;
  if (w.succeeded && !isOurs(w)) {
    w.skip('directory');
  } else {
    if (w.succeeded && cwd !== null) become(w, cwd);
    const op = w.op(CODE.chdir, outcome);
    op.path = place.path;
    w.emit(op);
  }
  tellPath(w, place, true, { type: 'dir', may: 1 });
}

/** fchdir(fd) */
export function fchdir(w: World): void {
  const outcome = w.outcome();
  const handle = outcome === null ? null : w.handle(0);
  const cwd = handle?.file?.path ?? null;
  if (w.succeeded) moveTo(w, cwd);
  if (outcome === null || handle === null) return;
  if (w.succeeded && (!isOurs(w) || cwd === null)) {
    w.skip('directory');
    return;
  }
  if (handle.slot !== null) w.deps.use(handle.slot);
  if (w.succeeded && cwd !== null) become(w, cwd);
  const op = w.op(CODE.fchdir, outcome);
  op.fd = handle.fd;
  w.emit(op);
}

/** getcwd(buf, size) = length with the NUL */
export function getcwd(w: World): void {
  const outcome = w.outcome();
  if (outcome === null) return;
  const result = w.args.text(0);
  const cwd = w.succeeded && result?.startsWith('/') === true ? result : null;
  const size = w.bufferBytes(w.args.number(1));
  if (cwd !== null) w.process.fs.cwd = cwd; // the kernel's word
  if (size === null) return;
  // Confined, the replay's directory has a longer name.
  const other = w.succeeded && outcome !== w.paths.realCwd.length + 1;
  if (w.paths.confined || !w.inRealCwd || !w.process.fs.rooted || other) {
    w.skip('directory');
    return;
  }
  w.deps.useCwd();
  const op = w.op(CODE.getcwd, outcome);
  op.len = size;
  w.emit(op);
  if (cwd !== null) tellExists(w, { absolute: cwd, canonical: cwd }, true, { type: 'dir', may: 1 });
}

/** chroot(path): from here on paths of this process mean something else. */
export function chroot(w: World): void {
  w.skip('directory');
  if (w.succeeded) w.process.fs.rooted = false;
}

function isOurs(w: World): boolean {
  return w.process.fs === w.mainFs;
}

/** Where an absolute chdir argument leads although the call is not replayed. */
function target(w: World): string | null {
  const path = w.args.text(0);
  return path?.startsWith('/') === true ? w.paths.resolve(path, true) : null;
}

function moveTo(w: World, cwd: string | null): void {
  const { fs } = w.process;
  w.after(() => { fs.cwd = cwd; });
}

/** The op being written moves the replay itself. */
function become(w: World, cwd: string): void {
  w.deps.changeCwd();
  w.paths.realCwd = cwd;
}
