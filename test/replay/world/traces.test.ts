import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { CODE } from '../../../replay/plan/format.js';
import { ProgramView } from '../../../replay/plan/view.js';
import { loadTrace } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import type { PlanOptions } from '../../../replay/world/types.js';

// dist/test/replay/world -> the repository
const FIXTURES = fileURLToPath(new URL('../../../../test/fixtures/', import.meta.url));
const LOGS = ['', 'traces/', 'strace/'].flatMap((folder) =>
  readdirSync(FIXTURES + folder).filter((name) => /\.strace(?:\.gz)?$/.test(name)).map((name) => folder + name));
const MODES: readonly PlanOptions[] = [
  { mode: 'sandbox' }, { mode: 'confined', root: Buffer.from('/tmp/root') }, { mode: 'live' },
];

for (const name of LOGS) {
  test(`${name}: every call is an op or has a reason; dependencies point back`, async () => {
    const trace = await loadTrace(FIXTURES + name);
    for (const options of MODES) {
      const plan = resolve(trace, options);
      const skipped = plan.ledger.reduce((sum, entry) => sum + entry.count, 0);
      assert.equal(plan.calls, trace.length);
      assert.equal(plan.ops + skipped, trace.length);
      assert.equal(plan.callOf.length, plan.ops);
      const seen = new Set<number>();
      for (const call of plan.callOf) {
        assert.equal(plan.reasonOf(call), null);
        assert.ok(!seen.has(call));
        seen.add(call);
      }
      checkProgram(plan.program, options.mode);
    }
  });
}

/** Each op uses a slot only while it is filled, and depends on whatever filled or emptied it. */
function checkProgram(program: Uint8Array, mode: string): void {
  const view = new ProgramView(program);
  const filled = new Map<number, number>();
  for (let i = 0; i < view.setupCount; i++) {
    const op = view.setup(i);
    if (op.out !== undefined) filled.set(op.out, -1);
  }
  for (let i = 0; i < view.opCount; i++) {
    const op = view.op(i);
    assert.ok((op.deps ?? []).every((dep) => dep < i));
    for (const slot of [op.fd, op.fd2]) {
      if (slot === undefined || slot < 0) continue;
      const maker = filled.get(slot);
      assert.ok(maker !== undefined, `op ${i} (line ${op.line}) uses slot ${slot}, which is empty`);
      assert.ok(maker < 0 || reaches(view, i, maker), `op ${i} does not wait for op ${maker}, which fills its slot`);
    }
    if (op.code === 'close' && op.fd !== undefined) filled.delete(op.fd);
    if ((op.code === 'dup2' || op.code === 'dup3') && op.fd2 !== undefined) filled.delete(op.fd2);
    if (op.out !== undefined) filled.set(op.out, i);
    if (mode === 'confined' && op.path?.[0] === 0x2f) {
      assert.match(Buffer.from(op.path).toString('latin1'), /^\/tmp\/root(?:\/|$)/);
    }
    assert.ok(view.code(i) !== CODE.set_cwd_slot);
  }
}

/** Whether op `from` waits, directly or through others, for op `to`. */
function reaches(view: ProgramView, from: number, to: number): boolean {
  const stack = [from];
  const visited = new Set<number>();
  for (let op = stack.pop(); op !== undefined; op = stack.pop()) {
    if (op === to) return true;
    if (op < to || visited.has(op)) continue;
    visited.add(op);
    stack.push(...view.deps(op));
  }
  return false;
}
