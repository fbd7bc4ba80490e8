import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { EngineOptions } from '../../../replay/engine.js';
import { loadTrace } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import { treeDigest } from '../../../replay/world/tree/digest.js';
import { createSandbox } from '../../../replay/world/tree/sandbox.js';
import { engines, replay, skip } from './inside.js';

const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/', import.meta.url));

const LOGS = [
  'python-startup.strace', 'strace/6.1-f_retval.strace',
  ...['gcc.f-ttt-T', 'gitstatus.f-ttt-T', 'node.f-ttt-T', 'python.f-ttt-T', 'ruby.f-ttt-T', 'sh.f-ttt-T', 'changes.f-ttt-T',
    'exchange.f-ttt-T', '6.1-f_v', '6.1-f_raw']
    .map((name) => `traces/${name}.strace.gz`),
];

for (const file of LOGS) {
  test(`${file}: outcomes in the sandbox are those of the log; the tree is put back`, { skip }, async () => {
    const trace = await loadTrace(FIXTURES + file);
    const plan = resolve(trace, { mode: 'sandbox' });
    const sandbox = await createSandbox(plan.tree);
    try {
      replay(sandbox.path, plan.program, [{ engine: 'serial' }]); // keeps aside what will be changed
      const before = treeDigest(sandbox.path, { content: true });
      const wide: EngineOptions[] = [{ engine: 'threads', order: 'deps', threads: 4 }, { engine: 'nop' }, { engine: 'serial' }];
      for (const report of replay(sandbox.path, plan.program, [...engines(), ...wide])) {
        assert.ok(report.divergences.every((count) => count === 0), JSON.stringify(report));
      }
      assert.equal(treeDigest(sandbox.path, { content: true }), before);
    } finally {
      sandbox.remove();
    }
  });
}
