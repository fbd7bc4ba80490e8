import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTrace } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import { treeDigest } from '../../../replay/world/tree/digest.js';
import { createSandbox } from '../../../replay/world/tree/sandbox.js';
import { engines, replay, skip } from './inside.js';

const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/', import.meta.url));

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

for (const { file, divergences } of LOGS) {
  test(`${file}: outcomes in the sandbox are those of the log; the tree is put back`, { skip }, async () => {
    const trace = await loadTrace(FIXTURES + file);
    const plan = resolve(trace, { mode: 'sandbox' });
    const sandbox = await createSandbox(plan.tree);
    try {
      replay(sandbox.path, plan.program, [{ engine: 'serial' }]); // keeps aside what will be changed
      const before = treeDigest(sandbox.path, { content: true });
      for (const report of replay(sandbox.path, plan.program, engines())) {
        const shown = JSON.stringify(report);
        assert.ok(report.divergences.every((count) => count <= divergences), shown);
      }
      assert.equal(treeDigest(sandbox.path, { content: true }), before);
    } finally {
      sandbox.remove();
    }
  });
}
