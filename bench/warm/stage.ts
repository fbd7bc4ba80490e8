/**
 * Where the measured commands run: with all files of this host under their own paths, on storage that can be made
 * cold. Behind a latency that is a root directory of its own, a FUSE file system that shows `/` (read-only), with
 * the host's devices and scratch directories bound into it.
 */
import { existsSync, realpathSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { UringReplayError } from '../../replay/errors.js';
import { makeTemporary } from '../../replay/temporary.js';
import type { CommandPlace } from '../record/command-time.js';
import { allDevices } from '../conditions/device.js';
import { DropCaches } from '../conditions/drop-caches.js';
import { LatencyFs } from '../conditions/latency-fs.js';
import type { Storage } from '../conditions/storage.js';

export interface Stage {
  readonly place: CommandPlace;
  /** null: as the host is; nothing can be made cold. */
  readonly storage: Storage | null;
  close(): Promise<void>;
}

export interface StageWish {
  /** null: the disks as they are. */
  readonly latencyNs: number | null;
  /** Whether anything has to be made cold. */
  readonly cold: boolean;
}

/** Seen as they are: what the kernel shows, and where a program may write. All else is behind the latency. */
const BOUND = ['/proc', '/sys', '/dev', '/run', '/tmp'];

/** Rejects with UR_NO_LATENCY or UR_NO_COLD_CACHE: why not, and what to do. */
export async function openStage(wish: StageWish, isRoot = process.getuid?.() === 0): Promise<Stage> {
  if (wish.latencyNs !== null) return slowStage(wish.latencyNs, isRoot);
  const storage = wish.cold ? droppable(isRoot) : null;
  return { place: { descendants: true }, storage, close: async () => storage?.close() };
}

async function slowStage(latencyNs: number, isRoot: boolean): Promise<Stage> {
  const mount = makeTemporary('uring-replay-slow-');
  try {
    const storage = await LatencyFs.open({ source: '/', mount, latencyNs, namespace: isRoot ? 'mount' : 'user' });
    const scratch = realpathSync(tmpdir());
    const binds = [...BOUND.filter((dir) => existsSync(dir)), ...(BOUND.some((dir) => `${scratch}/`.startsWith(`${dir}/`)) ? [] : [scratch])];
    return {
      place: { launcher: storage.launcher, root: mount, binds, cwd: process.cwd(), descendants: true },
      storage,
      close: async () => {
        await storage.close();
        remove(mount);
      },
    };
  } catch (error) {
    remove(mount);
    throw error;
  }
}

/** Of an empty directory only: whatever should still be mounted there stays untouched. */
function remove(mount: string): void {
  try {
    rmdirSync(mount);
  } catch {
    // left behind, empty or not
  }
}

function droppable(isRoot: boolean): Storage {
  if (!isRoot) {
    throw new UringReplayError('UR_NO_COLD_CACHE', 'only root can make the page cache forget files', 'Run as root, or add --latency 1ms: the files are then behind a file system of ours, which can be made cold without privileges.');
  }
  const devices = allDevices();
  if (devices.length === 0) {
    throw new UringReplayError('UR_NO_COLD_CACHE', 'nothing would show that a run was cold: no file system is on a block device', 'Add --latency 1ms.');
  }
  return new DropCaches(devices);
}
