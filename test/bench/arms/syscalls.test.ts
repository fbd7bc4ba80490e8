/** Kernel entries that only the kernel counts: Node with libuv's threads. */
import assert from 'node:assert/strict';
import { closeSync } from 'node:fs';
import { test } from 'node:test';
import { ArmProcess, openProgram } from '../../../bench/arms/arm-process.js';
import { NODE_ARM } from '../../../bench/arms/node-channel.js';
import { partOf } from '../../../bench/arms/parts.js';
import { syscallsPerPass } from '../../../bench/arms/syscalls.js';
import { resolve } from '../../../replay/world/resolve.js';
import { loadTrace } from '../../../replay/strace/load.js';
import { PYTHON_STARTUP } from '../real.js';

test('one call after another takes about as many kernel entries, the thread pool takes more', async (t) => {
  const { program, ops } = partOf(resolve(await loadTrace(PYTHON_STARTUP), { mode: 'live' }), 'fs');
  const programFd = openProgram(program);
  const entriesOf = async (engine: 'libuv/sync' | 'libuv/promises'): Promise<number | null> => {
    const arm = new ArmProcess({ id: engine, start: 'direct', programFd, main: NODE_ARM });
    try {
      await arm.prepare({ options: { engine }, programBytes: program.length, root: null });
      await arm.run(20);
      const { syscalls } = await arm.count();
      return syscalls ?? null;
    } finally {
      await arm.close();
    }
  };
  try {
    const sync = await entriesOf('libuv/sync');
    if (sync === null) {
      t.skip('tracefs or perf events are out of reach here');
      return;
    }
    assert.ok(sync >= ops && sync < 2 * ops, `${sync} entries for ${ops} calls`);
    const promises = await entriesOf('libuv/promises');
    assert.ok(promises !== null && promises > 2 * ops, `${promises ?? -1} entries for ${ops} calls`);
  } finally {
    closeSync(programFd);
  }
});

test('a process that has gone is an error, not a figure', async () => {
  const gone = { pid: 2 ** 30, run: () => Promise.resolve() };
  const outcome = await syscallsPerPass(gone).catch((error: unknown) => (error as NodeJS.ErrnoException).code);
  assert.ok(outcome === 'ENOENT' || outcome === null, String(outcome));
});
