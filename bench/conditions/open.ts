/** Which storage a run needs, and how it can be had on this host. */
import { accessSync, constants } from 'node:fs';
import { UringReplayError } from '../../replay/errors.js';
import type { ArmStart } from '../arms/arm-process.js';
import { allDevices, deviceOf } from './device.js';
import { DropCaches } from './drop-caches.js';
import { ImageStorage } from './image.js';
import { LatencyFs } from './latency-fs.js';
import type { NamespaceKind } from './namespace.js';
import type { Storage } from './storage.js';

export interface StorageWish {
  readonly cache: 'warm' | 'cold' | 'both';
  /** null: the latency that the device has. */
  readonly latencyNs: number | null;
  /** The sandbox's directory; null: the real file system. */
  readonly dir: string | null;
  /** How arms are started: it decides in which namespaces they can follow. */
  readonly start: ArmStart;
  readonly writable: boolean;
}

/** null: nothing is needed. Rejects with UR_NO_LATENCY or UR_NO_COLD_CACHE, saying why and what to do. */
export async function openStorage(wish: StorageWish, isRoot = process.getuid?.() === 0): Promise<Storage | null> {
  const { cache, latencyNs, dir, start, writable } = wish;
  if (latencyNs !== null && dir !== null) {
    return LatencyFs.open({ source: dir, mount: dir, latencyNs, namespace: namespaceFor(start, isRoot), writable });
  }
  if (cache === 'warm') return null;
  if (!isRoot) {
    throw new UringReplayError('UR_NO_COLD_CACHE', '--cache cold: only root can make the page cache forget files', 'Run as root, or add --latency 1ms: the sandbox is then behind a file system of ours, which can be made cold without privileges.');
  }
  if (dir === null) return dropCaches(allDevices(), 'no file system is on a block device');
  try {
    return await ImageStorage.open({ dir, writable });
  } catch (error) {
    if (!(error instanceof UringReplayError) || !mayDropCaches()) throw error;
    const device = deviceOf(dir);
    return dropCaches(device === null ? [] : [device], `${error.message.replace('--cache cold: ', '')}; and ${dir} is on no block device`);
  }
}

function namespaceFor(start: ArmStart, isRoot: boolean): NamespaceKind {
  if (start === 'unshare') return 'user';
  return isRoot ? 'mount' : 'none';
}

function dropCaches(devices: readonly string[], reason: string): DropCaches {
  if (devices.length === 0) {
    throw new UringReplayError('UR_NO_COLD_CACHE', `--cache cold: nothing would show that a pass was cold: ${reason}`, 'Use --latency 1ms, or set TMPDIR to a directory on a disk.');
  }
  return new DropCaches(devices);
}

function mayDropCaches(): boolean {
  try {
    accessSync('/proc/sys/vm/drop_caches', constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
