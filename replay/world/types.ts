/** What resolving a trace yields: a program to run, the tree it needs, and the ledger of what is left out. */
import type { LedgerEntry, LedgerReason } from './ledger.js';

export interface PlanOptions {
  /**
   * sandbox: paths as the log has them, run with the tree as the root directory.
   * confined: the same tree, but every path is put below `root` (where the host forbids chroot).
   * live: read-only against the real file system; what would write goes to the ledger.
   */
  readonly mode: 'sandbox' | 'confined' | 'live';
  /** confined only: the directory that stands for `/`. */
  readonly root?: Uint8Array;
  /** Replay only these processes. */
  readonly pids?: readonly number[];
  /** Where the first process started (absolute, latin1), for a log that does not tell. Default UNKNOWN_CWD, live: the current directory. */
  readonly cwd?: string;
}

/** How many calls were planned on stand-ins. */
export interface StandInCount {
  /** procfs and sysfs. */
  readonly kernelFiles: number;
  /** From before the program started. */
  readonly descriptors: number;
}

export interface Plan {
  /** The encoded program, see plan/format.ts. */
  readonly program: Uint8Array;
  /** Number of timed ops = calls replayed. */
  readonly ops: number;
  /** op index -> call index in the trace. */
  readonly callOf: Uint32Array;
  /** Calls in the log; ops + sum of ledger counts equals it, always. */
  readonly calls: number;
  readonly ledger: readonly LedgerEntry[];
  /** The reason for every call that is not replayed (call index -> reason), for `check --ledger`. */
  reasonOf(callIndex: number): LedgerReason | null;
  /** How many of the ops run on stand-ins, whose cost may differ from that of what they stand for. */
  readonly standIns: StandInCount;
  /** What the log reveals about files, at the time of their first use. */
  readonly tree: TreeModel;
}

/**
 * A node of the tree as known from the log. Sizes in bytes, mode = permission bits, line = the log line that
 * decided about the node (0 = made up to complete a listing or a symlink), for messages.
 */
export type TreeNode =
  | { readonly type: 'dir'; mode: number; entries: ReadonlyMap<string, TreeNode>; listing: DirListing | null; line: number }
  | { readonly type: 'file'; mode: number; size: number; line: number }
  | { readonly type: 'symlink'; target: Uint8Array; line: number };

/** From getdents64: how many entries, and how many bytes of linux_dirent64 records in total, `.` and `..` included. */
export interface DirListing {
  readonly entries: number;
  readonly bytes: number;
}

/**
 * Facts about files, told in log order by the resolver; the first fact about a path wins. Paths are
 * absolute, latin1 strings holding one char per byte (cheap map keys; bytes stay bytes).
 */
export interface TreeModel {
  /**
   * `follow`: the call followed a final symlink. `size`/`type`/`mode` where the log shows them. `may`: permission
   * bits that the call proves (4 read, 2 write, 1 execute or search: a successful access(X_OK) is 1).
   */
  exists(
    path: string,
    fact: { follow: boolean; type?: 'dir' | 'file' | 'symlink' | 'other'; size?: number; mode?: number; may?: number },
    line: number,
  ): void;
  /**
   * ENOENT or ENOTDIR (or ELOOP) was the answer. `follow` (default true): the call followed a final symlink.
   * (ELOOP of an open with O_NOFOLLOW is no absence: it says that a symlink is there.)
   */
  missing(path: string, errno: string, line: number, follow?: boolean): void;
  symlink(path: string, target: Uint8Array, line: number): void;
  /** A read returned `bytes` bytes at `offset`; `eof`: the file ends there. */
  content(path: string, offset: number, bytes: number, eof: boolean, line: number): void;
  listing(path: string, listing: DirListing, line: number): void;
  /**
   * A call made, removed, renamed or wrote `path`: what is told afterwards about it and everything below it is not
   * about the tree before the first call, and is ignored. Tell first what the call proves about the time before
   * it (a successful mkdir: missing; a successful unlink: exists).
   */
  changed(path: string, line: number): void;
  /** `bytes` bytes from `offset` on were mapped into memory. */
  mapped?(path: string, offset: number, bytes: number, line: number): void;
  /** execve took it as its program. */
  executed?(path: string, line: number): void;
  /** A call asked about what the log's own calls had made or written: nothing is told about it. */
  own?(path: string, line: number): void;
  /** Where `path` leads through the symlinks known so far (for dirfd and cwd tracking); null if it leads nowhere. */
  resolve(path: string, follow: boolean): string | null;
  /** The tree as it must stand before the first call. */
  readonly root: TreeNode & { type: 'dir' };
  /** Contradictions found (line, path, what), for messages. */
  readonly conflicts: readonly Conflict[];
}

export interface Conflict {
  readonly line: number;
  readonly path: string;
  readonly what: string;
  /** No Linux file system can hold what the log claims, so no tree is built from it. */
  readonly impossible?: boolean;
}
