/** Random programs that really ran: what they did to their files is planned, replayed in every way, and put back. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadTrace } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import { treeDigest } from '../../../replay/world/tree/digest.js';
import { createSandbox } from '../../../replay/world/tree/sandbox.js';
import { engines, replay, skip } from './inside.js';

const PROGRAM = fileURLToPath(new URL('../../../../test/replay/world/random-changes.py', import.meta.url));
const PYTHON = ['-I', '-S'];
const SEEDS = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const STEPS = 120;

const works = (command: string, args: readonly string[]): boolean => spawnSync(command, args).status === 0;
const tool = !works('strace', ['-qq', '-o', '/dev/null', 'true']) ? 'strace is missing, or may not trace here'
  : !works('/usr/bin/python3', [...PYTHON, '-c', 'import os; os.copy_file_range']) && 'needs /usr/bin/python3, 3.8 or newer';

function record(seed: number, scratch: string): string {
  const directory = join(scratch, `w${seed}`);
  for (const name of ['a/b', 'c/d', 'b']) mkdirSync(join(directory, name), { recursive: true });
  writeFileSync(join(directory, 'a/a'), 'x'.repeat(3000));
  writeFileSync(join(directory, 'c/d/b'), 'x'.repeat(12_000));
  writeFileSync(join(directory, 'b/c'), 'x');
  writeFileSync(join(directory, 'd'), 'xyz');
  symlinkSync('../c', join(directory, 'a/d'));
  const log = join(scratch, `${seed}.strace`);
  const command = ['-qq', '-f', '-ttt', '-T', '-s', '64', '-o', log, '/usr/bin/python3', ...PYTHON, PROGRAM, String(seed), String(STEPS)];
  const { status, stderr } = spawnSync('strace', command, { cwd: directory, encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  return log;
}

test('random changes: outcomes are those of the log, and the tree is put back', { skip: skip || tool }, async () => {
  const scratch = mkdtempSync(join(tmpdir(), 'random-changes-'));
  try {
    for (const seed of SEEDS) {
      const plan = resolve(await loadTrace(record(seed, scratch)), { mode: 'sandbox' });
      const sandbox = await createSandbox(plan.tree);
      try {
        const before = treeDigest(sandbox.path, { content: true });
        for (const report of replay(sandbox.path, plan.program, [...engines(), { engine: 'threads', order: 'deps', threads: 4 }])) {
          assert.ok(report.divergences.every((count) => count === 0), `seed ${seed}: ${JSON.stringify(report)}`);
        }
        assert.equal(treeDigest(sandbox.path, { content: true }), before, `seed ${seed}: the tree is another`);
      } finally {
        sandbox.remove();
      }
    }
  } finally {
    rmSync(scratch, { recursive: true });
  }
});
