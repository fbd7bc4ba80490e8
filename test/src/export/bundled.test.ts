import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { compilerEnvironment } from '../../../bench/figures/compiler-environment.js';
import { enter, noLiburing, noRoot } from './compile.js';

const cli = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const fixture = fileURLToPath(new URL('../../../../test/fixtures/python-startup.strace', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
after(() => {
  rmSync(dir, { recursive: true });
});

test('the bundled trace, exported by the command line, built and run: no divergence in either program', { skip: noLiburing !== false ? noLiburing : noRoot }, () => {
  const output = join(dir, 'replay');
  const exported = spawnSync(process.execPath, [cli, 'export', 'c', fixture, '-o', output, '--json'], { encoding: 'utf8' });
  assert.equal(exported.status, 0, exported.stderr);
  assert.deepEqual((JSON.parse(exported.stdout) as { output: string }).output, output);
  const made = spawnSync('make', ['CFLAGS=-O2 -Wall -Wextra -Werror'], { cwd: output, env: compilerEnvironment(), encoding: 'utf8' });
  assert.equal(made.status, 0, made.stderr);
  const calls = /#define OPS (\d+)/.exec(readFileSync(join(output, 'ops.h'), 'utf8'))![1];
  for (const program of [['serial'], ['ring', '--batch', '1'], ['ring', '--batch', '32'], ['ring', '--batch', 'all', '--order', 'deps']]) {
    const [command, ...args] = [...enter, `./${program[0]}`, '--passes', '5', ...program.slice(1)];
    const { status, stdout, stderr } = spawnSync(command, args, { cwd: output, encoding: 'utf8' });
    assert.deepEqual([status, stderr], [0, ''], program.join(' '));
    assert.match(stdout, new RegExp(`"calls":${calls},"divergences":0,`));
  }

  const again = spawnSync(process.execPath, [cli, 'export', 'c', fixture, '-o', output], { encoding: 'utf8' });
  assert.equal(again.status, 2);
  assert.match(again.stderr, /replay is not empty\n {2}Name a new folder/);
});

test('a log that does not exist, an option that is missing: exit status 2', () => {
  const missing = spawnSync(process.execPath, [cli, 'export', 'c', join(dir, 'no.strace'), '-o', join(dir, 'x')], { encoding: 'utf8' });
  assert.equal(missing.status, 2);
  assert.match(missing.stderr, /no\.strace/);
  const incomplete = spawnSync(process.execPath, [cli, 'export', 'c', fixture], { encoding: 'utf8' });
  assert.equal(incomplete.status, 2);
  assert.match(incomplete.stderr, /--output/);
});
