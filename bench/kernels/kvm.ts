/**
 * Whether hardware virtualisation really runs a guest here. That /dev/kvm opens, even that a VM can be
 * created, proves nothing (nested virtualisation often dies later), so a tiny guest is booted, with a
 * deadline; the answer is remembered per host.
 */
import { accessSync, constants } from 'node:fs';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { cpus, hostname, release } from 'node:os';
import { join } from 'node:path';
import { makeFolders } from '../../replay/folders.js';
import { temporaryFolder } from '../../replay/temporary.js';
import { CACHE_REMEDY, type CachedKernel } from './cache.js';
import { parseFrames } from './frames.js';
import { guestArchive } from './guest.js';
import { consoleTail, qemuVersion, runGuest } from './qemu.js';

export interface KvmAnswer {
  readonly works: boolean;
  /** Why not, or how long the guest took. */
  readonly detail: string;
}

const DEADLINE_MS = 15_000;

/** `cacheDir`: where the answer is kept. `kernel`: what to boot when there is none. */
export async function probeKvm(cacheDir: string, kernel: CachedKernel, signal?: AbortSignal): Promise<KvmAnswer> {
  try {
    accessSync('/dev/kvm', constants.R_OK | constants.W_OK);
  } catch (error) {
    // Not remembered: the user may join the group kvm and try again.
    return { works: false, detail: `/dev/kvm: ${(error as NodeJS.ErrnoException).code ?? 'not accessible'}` };
  }
  const file = join(cacheDir, 'kvm.json');
  const host = [hostname(), release(), cpus().at(0)?.model ?? '', await qemuVersion()].join(' | ');
  const known = JSON.parse(await readFile(file, 'utf8').catch(() => '{}')) as Record<string, KvmAnswer>;
  const answer = known[host] ?? (await boot(kernel, signal));
  if (!(host in known) && signal?.aborted !== true) {
    await makeFolders(cacheDir, CACHE_REMEDY);
    const partial = `${file}.${process.pid}.partial`;
    await writeFile(partial, `${JSON.stringify({ ...known, [host]: answer }, null, 2)}\n`);
    await rename(partial, file);
  }
  return answer;
}

async function boot(kernel: CachedKernel, signal: AbortSignal | undefined): Promise<KvmAnswer> {
  const scratch = temporaryFolder('uring-replay-kvm-');
  try {
    const initrd = join(scratch.path, 'initrd');
    await writeFile(initrd, await guestArchive(kernel, { script: '', modules: [] }, null));
    const end = await runGuest({ kernel: kernel.image, initrd }, { tier: 'kvm', memoryMiB: 256, commandLine: '', deadlineMs: DEADLINE_MS, ...(signal && { signal }) });
    if (parseFrames(end.output).ok) return { works: true, detail: `a guest booted in ${end.seconds.toFixed(1)} s` };
    const said = end.detail === '' ? consoleTail(end.console, 1) : end.detail.split('\n')[0];
    const how = end.end === 'deadline' ? `a guest did not come up within ${DEADLINE_MS / 1000} s` : 'a guest died';
    return { works: false, detail: said === '' ? how : `${how}: ${said}` };
  } finally {
    scratch.remove();
  }
}
