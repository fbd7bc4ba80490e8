import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EngineOptions } from '../../../replay/engine.js';
import { loadNative } from '../../../replay/native.js';
import { loadTrace } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import { treeDigest } from '../../../replay/world/tree/digest.js';
import { createSandbox } from '../../../replay/world/tree/sandbox.js';
import type { PassReport } from './passes.js';

const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/', import.meta.url));
const ADDON = fileURLToPath(new URL('../../../../build/Release/uring_replay.node', import.meta.url));
const PASSES = fileURLToPath(new URL('./passes.js', import.meta.url));

/** Logs, and how many of their calls cannot come out as logged, with the cause. */
const LOGS: readonly { readonly file: string; readonly divergences: number; readonly why?: string }[] = [
  { file: 'python-startup.strace', divergences: 0 },
  { file: 'traces/gcc.f-ttt-T.strace.gz', divergences: 0 },
  { file: 'traces/gitstatus.f-ttt-T.strace.gz', divergences: 0 },
  { file: 'traces/node.f-ttt-T.strace.gz', divergences: 0 },
  { file: 'traces/python.f-ttt-T.strace.gz', divergences: 0 },
  { file: 'traces/ruby.f-ttt-T.strace.gz', divergences: 0 },
  { file: 'traces/sh.f-ttt-T.strace.gz', divergences: 0 },
  {
    file: 'traces/changes.f-ttt-T.strace.gz',
    divergences: 1,
    why: 'one O_CREAT|O_TRUNC overwrites a file that the log never shows before; the tree has it not, a listing does',
  },
];

const unshare = process.getuid?.() === 0 ? [] : ['unshare', '--user', '--map-root-user'];
const allowed = spawnSync(unshare[0] ?? 'true', [...unshare.slice(1), 'true']).status === 0;
const skip = !existsSync(ADDON) ? 'the addon is not built' : !allowed && 'needs root or user namespaces to enter a sandbox';

for (const { file, divergences } of LOGS) {
  test(`${file}: outcomes in the sandbox are those of the log; the tree is put back`, { skip }, async () => {
    const trace = await loadTrace(FIXTURES + file);
    const plan = resolve(trace, { mode: 'sandbox' });
    const scratch = mkdtempSync(join(tmpdir(), 'plan-'));
    const sandbox = await createSandbox(plan.tree);
    try {
      const program = join(scratch, 'program');
      writeFileSync(program, plan.program);
      run(sandbox.path, program, [{ engine: 'serial' }]); // keeps aside what will be changed
      const before = treeDigest(sandbox.path, { content: true });
      for (const report of run(sandbox.path, program, engines())) {
        const shown = JSON.stringify(report);
        assert.ok(report.divergences.every((count) => count <= divergences), shown);
      }
      assert.equal(treeDigest(sandbox.path, { content: true }), before);
    } finally {
      sandbox.remove();
      rmSync(scratch, { recursive: true });
    }
  });
}

function engines(): EngineOptions[] {
  const serial: EngineOptions[] = [{ engine: 'serial' }];
  if (!loadNative().probe().available) return serial;
  const ring = (order: 'trace' | 'deps', batch: number): EngineOptions => ({ engine: 'ring', order, batch });
  return [...serial, ring('trace', 1), ring('trace', 32), ring('deps', 0)];
}

function run(directory: string, program: string, options: readonly EngineOptions[]): PassReport[] {
  const command = [...unshare, process.execPath, PASSES, directory, program, JSON.stringify(options)];
  const child = spawnSync(command[0], command.slice(1), { encoding: 'utf8', maxBuffer: 1 << 28 });
  assert.equal(child.status, 0, child.stderr);
  return JSON.parse(child.stdout) as PassReport[];
}
