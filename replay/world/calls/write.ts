/** write, pwrite64, writev, pwritev, pwritev2, ftruncate, fallocate, fsync, fdatasync, fchmod, copy_file_range: changes through descriptors. */
import type { Op } from '../../plan/encode.js';
import { CODE, OP_OFFSET, OP_OFFSET2 } from '../../plan/format.js';
import { FALLOCATE_MODES, MODES, O_APPEND, RWF_APPEND, RWF_FLAGS } from '../constants.js';
import type { LedgerReason } from '../ledger.js';
import type { OpenFile } from '../openfile.js';
import { tellContent } from '../tell.js';
import { pointedTo, toVector } from '../values.js';
import type { Handle, World } from '../world.js';
import { mutating } from './others.js';
import { loseCursor, spoil } from './read.js';

const TWO_32 = 2 ** 32;

/** write(fd, buf, count) */
export function write(w: World): void {
  writeCursor(w, CODE.write, w.args.number(2), 0);
}

/** writev(fd, iov, iovcnt) */
export function writev(w: World): void {
  const vector = toVector(w.args.value(1));
  writeCursor(w, CODE.writev, vector?.bytes ?? null, vector?.segments ?? 0);
}

/** `flags`: of pwritev2 with an offset of -1. */
function writeCursor(w: World, code: number, length: number | null, segments: number, flags = 0): void {
  const found = start(w, length);
  if (found === null) {
    loseCursor(w);
    spoil(w, 0);
    mutating(w);
    return;
  }
  const { outcome, len, handle } = found;
  const op = w.op(code, outcome);
  op.fd = handle.fd;
  op.len = len;
  op.a = flags;
  op.b = segments;
  op.off = code === CODE.pwritev2 ? -1 : 0;
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
  writeAt(w, CODE.pwrite64, w.args.number(2), 0, w.args.number(3), 0);
}

/** pwritev(fd, iov, iovcnt, offset) */
export function pwritev(w: World): void {
  const vector = toVector(w.args.value(1));
  writeAt(w, CODE.pwritev, vector?.bytes ?? null, vector?.segments ?? 0, w.args.number(3), 0);
}

/** pwritev2(fd, iov, iovcnt, offset, flags); offset -1 means the cursor. */
export function pwritev2(w: World): void {
  const vector = toVector(w.args.value(1));
  const off = w.args.number(3);
  const flags = w.args.number(4, RWF_FLAGS);
  const appends = flags === null || (flags & RWF_APPEND) !== 0; // wherever the file ends
  if (appends && w.writes) w.skip(flags === null ? 'arguments' : 'unsupported');
  const length = appends ? null : (vector?.bytes ?? null);
  if (off === -1) writeCursor(w, CODE.pwritev2, length, vector?.segments ?? 0, flags ?? 0);
  else writeAt(w, CODE.pwritev2, length, vector?.segments ?? 0, off, flags);
}

function writeAt(
  w: World, code: number, length: number | null, segments: number, off: number | null, flags: number | null,
): void {
  const found = start(w, off === null || flags === null ? null : length);
  if (found === null) {
    spoil(w, 0);
    mutating(w);
    return;
  }
  const { outcome, len, handle } = found;
  use(w, handle, 'content');
  const op = w.op(code, outcome);
  op.fd = handle.fd;
  op.len = len;
  op.b = segments;
  op.off = off ?? 0;
  op.a = flags ?? 0;
  w.emit(op);
}

/** What all writes have in common; null when this one is not replayed. */
function start(w: World, length: number | null): { outcome: number | bigint; len: number; handle: Handle } | null {
  const outcome = w.writes ? w.outcome() : w.skip('write');
  const handle = outcome === null ? null : w.changeable(0);
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

/** fchown(fd, owner, group), see chown() */
export function fchown(w: World): void {
  onDescriptor(w, CODE.fchown, {}, 'mode');
}

/** `fields`: null for what is not shown. `what` it changes, if anything. */
function onDescriptor(
  w: World, code: number, fields: { a?: number | null; b?: number | null; off?: number | null; len?: number | null },
  what: 'content' | 'mode' | null,
): void {
  const outcome = w.outcome();
  const handle = outcome === null ? null : w.changeable(0);
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
  const op = w.op(code, outcome);
  op.fd = handle.fd;
  op.a = a;
  op.b = b;
  op.off = off;
  op.len = len;
  w.emit(op);
}

/** copy_file_range(in, off_in, out, off_out, len, flags): a side without an offset uses its cursor, and moves it. */
export function copyFileRange(w: World): void {
  if (copy(w)) return;
  if (w.args.number(1) === 0) loseCursor(w, 0);
  if (w.args.number(3) === 0) loseCursor(w, 2);
  spoil(w, 2);
  mutating(w);
}

/** Where one side of a copy is. `offset` null: at the cursor. */
interface Side {
  readonly handle: Handle;
  readonly offset: number | null;
}

/** False: in the ledger. */
function copy(w: World): boolean {
  const outcome = w.writes ? w.outcome() : w.skip('write');
  if (outcome === null) return false;
  const from = sideOf(w, 0, 1);
  const to = from === null ? null : sideOf(w, 2, 3);
  if (from === null || to === null) return false;
  const obstacle = w.args.number(5) !== 0 ? 'unsupported' : obstacleTo(from, to);
  if (obstacle !== null) {
    w.skip(obstacle);
    return false;
  }
  const asked = w.args.number(4) ?? Number.MAX_SAFE_INTEGER; // 2^63, say: all there is
  const op = w.op(CODE.copy_file_range, outcome);
  op.fd = from.handle.fd;
  op.fd2 = to.handle.fd;
  // Fewer than asked for may have been all there was, or what was done when a signal came: the replay asks for just those.
  op.len = w.succeeded ? Math.min(asked, Math.max(Number(outcome), 1)) : asked;
  op.cursor = from.offset === null || to.offset === null;
  if (from.offset !== null) {
    op.flags |= OP_OFFSET;
    op.off = from.offset;
  }
  if (to.offset !== null) {
    op.flags |= OP_OFFSET2;
    op.a = to.offset >>> 0;
    op.b = Math.floor(to.offset / TWO_32) >>> 0;
  }
  transfer(w, op, from, to, asked);
  return true;
}

/** Emits the op, and moves the cursors. */
function transfer(w: World, op: Op, from: Side, to: Side, asked: number): void {
  const start = take(w, from);
  take(w, to);
  if (from.handle.file?.inode != null) w.changes.observe(from.handle.file.inode);
  if (to.handle.slot !== null) modify(w, to.handle.file);
  w.emit(op);
  if (!w.succeeded || from.handle.slot === null || to.handle.slot === null) return;
  const copied = Number(w.call.ret);
  if (asked > 0) tellContent(w, from.handle.file, start, copied, copied === 0);
  from.handle.file.type = to.handle.file.type = 'file';
  for (const { handle, offset } of [from, to]) if (offset === null) handle.file!.offset! += copied;
}

/** sendfile(out, in, offset, count): from the cursor where there is no offset, always to the cursor. */
export function sendfile(w: World): void {
  if (send(w)) return;
  if (w.args.isNull(2)) loseCursor(w, 1);
  loseCursor(w, 0);
  spoil(w, 0);
}

/** False: in the ledger. */
function send(w: World): boolean {
  const outcome = w.outcome();
  const handle = outcome === null ? null : w.changeable(0);
  const from = handle === null ? null : sideOf(w, 1, 2);
  const asked = w.args.number(3);
  if (outcome === null || handle === null || from === null) return false;
  const to: Side = { handle, offset: null };
  const obstacle = !w.writes ? 'write' : asked === null ? 'arguments' : obstacleTo(from, to);
  if (obstacle !== null || asked === null) {
    w.skip(obstacle ?? 'arguments');
    return false;
  }
  const op = w.op(CODE.sendfile, outcome);
  op.fd = handle.fd;
  op.fd2 = from.handle.fd;
  op.len = w.succeeded ? Math.min(asked, Math.max(Number(outcome), 1)) : asked; // as for a copy
  op.cursor = true;
  if (from.offset !== null) {
    op.flags |= OP_OFFSET;
    op.off = from.offset;
  }
  transfer(w, op, from, to, asked);
  return true;
}

function obstacleTo(from: Side, to: Side): LedgerReason | null {
  if (from.handle.file?.kernelFile === true || to.handle.file?.kernelFile === true) return 'device';
  const lost = [from, to].some(({ handle, offset }) => offset === null && handle.file?.offset === null);
  return lost || from.handle.file?.inode?.spoiled === true ? 'descriptor' : null;
}

/** null: in the ledger. */
function sideOf(w: World, fdAt: number, offsetAt: number): Side | null {
  const handle = w.handle(fdAt);
  if (handle === null) return null;
  if (w.args.number(offsetAt) === 0) return { handle, offset: null }; // NULL
  const offset = pointedTo(w.args.value(offsetAt));
  return offset === null ? w.skip('arguments') : { handle, offset };
}

/** Uses the descriptor, and the cursor where there is no offset. Returns where the copy starts there. */
function take(w: World, { handle, offset }: Side): number {
  if (handle.slot === null) return NaN;
  if (offset === null) w.deps.cursor(handle.slot, handle.file);
  else w.deps.use(handle.slot);
  return offset ?? handle.file.offset!;
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
