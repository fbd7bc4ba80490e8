/**
 * How often an arm enters the kernel that does not count it itself: Node and libuv with all their threads, counted by
 * the kernel's own tracepoint in passes of their own.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { UringReplayError } from '../../replay/errors.js';
import { loadNative } from '../../replay/native.js';

export interface Counted {
  readonly pid: number | undefined;
  run(passes: number): Promise<unknown>;
}

const ID = 'events/raw_syscalls/sys_enter/id';
const MOUNTS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];
/** What asks for passes and answers is in both, and so not in their difference. */
const PASSES = [1, 6] as const;
/** getrusage(2) before and after a pass (replay/libuv/replay.ts). */
const OWN_PER_PASS = 2;

/** null where tracefs or perf events are out of reach. */
export async function syscallsPerPass(arm: Counted): Promise<number | null> {
  tracepoint ??= tracepointId();
  if (tracepoint < 0) return null;
  try {
    const [few, more] = [await entries(arm, tracepoint, PASSES[0]), await entries(arm, tracepoint, PASSES[1])];
    return Math.max(0, Math.round((more - few) / (PASSES[1] - PASSES[0])) - OWN_PER_PASS);
  } catch (error) {
    if (error instanceof UringReplayError && error.code === 'UR_PERF') return null;
    throw error;
  }
}

async function entries(arm: Counted, id: number, passes: number): Promise<number> {
  const threads = readdirSync(`/proc/${arm.pid ?? 0}/task`).map(Number);
  const count = loadNative().countSyscalls(id, threads);
  try {
    await arm.run(passes);
    return count.total();
  } finally {
    count.close();
  }
}

let tracepoint: number | null = null;

/** -1: not known. Where tracefs is not mounted, root mounts it in a namespace of its own to look. */
function tracepointId(): number {
  for (const mount of MOUNTS) {
    try {
      return Number(readFileSync(`${mount}/${ID}`, 'latin1'));
    } catch {
      // Not mounted there, or not readable.
    }
  }
  const look = `mount -t tracefs tracefs ${MOUNTS[0]} && cat ${MOUNTS[0]}/${ID}`;
  const { status, stdout } = spawnSync('unshare', ['--mount', '--propagation', 'private', '--', 'sh', '-c', look], { encoding: 'latin1', stdio: ['ignore', 'pipe', 'ignore'] });
  return status === 0 ? Number(stdout) : -1;
}
