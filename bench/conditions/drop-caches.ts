/** The whole machine made cold by /proc/sys/vm/drop_caches (proc_sys_vm(5)), which only root may write. */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { UringReplayError } from '../../replay/errors.js';
import { doubtReads, readsBetween, readsOf, type DeviceNumber, type DeviceReads } from './device.js';
import type { PassCost, Storage, StorageConditions } from './storage.js';

const run = promisify(execFile);
const DROP_CACHES = '/proc/sys/vm/drop_caches';
/** 1: page cache, 2: dentries and inodes. */
const EVERYTHING = '3';

export class DropCaches implements Storage {
  readonly launcher: readonly string[] = [];
  readonly exclusive = false;
  readonly #devices: readonly DeviceNumber[];
  #before: DeviceReads;

  /** `devices`: those that the replayed files are on. Throws UR_NO_COLD_CACHE. */
  constructor(devices: readonly DeviceNumber[]) {
    this.#devices = devices;
    this.#before = readsOf(devices);
  }

  async drop(): Promise<void> {
    try {
      // Only clean pages can be dropped.
      await run('sync');
      writeFileSync(DROP_CACHES, EVERYTHING);
    } catch (error) {
      throw new UringReplayError('UR_NO_COLD_CACHE', `--cache cold: the caches cannot be dropped: ${(error as Error).message} (sync, ${DROP_CACHES})`, 'Run as root outside of a container, or add --latency 1ms, which needs no privilege.', { cause: error });
    }
    this.#before = readsOf(this.#devices);
  }

  take(): Promise<PassCost> {
    const after = readsOf(this.#devices);
    const { reads, bytes } = readsBetween(this.#before, after);
    this.#before = after;
    return Promise.resolve({ requests: null, deviceReads: reads, deviceBytes: bytes });
  }

  doubt(cost: PassCost, first: PassCost): string | null {
    return doubtReads(cost.deviceReads, first.deviceReads);
  }

  describe(): StorageConditions {
    return {
      kind: 'drop-caches',
      how: `page cache, dentries and inodes of the whole machine dropped (${DROP_CACHES}); reads counted on ${this.#devices.join(', ')}, those of other processes included`,
      coldness: 'the device read during each cold pass, at least half as often as in the first',
      latencyNs: null,
      delayed: [],
      servedNs: null,
    };
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
