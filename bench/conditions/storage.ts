/**
 * What the replayed files are stored on, where a run asks for more than "in a directory, warm": something that
 * can be made cold, and that tells what each pass asked of it.
 */
import type { ServedLatency } from './served.js';

/** What was asked of the storage. null: this kind of storage does not tell. */
export interface PassCost {
  /** Requests to a FUSE file system by kind: lookup, getattr, readlink, read, readdir, ... */
  readonly requests: Readonly<Record<string, number>> | null;
  /** Reads completed by the block device. */
  readonly deviceReads: number | null;
  /** Bytes that the device read, or that the file system with the latency handed out. */
  readonly deviceBytes: number | null;
}

/** The storage in the result document. */
export interface StorageConditions {
  readonly kind: 'latency' | 'image' | 'drop-caches';
  /** What it is and how it was made, for people. */
  readonly how: string;
  /** How a cold pass is shown to be cold. */
  readonly coldness: string;
  /** The latency that was set; null: as the device is. */
  readonly latencyNs: number | null;
  /** Which requests are delayed. */
  readonly delayed: readonly string[];
  /** What the delayed requests of the measured passes took; null without any. */
  readonly servedNs: ServedLatency | null;
}

export interface Storage {
  /** The command (and arguments) to start a process with that shall see this storage. */
  readonly launcher: readonly string[];
  /** Nobody may have it as root directory during drop(): each run needs a process of its own. */
  readonly exclusive: boolean;
  /** Makes everything cold. Rejects with UR_NOT_COLD where that cannot be had. */
  drop(): Promise<void>;
  /** What was asked of it since the last drop() or take(). */
  take(): Promise<PassCost>;
  /** Why a pass after drop() was not cold; null: it was. `first`: the cost of an earlier one that was. */
  doubt(cost: PassCost, first: PassCost): string | null;
  describe(): StorageConditions;
  /** Leaves nothing behind. Never rejects; safe to call again. */
  close(): Promise<void>;
}
