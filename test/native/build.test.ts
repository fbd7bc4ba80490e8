import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { PACKAGE_DIR } from './binaries.js';

const work = mkdtempSync(join(tmpdir(), 'uring-replay-build-'));
after(() => { rmSync(work, { recursive: true }); });
const scripts = join(work, 'native', 'build');
mkdirSync(scripts, { recursive: true });
cpSync(join(PACKAGE_DIR, 'native', 'build'), scripts, { recursive: true });
writeFileSync(join(work, 'binding.gyp'), '{}');

/** A build script in a place of its own, with nothing but `env`. */
function script(name: string, args: readonly string[], env: Record<string, string>): { readonly status: number | null; readonly text: string } {
  const run = spawnSync(process.execPath, [join(scripts, name), ...args], { env, encoding: 'utf8' });
  return { status: run.status, text: run.stdout + run.stderr };
}

test('without liburing and without apt the error names the package per distribution', () => {
  const run = script('liburing.mjs', ['libs'], { PATH: '/nonexistent', CC: '/nonexistent/cc' });
  assert.equal(run.status, 1);
  for (const name of ['apt-get install liburing-dev', 'dnf install liburing-devel', 'apk add liburing-dev', 'pacman -S liburing']) {
    assert.ok(run.text.includes(name), run.text);
  }
});

test('without a compiler, make and python3 the error names the packages', () => {
  const run = script('build.mjs', [], { PATH: '/nonexistent', CXX: '/nonexistent/c++' });
  assert.equal(run.status, 1);
  assert.match(run.text, /missing to build the native part: a C\+\+ compiler, make, python3\./);
  assert.match(run.text, /apt-get install g\+\+ make python3/);
});

test('a missing clang-format is said, and is no failure', () => {
  const run = script('format.mjs', ['--check'], { PATH: '/nonexistent' });
  assert.equal(run.status, 0);
  assert.match(run.text, /^SKIPPED: clang-format is not installed.*apt-get install clang-format/);
});

test('the test script says when no test matches, and passes node\'s status on', () => {
  const dir = join(work, 'dist', 'test');
  mkdirSync(dir, { recursive: true });
  mkdirSync(join(work, 'test'), { recursive: true });
  for (const name of ['good', 'bad']) writeFileSync(join(work, 'test', `${name}.test.ts`), '');
  writeFileSync(join(dir, 'seed.js'), '');
  writeFileSync(join(dir, 'good.test.js'), 'require("node:test").test("good", () => {});');
  writeFileSync(join(dir, 'bad.test.js'), 'require("node:test").test("bad", () => { throw new Error("bad"); });');
  // Left by an earlier version: no source.
  writeFileSync(join(dir, 'good.old.test.js'), 'require("node:test").test("good old", () => { throw new Error("old"); });');
  const env = { PATH: process.env.PATH ?? '' };
  assert.equal(script('test.mjs', ['nothing'], env).status, 2);
  assert.match(script('test.mjs', ['good'], env).text, /pass 1[^]*fail 0/);
  assert.equal(script('test.mjs', [], env).status, 1);
  assert.equal(script('test.mjs', ['--test-name-pattern=good', 'test/good.test.ts'], env).status, 0);
});
