/** close, close_range, dup, dup2, dup3, fcntl. */
import { CHECK_SUCCESS, CODE } from '../../plan/format.js';
import {
  CLOSE_RANGE_CLOEXEC, CLOSE_RANGE_FLAGS, CLOSE_RANGE_UNSHARE, F_DUPFD, F_DUPFD_CLOEXEC, F_GETFD, F_GETFL, F_GETLK, F_SETFD, F_SETFL,
  F_SETLK, F_SETLKW,
  FCNTL_COMMANDS, FD_CLOEXEC, FD_FLAGS, O_ACCMODE, O_APPEND, O_CLOEXEC, O_DIRECTORY, O_NONBLOCK, OPEN_FLAGS,
} from '../constants.js';
import { notReplayed, replayed } from '../openfile.js';
import type { Handle, World } from '../world.js';
import { lockRange } from './lock.js';
import { endListing } from './read.js';

/**
 * What F_SETFL may set here: O_NONBLOCK and O_APPEND. It ignores access mode and creation flags; O_DIRECT, O_ASYNC
 * and O_NOATIME depend on file system and identity.
 */
const SETTABLE = O_NONBLOCK | O_APPEND | O_ACCMODE | OPEN_FLAGS.O_LARGEFILE | O_DIRECTORY;

/** close(fd); the number is free from the moment the call is entered. */
export function close(w: World): void {
  const outcome = w.outcome();
  const fd = w.args.fd(0);
  const handle = outcome === null ? null : w.handle(0, true);
  const closes = w.call.errno !== 'EBADF';
  if (outcome !== null && handle !== null) {
    const op = w.op(CODE.close, outcome);
    if (handle.slot === null) {
      w.emit(op);
    } else {
      w.deps.end(handle.slot);
      if (handle.slot.references === 1) {
        endListing(w, handle.file);
        op.fd = handle.fd;
        w.emit(op);
      } else {
        // Another process still has it: let go of a reference, as the kernel does, without closing theirs.
        const spare = w.spares.take();
        if (spare === null) {
          w.skip('descriptor');
        } else {
          op.fd = spare;
          w.emit(op);
        }
      }
    }
  }
  if (fd !== null && closes) w.process.fds.remove(fd);
}

/** close_range(first, last, flags) has no opcode of its own here; the numbers it frees are tracked. */
export function closeRange(w: World): void {
  const first = w.args.number(0);
  const last = w.args.number(1);
  const flags = w.args.number(2, CLOSE_RANGE_FLAGS) ?? 0;
  w.skip('unsupported');
  if (!w.succeeded || first === null || last === null) return;
  if ((flags & CLOSE_RANGE_UNSHARE) !== 0) w.process.fds = w.process.fds.unshare();
  w.process.fds.closeRange(first, last, (flags & CLOSE_RANGE_CLOEXEC) !== 0);
}

/** dup(fd) */
export function dup(w: World): void {
  duplicate(w, CODE.dup, 0, 0, false);
}

/** dup2(fd, target) */
export function dup2(w: World): void {
  duplicateOnto(w, CODE.dup2, 0);
}

/** dup3(fd, target, flags) */
export function dup3(w: World): void {
  const flags = w.args.number(2, OPEN_FLAGS);
  if (flags === null) occupy(w, false);
  else duplicateOnto(w, CODE.dup3, flags);
}

/** A copy on the lowest free number (or the lowest from an argument on). */
function duplicate(w: World, code: number, command: number, lowest: number, cloexec: boolean): void {
  const outcome = w.outcome();
  const handle = outcome === null ? null : w.handle(0, true);
  if (outcome === null || handle === null) {
    occupy(w, cloexec);
    return;
  }
  if (handle.slot !== null) w.deps.use(handle.slot);
  const slot = w.succeeded && handle.slot !== null ? w.newSlot(cloexec) : null;
  const op = slot === null ? w.op(code, outcome) : w.op(code, 0, CHECK_SUCCESS);
  op.fd = handle.fd;
  op.a = command;
  op.len = lowest;
  if (slot !== null) op.out = slot.index;
  w.emit(op);
  if (slot === null || handle.slot === null) return;
  w.install(replayed(slot, handle.file, cloexec, handle.entry.inherited));
}

function duplicateOnto(w: World, code: number, flags: number): void {
  const cloexec = (flags & O_CLOEXEC) !== 0;
  const outcome = w.outcome();
  const handle = outcome === null ? null : w.handle(0, w.call.errno !== 'EBADF'); // which may be about the target
  const target = w.args.fd(1);
  if (outcome === null || handle === null || target === null) {
    if (target === null && outcome !== null && handle !== null) w.skip('arguments');
    occupy(w, cloexec);
    return;
  }
  const source = w.args.fd(0);
  if (!w.succeeded || handle.slot === null || source === target) {
    // Onto itself: the kernel only looks whether it is open. An op that replaces its own source has no form.
    if (w.succeeded) w.skip('unsupported');
    else if (handle.slot !== null) w.skip('unsupported');
    else {
      const op = w.op(code, outcome);
      op.a = flags;
      op.b = w.spares.reserve();
      w.emit(op);
    }
    return;
  }
  w.deps.use(handle.slot);
  const replaced = w.process.fds.get(target)?.slot ?? null;
  // Only a number that no other process of the log still uses for the old file can be taken over.
  const over = replaced !== null && replaced.references === 1 ? replaced : null;
  if (over !== null) {
    w.deps.end(over);
    endListing(w, w.process.fds.get(target)!.file);
  }
  w.process.fds.remove(target);
  const slot = w.newSlot(cloexec);
  const op = w.op(code, 0, CHECK_SUCCESS);
  op.fd = handle.fd;
  if (over !== null) op.fd2 = over.index;
  else op.b = w.spares.reserve();
  op.a = flags;
  op.out = slot.index;
  w.emit(op);
  w.install(replayed(slot, handle.file, cloexec, handle.entry.inherited));
}

/** fcntl(fd, cmd, arg) */
export function fcntl(w: World): void {
  const command = w.args.number(1, FCNTL_COMMANDS);
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
      duplicate(w, CODE.fcntl, command, w.args.number(2) ?? 0, command === F_DUPFD_CLOEXEC);
      break;
    case F_GETFD:
      getFlag(w);
      break;
    case F_SETFD:
      setFlag(w);
      break;
    case F_GETFL:
      status(w, F_GETFL, 0);
      break;
    case F_SETFL:
      status(w, F_SETFL, w.args.number(2, OPEN_FLAGS));
      break;
    case F_GETLK:
    case F_SETLK:
    case F_SETLKW:
      lockRange(w, command);
      break;
    default:
      w.skip('unsupported');
  }
}

/** F_GETFL and F_SETFL: flags of the open file description. */
function status(w: World, command: number, arg: number | null): void {
  const outcome = w.outcome();
  const handle = outcome === null ? null : w.handle(0, true);
  if (outcome === null || handle === null) return;
  if (arg === null || (arg & ~SETTABLE) !== 0) {
    w.skip(arg === null ? 'arguments' : 'unsupported');
    return;
  }
  if (handle.slot !== null) {
    const { file } = handle;
    if (command === F_SETFL) w.deps.cursor(handle.slot, file); // O_APPEND says where the next write is
    else w.deps.use(handle.slot);
    w.deps.after(file.statusOp);
    file.statusOp = w.deps.current;
    if (command === F_SETFL && w.succeeded) file.flags = (file.flags & ~O_APPEND) | (arg & O_APPEND);
  }
  // How one was opened that nobody saw being opened is not known.
  emitFcntl(w, handle, command, arg, outcome, handle.entry?.inherited === true && command === F_GETFL ? CHECK_SUCCESS : undefined);
}

function emitFcntl(w: World, { fd }: Handle, command: number, arg: number, outcome: number | bigint, check?: number): void {
  const op = w.op(CODE.fcntl, outcome, check);
  op.fd = fd;
  op.a = command;
  op.len = arg;
  w.emit(op);
}

function getFlag(w: World): void {
  const outcome = w.outcome();
  const handle = outcome === null ? null : w.handle(0, true);
  if (outcome === null || handle === null) return;
  if (handle.slot !== null) {
    // Processes have flags of their own; the replay's one descriptor may stand at another's.
    if (handle.slot.cloexec !== handle.entry.cloexec) {
      w.skip('descriptor');
      return;
    }
    w.deps.flag(handle.slot);
  }
  emitFcntl(w, handle, F_GETFD, 0, outcome);
}

function setFlag(w: World): void {
  const arg = w.args.number(2, FD_FLAGS);
  const fd = w.args.fd(0);
  const entry = fd === null ? undefined : w.process.fds.get(fd);
  const cloexec = ((arg ?? 0) & FD_CLOEXEC) !== 0;
  if (entry !== undefined && w.succeeded) entry.cloexec = cloexec;
  const outcome = w.outcome();
  const handle = outcome === null ? null : w.handle(0, true);
  if (outcome === null || handle === null) return;
  if (arg === null) {
    w.skip('arguments');
    return;
  }
  if (handle.slot !== null) {
    w.deps.flag(handle.slot);
    handle.slot.cloexec = cloexec;
  }
  emitFcntl(w, handle, F_SETFD, arg, outcome);
}

/** The copy is not replayed, but its number is taken. */
function occupy(w: World, cloexec: boolean): void {
  w.skip('arguments'); // unless a lookup already said why
  if (!w.succeeded) return;
  const source = w.process.fds.get(w.args.fd(0) ?? -1);
  w.install(notReplayed(source?.slot === null ? source.reason : 'descriptor', cloexec));
}
