/** Whether files can be made cold or slow for an experiment. Tried, on an empty directory. */
import { openStorage, type StorageWish } from '../../bench/conditions/open.js';
import { UringReplayError } from '../../replay/errors.js';
import { temporaryFolder, type TemporaryFolder } from '../../replay/temporary.js';
import { ok, warn, type Finding } from './finding.js';

const LATENCY = 'latency (--latency)';
const COLD = 'cold cache (--cache cold)';

export async function storageFindings(isRoot = process.getuid?.() === 0): Promise<Finding[]> {
  let folder: TemporaryFolder;
  try {
    folder = temporaryFolder('uring-replay-doctor-');
  } catch (error) {
    if (!(error instanceof UringReplayError)) throw error;
    return [LATENCY, COLD].map((name) => warn(name, error.message, error.remedy!));
  }
  const wish: StorageWish = { cache: 'cold', latencyNs: null, dir: folder.path, start: 'direct', writable: false };
  try {
    // As arms are started: directly by root, in a user namespace by others; else where they cannot enter a root.
    const slow = { ...wish, latencyNs: 1e6 };
    const latency = isRoot ? [slow] : [{ ...slow, start: 'unshare' as const }, slow];
    return [await tryOut(LATENCY, latency, isRoot), await tryOut(COLD, [wish], isRoot)];
  } finally {
    folder.remove();
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
