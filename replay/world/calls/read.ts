/** read, readv, pread64, preadv, preadv2, lseek, _llseek, getdents, getdents64, fadvise64. */
import { CHECK_SUCCESS, CODE } from '../../plan/format.js';
import { ADVICES, RWF_FLAGS, SEEK_CUR, SEEK_END, SEEK_SET, WHENCES } from '../constants.js';
import type { OpenFile } from '../openfile.js';
import { initialFilePath, tellContent, tellFile } from '../tell.js';
import { commentOf, plain, toNumbers, toVector } from '../values.js';
import type { World } from '../world.js';

/** What the stand-in for /dev/urandom, say, holds at most. */
const DEVICE_BYTES_MAX = 1 << 20;

/** read(fd, buf, count) */
export function read(w: World): void {
  readCursor(w, CODE.read, w.args.number(2), 0);
}

/** readv(fd, iov, iovcnt) */
export function readv(w: World): void {
  const vector = toVector(w.args.value(1));
  readCursor(w, CODE.readv, vector?.bytes ?? null, vector?.segments ?? 0);
}

/** `flags`: of preadv2 with an offset of -1. */
function readCursor(w: World, code: number, length: number | null, segments: number, flags = 0): void {
  const outcome = w.outcome();
  const len = outcome === null ? null : w.bufferBytes(length);
  const handle = outcome === null || len === null ? null : w.handle(0);
  if (outcome === null || len === null || handle === null) {
    loseCursor(w);
    return;
  }
  const op = w.op(code, outcome);
  op.fd = handle.fd;
  op.len = len;
  op.a = flags;
  op.b = segments;
  op.off = code === CODE.preadv2 ? -1 : 0;
  op.cursor = true;
  if (handle.slot === null) {
    w.emit(op);
    return;
  }
  const { file } = handle;
  if (file.offset === null || file.inode?.spoiled === true) {
    w.skip('descriptor');
    file.offset = null;
    return;
  }
  if (isEndless(w, file, file.offset)) return;
  w.deps.cursor(handle.slot, file);
  if (file.inode !== null) w.changes.observe(file.inode);
  tellRead(w, w.emit(op), file, file.offset, len);
  if (w.succeeded) file.offset += Number(outcome);
}

/** pread64(fd, buf, count, offset) */
export function pread64(w: World): void {
  readAt(w, CODE.pread64, w.args.number(2), 0, w.args.number(3), 0);
}

/** preadv(fd, iov, iovcnt, offset) */
export function preadv(w: World): void {
  const vector = toVector(w.args.value(1));
  readAt(w, CODE.preadv, vector?.bytes ?? null, vector?.segments ?? 0, w.args.number(3), 0);
}

/** preadv2(fd, iov, iovcnt, offset, flags); offset -1 means the cursor. */
export function preadv2(w: World): void {
  const vector = toVector(w.args.value(1));
  const offset = w.args.number(3);
  const flags = w.args.number(4, RWF_FLAGS);
  if (offset === -1) readCursor(w, CODE.preadv2, flags === null ? null : (vector?.bytes ?? null), vector?.segments ?? 0, flags ?? 0);
  else readAt(w, CODE.preadv2, vector?.bytes ?? null, vector?.segments ?? 0, offset, flags);
}

function readAt(
  w: World, code: number, length: number | null, segments: number, off: number | null,
  flags: number | null,
): void {
  const outcome = w.outcome();
  if (outcome === null) return;
  const len = w.bufferBytes(length);
  if (len === null) return;
  if (off === null || flags === null) {
    w.skip('arguments');
    return;
  }
  const handle = w.handle(0);
  if (handle === null) return;
  if (handle.file?.inode?.spoiled === true) {
    w.skip('descriptor');
    return;
  }
  if (handle.file !== null && isEndless(w, handle.file, off)) return;
  if (handle.slot !== null) w.deps.use(handle.slot);
  if (handle.file?.inode != null) w.changes.observe(handle.file.inode);
  const op = w.op(code, outcome);
  op.fd = handle.fd;
  op.len = len;
  op.b = segments;
  op.off = off;
  op.a = flags;
  const index = w.emit(op);
  if (handle.slot !== null) tellRead(w, index, handle.file, off, len);
}

/** More was read from a device than its stand-in is to hold: the call goes into the ledger. */
function isEndless(w: World, { device }: OpenFile, offset: number): boolean {
  if (!device || !w.succeeded || offset + Number(w.call.ret) <= DEVICE_BYTES_MAX) return false;
  w.skip('device');
  return true;
}

function tellRead(w: World, op: number, file: OpenFile, offset: number, len: number): void {
  const { errno, ret } = w.call;
  if (errno === 'EISDIR') {
    file.type = 'dir';
    tellFile(w, file, { type: 'dir' });
    return;
  }
  // A read of nothing tells nothing; one that fell short ended at the end of the file.
  if (!w.succeeded || len === 0) return;
  file.type = 'file';
  const bytes = Number(ret);
  const { path } = file;
  if (file.kernelFile && path !== null) w.standIns.read(op, path, offset, len, bytes);
  // Kernel files hand out less than there is, and more another time.
  tellContent(w, file, offset, bytes, bytes < len && !file.kernelFile);
}

/** A cursor moved by a call that is not replayed is unknown until the next absolute lseek. */
export function loseCursor(w: World, fdArg = 0): void {
  if (w.call.ret === 0 || w.call.errno !== null) return;
  const fd = w.args.fd(fdArg);
  const entry = fd === null ? undefined : w.process.fds.get(fd);
  if (entry !== undefined) entry.file.offset = null;
}

/** The call changes the file behind a descriptor, and is not replayed. */
export function spoil(w: World, fdArg: number): void {
  if (!w.succeeded) return;
  const fd = w.args.fd(fdArg);
  const inode = fd === null ? null : w.process.fds.get(fd)?.file.inode;
  if (inode != null) w.changes.spoil(inode);
}

/** lseek(fd, offset, whence) = position */
export function lseek(w: World): void {
  const outcome = w.outcome();
  if (outcome === null) loseCursor(w);
  else seek(w, w.args.number(1), w.args.number(2, WHENCES), outcome);
}

/** _llseek(fd, offset, [position], whence) = 0; strace joins the two halves of the offset. */
export function llseek(w: World): void {
  const outcome = w.outcome();
  if (outcome === null) {
    loseCursor(w);
    return;
  }
  const whence = w.args.number(3, WHENCES);
  const position = w.succeeded ? toNumbers(w.args.value(2)).at(0) : Number(outcome);
  if (position === undefined) w.skip('arguments');
  else seek(w, w.args.number(1), whence, position);
}

function seek(w: World, off: number | null, whence: number | null, position: number | bigint): void {
  if (off === null || whence === null) {
    w.skip('arguments');
    loseCursor(w);
    return;
  }
  const handle = w.handle(0);
  if (handle === null) return;
  const op = w.op(CODE.lseek, position);
  op.fd = handle.fd;
  op.off = off;
  op.a = whence;
  op.cursor = true;
  if (handle.slot === null) {
    w.emit(op);
    return;
  }
  const { file } = handle;
  const directory = file.isDirectory;
  // Devices do not move with what is read from them.
  const moved = whence === SEEK_CUR ? (file.offset ?? NaN) + off : off;
  if (file.device && !(whence <= SEEK_CUR && Number(position) === moved)) {
    w.skip('device');
    return;
  }
  if (file.kernelFile && whence > SEEK_CUR) {
    file.offset = null;
    w.skip('device');
    return;
  }
  // Only the start of a directory is a position that every file system understands.
  if (directory && w.succeeded && (whence !== SEEK_SET || off !== 0)) {
    file.offset = null;
    w.skip('unsupported');
    return;
  }
  // What was appended to a file ends where that does.
  const unsure = file.inode?.spoiled === true && (whence > SEEK_CUR || Number.isNaN(file.offset));
  if ((whence === SEEK_CUR && file.offset === null) || unsure) {
    file.offset = null;
    w.skip('descriptor');
    return;
  }
  w.deps.cursor(handle.slot, file);
  if (whence > SEEK_CUR && file.inode !== null) w.changes.observe(file.inode);
  w.emit(op);
  if (!w.succeeded) return;
  if (directory) endListing(w, file);
  file.offset = Number(position);
  if (whence === SEEK_END && !directory) tellFile(w, file, { size: Number(position) - off });
}

/** getdents(fd, buf, count), getdents64: on 64-bit hosts their records have the same length. */
export function getdents(w: World): void {
  const outcome = w.outcome();
  const len = outcome === null ? null : w.bufferBytes(w.args.number(2));
  const handle = outcome === null || len === null ? null : w.handle(0);
  if (outcome === null || len === null || handle === null) {
    loseCursor(w);
    return;
  }
  const op = w.op(CODE.getdents64, outcome);
  op.fd = handle.fd;
  op.len = len;
  op.cursor = true;
  if (handle.slot === null) {
    w.emit(op);
    return;
  }
  const { file } = handle;
  if (file.offset === null) {
    w.skip('descriptor');
    return;
  }
  if (w.writes && file.path !== null && w.paths.isOutdated(file.path)) {
    w.skip('write');
    file.offset = null;
    return;
  }
  w.deps.cursor(handle.slot, file);
  if (w.writes && file.path !== null) w.changes.list(file.path);
  const index = w.emit(op);
  if (w.call.errno === 'ENOTDIR') tellFile(w, file, { type: 'file' });
  if (w.succeeded) noteListing(w, file, index, Number(outcome));
}

function noteListing(w: World, file: OpenFile, op: number, bytes: number): void {
  file.type = 'dir';
  const listing = (file.listing ??= { entries: 0, bytes: 0, chunks: 0, firstOp: op, done: false });
  if (bytes === 0) {
    endListing(w, file, true);
    return;
  }
  listing.bytes += bytes;
  listing.entries += entriesShown(w) ?? Math.max(2, Math.round(bytes / 32));
  listing.chunks++;
  // Where one call ends and the next begins depends on the names, which the log does not show.
  if (listing.chunks > 1 && w.mode !== 'live') {
    if (listing.chunks === 2) w.builder.setCheck(listing.firstOp, CHECK_SUCCESS);
    w.builder.setCheck(op, CHECK_SUCCESS);
  }
}

/** The directory was read to its end, or left before: what was listed must be there. */
export function endListing(w: World, file: OpenFile, complete = false): void {
  const { listing } = file;
  if (listing === null) return;
  if (!complete) file.listing = null;
  if (listing.done || listing.bytes === 0) return;
  listing.done = true;
  const path = initialFilePath(w, file);
  if (path === null || file.path === null) return;
  // What the log's own calls added and removed was not so at the start.
  const { entries, bytes, found } = w.changes.listed(file.path, listing);
  const { line } = w.call;
  w.after(() => {
    w.tree.listing(path, { entries, bytes }, line);
    for (const name of found) w.tree.exists(name, { follow: false, type: 'file', may: 2 }, line);
  });
}

function entriesShown(w: World): number | null {
  const buffer = w.args.value(1);
  const match = /(\d+) entr/.exec(commentOf(buffer) ?? '');
  if (match !== null) return Number(match[1]);
  const value = plain(buffer);
  return value?.type === 'array' && !value.truncated ? value.items.length : null;
}

/** fadvise64(fd, offset, len, advice) */
export function fadvise64(w: World): void {
  advise(w, w.args.number(1), w.args.number(2), w.args.number(3, ADVICES));
}

/** arm_fadvise64_64(fd, advice, offset, len) */
export function armFadvise64(w: World): void {
  advise(w, w.args.number(2), w.args.number(3), w.args.number(1, ADVICES));
}

function advise(w: World, off: number | null, len: number | null, advice: number | null): void {
  const outcome = w.outcome();
  if (outcome === null) return;
  if (off === null || len === null || advice === null) {
    w.skip('arguments');
    return;
  }
  const handle = w.handle(0);
  if (handle === null) return;
  if (handle.slot !== null) w.deps.use(handle.slot);
  const op = w.op(CODE.fadvise64, outcome);
  op.fd = handle.fd;
  op.off = off;
  op.len = len;
  op.a = advice;
  w.emit(op);
}
