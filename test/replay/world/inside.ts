/** Replays programs in processes of their own, in a sandbox as root directory or as they are. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { EngineOptions } from '../../../replay/engine.js';
import { loadNative } from '../../../replay/native.js';
import { traceOf } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import { createSandbox } from '../../../replay/world/tree/sandbox.js';
import type { Plan } from '../../../replay/world/types.js';
import type { PassReport } from './passes.js';

const ADDON = fileURLToPath(new URL('../../../../build/Release/uring_replay.node', import.meta.url));
const PASSES = fileURLToPath(new URL('./passes.js', import.meta.url));
/** A replay of a few thousand calls that takes longer hangs. */
const PATIENCE_MS = 120_000;

const unshare = process.getuid?.() === 0 ? [] : ['unshare', '--user', '--map-root-user'];
const allowed = spawnSync(unshare[0] ?? 'true', [...unshare.slice(1), 'true']).status === 0;

/** Why sandboxes cannot be entered here; false when they can. */
export const skip = !existsSync(ADDON) ? 'the addon is not built' : !allowed && 'needs root or user namespaces to enter a sandbox';

/** Serial, and the ring where this kernel has one. */
export function engines(): EngineOptions[] {
  const serial: EngineOptions[] = [{ engine: 'serial' }];
  if (!loadNative().probe().available) return serial;
  const ring = (order: 'trace' | 'deps', batch: number): EngineOptions => ({ engine: 'ring', order, batch });
  return [...serial, ring('trace', 1), ring('trace', 32), ring('deps', 0)];
}

/** `directory` becomes the root directory; null: none does. */
export function replay(directory: string | null, program: Uint8Array, options: readonly EngineOptions[]): PassReport[] {
  const scratch = mkdtempSync(join(tmpdir(), 'plan-'));
  try {
    const file = join(scratch, 'program');
    writeFileSync(file, program);
    const command = [...(directory === null ? [] : unshare), process.execPath, PASSES, directory ?? '', file, JSON.stringify(options)];
    const child = spawnSync(command[0], command.slice(1), { encoding: 'utf8', maxBuffer: 1 << 28, timeout: PATIENCE_MS });
    assert.equal(child.status, 0, child.error?.message ?? child.stderr);
    return JSON.parse(child.stdout) as PassReport[];
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** Replays a log with every engine; no outcome may differ. */
export async function replayed(log: string, mode: 'sandbox' | 'confined'): Promise<Plan> {
  const trace = traceOf(Buffer.from(log), 'test.strace');
  const sandbox = await createSandbox(resolve(trace, { mode: 'sandbox' }).tree, { confined: mode === 'confined' });
  try {
    const plan = resolve(trace, mode === 'confined' ? { mode, root: Buffer.from(sandbox.path) } : { mode });
    const reports = replay(mode === 'confined' ? null : sandbox.path, plan.program, engines());
    for (const report of reports) assert.deepEqual(report.first, [], report.options.engine);
    return plan;
  } finally {
    sandbox.remove();
  }
}
