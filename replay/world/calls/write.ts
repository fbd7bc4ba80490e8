/** write, pwrite64, writev, ftruncate, fallocate, fsync, fdatasync, fchmod, copy_file_range: changes through descriptors. */
import { Op } from '../../plan/encode.js';
import { CODE } from '../../plan/format.js';
import type { Value } from '../../trace/model.js';
import { FALLOCATE_MODES, MODES, O_APPEND } from '../constants.js';
import type { OpenFile } from '../openfile.js';
import { plain, toVector } from '../values.js';
import type { Handle, World } from '../world.js';
import { mutating } from './others.js';
import { loseCursor, spoil } from './read.js';

/** A length that stands for "to the end" is not made smaller than this. */
const COPY_BYTES_MIN = 1 << 16;

/** write(fd, buf, count) */
export function write(w: World): void {
  writeCursor(w, CODE.write, w.args.number(2), 0);
}

/** writev(fd, iov, iovcnt) */
export function writev(w: World): void {
  const vector = toVector(w.args.value(1));
  writeCursor(w, CODE.writev, vector?.bytes ?? null, vector?.segments ?? 0);
}

function writeCursor(w: World, code: number, length: number | null, segments: number): void {
  const found = start(w, length);
  if (found === null) {
    loseCursor(w);
    spoil(w, 0);
    mutating(w);
    return;
  }
  const { outcome, len, handle } = found;
  const op = new Op(code, outcome);
  op.fd = handle.fd;
  op.len = len;
  op.b = segments;
  op.cursor = true;
  if (handle.slot === null) {
    w.emit(op);
    return;
  }
  const { file } = handle;
  if (file.offset === null) {
    w.skip('descriptor');
    spoil(w, 0);
    return;
  }
  w.deps.cursor(handle.slot, file);
  modify(w, file);
  w.emit(op);
  if (!w.succeeded) return;
  file.type = 'file';
  file.offset = (file.flags & O_APPEND) !== 0 ? NaN : file.offset + Number(outcome);
}

/** pwrite64(fd, buf, count, offset) */
export function pwrite64(w: World): void {
  const off = w.args.number(3);
  const found = start(w, off === null ? null : w.args.number(2));
  if (found === null) {
    spoil(w, 0);
    mutating(w);
    return;
  }
  const { outcome, len, handle } = found;
  use(w, handle, 'content');
  const op = new Op(CODE.pwrite64, outcome);
  op.fd = handle.fd;
  op.len = len;
  op.off = off ?? 0;
  w.emit(op);
}

/** What all writes have in common; null when this one is not replayed. */
function start(w: World, length: number | null): { outcome: number | bigint; len: number; handle: Handle } | null {
  const outcome = w.writes ? w.outcome() : w.skip('write');
  const handle = outcome === null ? null : w.handle(0);
  if (outcome === null || handle === null) return null;
  const len = w.bufferBytes(length);
  if (len === null) return null;
  // A write that fell short met a limit that the sandbox does not have.
  if (w.succeeded && Number(outcome) !== len) return w.skip('unsupported');
  return { outcome, len, handle };
}

/** ftruncate(fd, length) */
export function ftruncate(w: World): void {
  onDescriptor(w, CODE.ftruncate, { off: w.args.number(1) }, 'content');
}

/** fallocate(fd, mode, offset, length) */
export function fallocate(w: World): void {
  const mode = w.args.number(1, FALLOCATE_MODES);
  onDescriptor(w, CODE.fallocate, { a: mode, off: w.args.number(2), len: w.args.number(3) }, 'content');
}

export function fsync(w: World): void {
  onDescriptor(w, CODE.fsync, {}, null);
}

export function fdatasync(w: World): void {
  onDescriptor(w, CODE.fdatasync, {}, null);
}

/** fchmod(fd, mode) */
export function fchmod(w: World): void {
  onDescriptor(w, CODE.fchmod, { b: w.args.number(1, MODES) }, 'mode');
}

/** `fields`: null for what is not shown. `what` it changes, if anything. */
function onDescriptor(
  w: World, code: number, fields: { a?: number | null; b?: number | null; off?: number | null; len?: number | null },
  what: 'content' | 'mode' | null,
): void {
  const outcome = w.outcome();
  const handle = outcome === null ? null : w.handle(0);
  if (outcome === null || handle === null || !w.writes) {
    mutating(w);
    return;
  }
  const { a = 0, b = 0, off = 0, len = 0 } = fields;
  if (a === null || b === null || off === null || len === null) {
    w.skip('arguments');
    return;
  }
  use(w, handle, what);
  const op = new Op(code, outcome);
  op.fd = handle.fd;
  op.a = a;
  op.b = b;
  op.off = off;
  op.len = len;
  w.emit(op);
}

/** copy_file_range(in, off_in, out, off_out, len, flags); replayed where both sides use their cursors. */
export function copyFileRange(w: World): void {
  const outcome = w.outcome();
  const len = outcome === null ? null : copyBytes(w, plain(w.args.value(4)), Number(outcome));
  const from = outcome === null ? null : w.handle(0);
  const to = from === null ? null : w.handle(2);
  const cursors = w.args.isNull(1) && w.args.isNull(3);
  const kernelFile = from?.file?.kernelFile === true;
  if (len === null || outcome === null || from === null || to === null || !w.writes || !cursors || kernelFile) {
    if (cursors) loseCursor(w, 0);
    if (cursors) loseCursor(w, 2);
    if (kernelFile) w.skip('device');
    if (!cursors && w.writes) w.skip('unsupported');
    spoil(w, 2);
    mutating(w);
    return;
  }
  if (from.slot !== null && to.slot !== null) {
    if (from.file.offset === null || to.file.offset === null) {
      w.skip('descriptor');
      return;
    }
    w.deps.cursor(from.slot, from.file);
    w.deps.cursor(to.slot, to.file);
    if (from.file.inode !== null) w.changes.observe(from.file.inode);
    modify(w, to.file);
    if (w.succeeded) {
      from.file.offset += Number(outcome);
      to.file.offset += Number(outcome);
    }
  }
  const op = new Op(CODE.copy_file_range, outcome);
  op.fd = from.fd;
  op.fd2 = to.fd;
  op.len = len;
  op.cursor = true;
  w.emit(op);
}

/** Programs ask for all there is (2^63 bytes); just more than there was asks for the same. */
function copyBytes(w: World, length: Value | undefined, copied: number): number | null {
  const asked = length?.type === 'number' ? Number(length.value) : null;
  return w.bufferBytes(asked === null ? null : Math.min(asked, Math.max(copied + 1, COPY_BYTES_MIN)));
}

function use(w: World, handle: Handle, what: 'content' | 'mode' | null): void {
  if (handle.slot === null) return;
  w.deps.use(handle.slot);
  if (what !== null) modify(w, handle.file, what);
  else if (handle.file.inode !== null) w.changes.observe(handle.file.inode);
}

function modify(w: World, file: OpenFile, what: 'content' | 'mode' = 'content'): void {
  if (file.inode === null) return;
  if (w.succeeded) w.changes.modify(file.inode, what);
  else w.changes.observe(file.inode);
}
