/** Whether files can be made cold or slow for an experiment. Tried, on an empty directory. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openStorage, type StorageWish } from '../../bench/conditions/open.js';
import { UringReplayError } from '../../replay/errors.js';
import { ok, warn, type Finding } from './finding.js';

export async function storageFindings(isRoot = process.getuid?.() === 0): Promise<Finding[]> {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'uring-replay-doctor-')));
  const wish: StorageWish = { cache: 'cold', latencyNs: null, dir, start: 'direct', writable: false };
  try {
    // As arms are started: directly by root, in a user namespace by others; else where they cannot enter a root.
    const slow = { ...wish, latencyNs: 1e6 };
    const latency = isRoot ? [slow] : [{ ...slow, start: 'unshare' as const }, slow];
    return [await tryOut('latency (--latency)', latency, isRoot), await tryOut('cold cache (--cache cold)', [wish], isRoot)];
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** Whichever works first; otherwise why the first does not. */
async function tryOut(name: string, wishes: readonly StorageWish[], isRoot: boolean): Promise<Finding> {
  let refusal: UringReplayError | null = null;
  for (const wish of wishes) {
    try {
      const storage = (await openStorage(wish, isRoot))!;
      try {
        await storage.drop();
        return ok(name, storage.describe().how);
      } finally {
        await storage.close();
      }
    } catch (error) {
      if (!(error instanceof UringReplayError)) throw error;
      refusal ??= error;
    }
  }
  return warn(name, refusal!.message.replace(/^--\w+( cold)?: /, ''), refusal!.remedy ?? 'See docs/conditions.md.');
}
