/** What a comparison of kernels is asked to do, and what is refused before anything starts. */
import { UringReplayError } from '../../replay/errors.js';
import type { ArmChoice } from '../arms/choice.js';
import type { FileSystem } from './image.js';
import type { Tier } from './tier.js';

export interface KernelsSettings extends Omit<ArmChoice, 'affinity' | 'threads' | 'pool'> {
  readonly file: string;
  /** As given to --kernel, in order; the first is what the others are compared with. */
  readonly kernels: readonly string[];
  /** Kernel command lines, each a variant of every kernel; `''` is the default one. */
  readonly commandLines: readonly string[];
  /** null: the best that works here. */
  readonly tier: Tier | null;
  readonly cache: 'warm' | 'cold';
  /** Of the block device, nanoseconds per request; 0 = a RAM disk. */
  readonly latencyNs: number;
  readonly fileSystem: FileSystem;
  /** One inode per block, so that each cold stat reads from the device. */
  readonly scattered: boolean;
  readonly pids: readonly number[] | null;
  /** Guests at a time. */
  readonly parallel: number;
  /** Seconds after which a guest is ended. */
  readonly deadlineSeconds: number;
  /** functional only: also load the addon into a real Node in the guest. */
  readonly node: boolean;
  readonly command?: readonly string[];
  readonly onProgress?: (message: string) => void;
  readonly signal?: AbortSignal;
}

export const KERNELS_DEFAULTS = {
  commandLines: [''],
  tier: null,
  engines: ['serial', 'ring'],
  orders: ['trace'],
  batches: [32],
  window: 'sliding',
  setup: 'auto',
  workers: 0,
  cache: 'warm',
  latencyNs: 0,
  fileSystem: 'ext4',
  scattered: false,
  pids: null,
  deadlineSeconds: 240,
  node: true,
} as const satisfies Omit<KernelsSettings, 'file' | 'kernels' | 'parallel'>;

/** Throws UR_USAGE or UR_NO_COLD_CACHE. */
export function checkKernelsSettings(settings: KernelsSettings): void {
  const usage = (message: string, remedy: string): never => {
    throw new UringReplayError('UR_USAGE', message, remedy);
  };
  if (settings.kernels.length === 0) usage('no kernel named', 'Give --kernel debian:6.12 (repeatable); see "uring-replay kernels list".');
  if (settings.cache === 'cold' && settings.fileSystem === 'tmpfs') {
    throw new UringReplayError('UR_NO_COLD_CACHE', '--cache cold --fs tmpfs: tmpfs is the page cache, it has no cold state', 'Choose another file system.');
  }
  if (settings.latencyNs > 0 && settings.fileSystem === 'tmpfs') usage('--latency: tmpfs has no device that could be slow', 'Choose another --fs.');
  if (settings.latencyNs > 0 && settings.cache === 'warm') usage('--latency: with a warm cache no request reaches the device', 'Add --cache cold.');
  if (settings.scattered && settings.fileSystem !== 'ext4') usage('--scattered spreads the inodes of ext4 only', 'Leave out --scattered or --fs.');
  if (settings.engines.includes('ring') && (settings.orders.length === 0 || settings.batches.length === 0)) {
    usage('the ring engine needs an order and a batch size', 'Give --order and --batch.');
  }
}
