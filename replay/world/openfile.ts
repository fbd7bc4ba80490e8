/** Open file descriptions and descriptors: what open(2) calls the two, see also dup(2) and fork(2). */
import { O_DIRECTORY, O_TMPFILE_BIT } from './constants.js';
import type { Inode } from './inode.js';
import type { LedgerReason } from './ledger.js';
import { NO_OPS, type OpList } from './oplists.js';

/** An open file description: the cursor is here, shared by all descriptors that dup and fork made of one open. */
export class OpenFile {
  /** Where it was opened, absolute, symlinks followed; latin1. null when nobody knows. */
  path: string | null;
  /** Of open(2); F_SETFL changes some. */
  flags: number;
  type: 'file' | 'dir' | null = null;
  /** What it refers to, whatever happened to its name; null where changes are not replayed. */
  inode: Inode | null = null;
  /** The cursor in bytes; NaN when the log does not tell; null when a call that is not replayed moved it. */
  offset: number | null = 0;
  /** The op that moved the cursor last, -1 before the first. */
  cursorOp = -1;
  /** The last op on its status flags (F_GETFL, F_SETFL). */
  statusOp = -1;
  /** A file of procfs or sysfs, or a device, for which an ordinary one stands. */
  kernelFile = false;
  /** A device. */
  device = false;
  /** Entries listed since the start or the last rewind. */
  listing: { entries: number; bytes: number; chunks: number; firstOp: number; done: boolean } | null = null;

  constructor(path: string | null, flags: number) {
    this.path = path;
    this.flags = flags;
  }

  get isDirectory(): boolean {
    return this.type === 'dir' || this.listing !== null || (this.flags & (O_DIRECTORY | O_TMPFILE_BIT)) === O_DIRECTORY;
  }
}

/** A descriptor of the replay: filled by one op, emptied by one. Processes that inherited it share it. */
export class Slot {
  readonly index: number;
  /** The op that fills it, -1 for one opened in the setup section. */
  readonly creatorOp: number;
  /** Descriptors, in all processes of the log, that stand for it. */
  references = 0;
  /** Ops that used it and that closing must wait for; those of a cursor only by the last of them. */
  users: OpList = NO_OPS;
  cursorOp = -1;
  /** The last op on its close-on-exec flag. */
  flagOp = -1;
  /** The flag in the replay; a descriptor of the log may differ after fork and fcntl. */
  cloexec: boolean;

  constructor(index: number, creatorOp: number, cloexec: boolean) {
    this.index = index;
    this.creatorOp = creatorOp;
    this.cloexec = cloexec;
  }
}

/** One entry of a descriptor table. `slot` is null for descriptors that are not replayed, which `reason` explains. */
export interface Descriptor {
  readonly slot: Slot | null;
  readonly file: OpenFile;
  readonly reason: LedgerReason;
  cloexec: boolean;
  /** From before the program started: nothing is known of it but that it is open. */
  readonly inherited: boolean;
}

export function replayed(slot: Slot, file: OpenFile, cloexec: boolean, inherited = false): Descriptor {
  return descriptor(slot, file, 'descriptor', cloexec, inherited);
}

/** A descriptor that only occupies its number. */
export function notReplayed(reason: LedgerReason, cloexec: boolean, path: string | null = null): Descriptor {
  return descriptor(null, new OpenFile(path, 0), reason, cloexec, false);
}

/** The same in another table. */
export function copyOf({ slot, file, reason, cloexec, inherited }: Descriptor): Descriptor {
  return descriptor(slot, file, reason, cloexec, inherited);
}

/** All are made here, and so of one shape. */
function descriptor(slot: Slot | null, file: OpenFile, reason: LedgerReason, cloexec: boolean, inherited: boolean): Descriptor {
  return { slot, file, reason, cloexec, inherited };
}
