import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Diagnosis } from '../../../src/doctor/checks.js';

const cli = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));

test('doctor --json: the exit status says whether both engines work', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [cli, 'doctor', '--json'], { encoding: 'utf8' });
  assert.equal(stderr, '');
  const { ok, findings, probe } = JSON.parse(stdout) as Diagnosis;
  assert.equal(status, ok ? 0 : 1);
  const ring = findings.find(({ name }) => name === 'ring replay');
  assert.equal(ring === undefined, probe?.available !== true);
});

test('doctor without programs in the PATH: warnings, and no failure for it', () => {
  const env = { ...process.env, PATH: '/nonexistent' };
  const { stdout, stderr } = spawnSync(process.execPath, [cli, 'doctor', '--json'], { encoding: 'utf8', env });
  assert.equal(stderr, '');
  const { findings } = JSON.parse(stdout) as Diagnosis;
  for (const name of ['strace', 'xz', 'zstd', 'C compiler', 'C++ compiler', 'make']) {
    assert.deepEqual(findings.find((finding) => finding.name === name)?.status, 'warn', name);
  }
});
