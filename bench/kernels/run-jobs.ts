/** Boots guests, several at a time. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder } from '../../replay/temporary.js';
import { deviceCommandLine, guestArchive, planGuest } from './guest.js';
import type { Payload } from './guest.js';
import { readOutcome } from './outcome.js';
import type { GuestFailure, GuestOutcome } from './outcome.js';
import { runGuest } from './qemu.js';
import type { Tier } from './tier.js';
import type { GuestJob } from './variants.js';

export interface FinishedJob {
  readonly job: GuestJob;
  readonly outcome: GuestOutcome | GuestFailure;
}

export interface JobsOptions {
  readonly tier: Tier;
  readonly parallel: number;
  readonly deadlineMs: number;
  readonly signal?: AbortSignal;
  readonly onProgress: (message: string) => void;
}

/** Runs `work` on every item, at most `parallel` at a time; results in the order of the items. */
export async function inParallel<T, R>(items: readonly T[], parallel: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < items.length) {
      const index = next++;
      results[index] = await work(items[index]);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, items.length) }, worker));
  return results;
}

async function runJob(job: GuestJob, payload: Payload, options: JobsOptions): Promise<FinishedJob> {
  const plan = planGuest(job.variant.kernel, payload, job.arms, options.tier);
  const scratch = temporaryFolder('uring-replay-initrd-');
  try {
    const initrd = join(scratch.path, 'initrd');
    await writeFile(initrd, await guestArchive(job.variant.kernel, plan, payload));
    const end = await runGuest({ kernel: job.variant.kernel.image, initrd }, {
      tier: options.tier,
      memoryMiB: plan.memoryMiB,
      commandLine: [deviceCommandLine(payload), job.variant.commandLine].filter((part) => part !== '').join(' '),
      deadlineMs: options.deadlineMs,
      ...(options.signal && { signal: options.signal }),
    });
    return { job, outcome: readOutcome(end, job.arms, payload.passes) };
  } finally {
    scratch.remove();
  }
}

export async function runJobs(jobs: readonly GuestJob[], payload: Payload, options: JobsOptions): Promise<FinishedJob[]> {
  let finished = 0;
  const say = (job: GuestJob): void => {
    options.onProgress(`guests (${options.tier}): ${finished} of ${jobs.length} done, now ${job.variant.label} ${job.arms.map((arm) => arm.id).join(', ')}`);
  };
  return inParallel(jobs, options.parallel, async (job) => {
    say(job);
    options.signal?.throwIfAborted();
    const result = await runJob(job, payload, options);
    finished++;
    say(job);
    return result;
  });
}
