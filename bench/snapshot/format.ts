/**
 * What `record --snapshot` keeps beside a log, as LOG.snapshot.tar: the contents of the regular files that the program
 * touched, in an archive that any tar reads, with a manifest as its last member, so that one that was cut off is known.
 */
export const SNAPSHOT_SCHEMA = 'uring-replay/snapshot@1';
export const MANIFEST_NAME = '.uring-replay-snapshot';
export const SNAPSHOT_BYTES_MAX = 256 * 2 ** 20;

/**
 * limit: it would have exceeded the size allowed. unreadable: may not be opened or read. special: a device, pipe or
 * socket, or in procfs or sysfs. vanished: not there any more. changed: not as long as the log shows.
 */
export type LeftOutReason = 'limit' | 'unreadable' | 'special' | 'vanished' | 'changed';

export interface LeftOut {
  /** As in the log, one char per byte. */
  readonly path: string;
  /** Bytes, as the log shows. */
  readonly size: number;
  readonly reason: LeftOutReason;
}

export interface SnapshotSummary {
  readonly files: number;
  /** Of their contents. */
  readonly bytes: number;
  readonly bytesMax: number;
  readonly leftOut: readonly LeftOut[];
}

export interface Manifest extends SnapshotSummary {
  readonly schema: typeof SNAPSHOT_SCHEMA;
  /** ISO 8601. */
  readonly date: string;
  /** sha256 of the (decompressed) log, hex: the contents belong to this log and no other. */
  readonly logDigest: string;
  /** Path (one char per byte) and sha256 of its content, hex, in the order of the archive. */
  readonly digests: readonly (readonly [string, string])[];
}

export function snapshotFileOf(log: string): string {
  return `${log}.snapshot.tar`;
}
