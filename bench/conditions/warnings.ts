/** What of the storage should make a reader careful; the wording is pinned by a test. */
import type { ArmResult } from '../result/result.js';
import type { Warning } from '../judge/warning.js';
import type { StorageConditions } from './storage.js';

const LATENCY_EXCESS_MAX = 0.02;
const LATE_SHARE_MAX = 0.2;
/** Fewer device reads per call than this, and a cold pass measures mostly what one read brought along. */
const READS_PER_CALL_MIN = 0.1;

export function storageWarnings(storage: StorageConditions | null, arms: readonly ArmResult[]): Warning[] {
  if (storage === null) return [];
  return [...lateReplies(storage), ...inMemory(storage), ...fewReads(arms)];
}

function lateReplies({ latencyNs, servedNs }: StorageConditions): Warning[] {
  if (latencyNs === null || latencyNs === 0 || servedNs === null) return [];
  const { mean, late } = servedNs;
  const share = late === undefined ? 0 : late.count / late.replies;
  if (mean / latencyNs - 1 <= LATENCY_EXCESS_MAX && share <= LATE_SHARE_MAX) return [];
  const replies = late === undefined ? '' : `, and ${(100 * share).toPrecision(2)} % of its replies were more than 2 % late`;
  return [
    {
      code: 'latency',
      message: `The file system answered after ${(mean / 1e6).toPrecision(4)} ms on average instead of ${latencyNs / 1e6} ms${replies}: the CPUs were busy, or taken by the host of a virtual machine.`,
      remedy: 'End other programs, use fewer workers or a longer latency, or run as root, which gives the file system real-time priority.',
    },
  ];
}

function inMemory({ how }: StorageConditions): Warning[] {
  if (!how.includes('in memory')) return [];
  return [
    {
      code: 'cold-memory',
      message: 'The image of the cold sandbox lies in memory: its reads cost no disk.',
      remedy: 'Set TMPDIR to a directory on a disk whose file system supports O_DIRECT.',
    },
  ];
}

function fewReads(arms: readonly ArmResult[]): Warning[] {
  const arm = arms.find(({ cache, storage, calls }) => cache === 'cold' && storage?.deviceReads != null && storage.deviceReads.median < READS_PER_CALL_MIN * calls);
  if (arm?.storage?.deviceReads == null) return [];
  return [
    {
      code: 'cold-reads',
      message: `A cold pass of ${arm.calls} calls needed only ${arm.storage.deviceReads.median} device reads: the files lie close together, so that one read brings many along.`,
      remedy: 'Run as root with mke2fs and losetup, so that the sandbox gets an image of its own with a block for each file, or use --latency 1ms.',
    },
  ];
}
