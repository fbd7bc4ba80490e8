/**
 * The plan of a warming (start.plan), as native/warm/plan.h defines it: what a start-up looks up, opens, lists and
 * reads, in the order of its first need, and what was recorded about it. One flat little-endian buffer:
 * Header | records | ranges | arena (NUL-terminated paths).
 */
export const WARM_MAGIC = 0x31575255; // "URW1"
export const WARM_VERSION = 1;
export const HEADER_BYTES = 40;
export const RECORD_BYTES = 24;
export const RANGE_BYTES = 16;

/** As in native/warm/plan.h. */
export const RECORDS_MAX = 4 * 2 ** 20;
export const RANGES_MAX = 16 * 2 ** 20;
export const ARENA_BYTES_MAX = 2 ** 30;
export const PATH_BYTES_MAX = 4095;

/** Byte offsets of the fields of the header. */
export const HEADER = { magic: 0, version: 4, headerBytes: 8, recordBytes: 12, recordCount: 16, rangeCount: 20, arenaBytes: 24, totalBytes: 32 } as const;
/** Byte offsets of the fields of a record. */
export const RECORD = { path: 0, flags: 4, type: 6, size: 8, rangeStart: 16, rangeCount: 20 } as const;

/** Values are part of the format: append, never renumber. */
export const FLAG = { noFollow: 1, open: 2, list: 4, readlink: 8, execute: 16 } as const;
export const TYPES = ['unknown', 'absent', 'file', 'directory', 'symlink', 'other'] as const;
export type WarmType = (typeof TYPES)[number];

/** Bytes `offset` .. `offset + bytes` of a file. */
export interface WarmRange {
  readonly offset: number;
  readonly bytes: number;
}

/** One path and what to do with it besides looking it up. */
export interface WarmRecord {
  /** Absolute; latin1, one char per byte. */
  readonly path: string;
  /** A final symlink is not followed. */
  readonly noFollow: boolean;
  /** Open it for reading; `ranges` are read. */
  readonly open: boolean;
  readonly list: boolean;
  readonly readlink: boolean;
  /** Read what execve reads: its loadable segments and its interpreter. */
  readonly execute: boolean;
  readonly ranges: readonly WarmRange[];
  /** What was recorded. */
  readonly type: WarmType;
  /** Bytes of a regular file; null when not known. */
  readonly size: number | null;
}
