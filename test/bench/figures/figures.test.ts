import assert from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { CProgram } from '../../../bench/figures/c-program.js';
import { startUpRatio } from '../../../bench/figures/start-up.js';

test('a C program is asked for passes in a root, and its answer becomes a report', async () => {
  const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
  try {
    const program = path.join(dir, 'ring');
    writeFileSync(program, '#!/bin/sh\necho "$@" > "$0.args"\necho \'{"arm":"ring","wallNs":[10,20],"cpuNs":[5,6],"divergences":3}\'\n');
    chmodSync(program, 0o755);
    const report = await new CProgram('C ring', [program, '--batch', 'all'], '/the/tree', 'direct').run(2);
    assert.deepEqual([[...report.wallNs], [...report.cpuNs], [...report.divergences], report.passes], [[10, 20], [5, 6], [3, 3], 2]);
    assert.equal(readFileSync(`${program}.args`, 'utf8'), '--batch all --root /the/tree --passes 2\n');
  } finally {
    rmSync(dir, { recursive: true });
  }
});

test('a command that fails gives no figure', () => {
  assert.throws(() => startUpRatio(['false'], ['true'], 1), /false: status 1/);
  assert.ok(startUpRatio(['true'], ['true'], 3).median > 0);
});
