/** The quick commands from the bundle: as from their modules, with or without a code cache that this Node takes. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'node:test';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { runInThisContext } from 'node:vm';
import { gzipSync } from 'node:zlib';
import { QUICK } from '../../../src/cli/quick.js';
import { fixture } from '../analysis/logs.js';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));
const START = 'dist/src/bundle/start.cjs';
const CACHE = 'dist/src/bundle/quick.cache';

interface Outcome { readonly status: number | null; readonly stdout: string; readonly stderr: string }

function run(root: string, entry: string, args: readonly string[]): Outcome {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, entry), ...args], { encoding: 'utf8', maxBuffer: 1 << 26 });
  return { status, stdout, stderr };
}

const logs = (command: string, log: string): string[] => [command, log, ...(command === 'diff' ? [fixture('ruby')] : [])];

test('the bundle says what the modules say', () => {
  for (const command of Object.keys(QUICK)) {
    for (const args of [
      logs(command, fixture('python')), [...logs(command, fixture('python')), '--json'], logs(command, '/nowhere.strace'), logs(command, '/dev/null'), [command, '--help'],
    ]) {
      const bundled = run(ROOT, START, args);
      assert.deepEqual(bundled, run(ROOT, 'dist/src/cli/main.js', args), args.join(' '));
      assert.doesNotMatch(bundled.stderr, /internal error/);
    }
  }
  for (const args of [[], ['--version'], ['doctor', '--help'], ['no-such-command'], ['probes'], ['probes', '--no-such-option']]) {
    assert.deepEqual(run(ROOT, START, args), run(ROOT, 'dist/src/cli/main.js', args), args.join(' '));
  }
});

test('whatever kind of log there is, the bundle reads it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'uring-replay-bundle-'));
  try {
    const plain = readFileSync(fixture('ruby'));
    const packed = join(folder, 'ruby.gz');
    writeFileSync(packed, gzipSync(plain));
    writeFileSync(join(folder, 'set.7'), '1700000000.000001 openat(AT_FDCWD, "/a", O_RDONLY) = 3\n');
    for (const command of Object.keys(QUICK)) {
      const json = (log: string, input: Uint8Array = new Uint8Array()): unknown => {
        const args = [join(ROOT, START), ...logs(command, log), '--json'];
        const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8', input, maxBuffer: 1 << 26 });
        assert.equal(status, 0, `${args.join(' ')}\n${stderr}`);
        return JSON.parse(stdout, (_key, value: unknown) => (value === log || value === fixture('ruby') ? 'the log' : value));
      };
      const expected = json(fixture('ruby'));
      assert.deepEqual(json(packed), expected, command);
      assert.deepEqual(json('-', plain), expected, command);
      assert.deepEqual(json('-', gzipSync(plain)), expected, command);
      json(join(folder, 'set'));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test('V8 takes the code cache, with functions in it that only a command calls', () => {
  const { loadBundle } = createRequire(import.meta.url)('../../../src/bundle/load.cjs') as { loadBundle: (cache?: Buffer) => { script: { cachedDataRejected?: boolean } } };
  const cache = readFileSync(join(ROOT, CACHE));
  assert.equal(loadBundle(cache).script.cachedDataRejected, false);
  assert.ok(cache.length > readFileSync(join(ROOT, 'dist/src/bundle/quick.js')).length / 2, `${cache.length} bytes`);
});

test('another Node\'s cache, half a one, none, or no bundle at all: slower, and the same', () => {
  const copy = mkdtempSync(join(tmpdir(), 'uring-replay-bundle-'));
  try {
    for (const part of ['src', 'bench', 'replay']) cpSync(join(ROOT, 'dist', part), join(copy, 'dist', part), { recursive: true });
    for (const part of ['package.json', 'node_modules']) symlinkSync(join(ROOT, part), join(copy, part));
    const args = ['phases', fixture('python')];
    const expected = run(ROOT, START, args);
    const same = (what: string): void => { assert.deepEqual(run(copy, START, args), expected, what); };
    const whole = readFileSync(join(copy, CACHE));
    same('as it is');
    writeFileSync(join(copy, CACHE), Buffer.concat([Buffer.alloc(16, 7), whole.subarray(16)]));
    same('of another version');
    for (const length of [0, 3, whole.length >> 1]) {
      writeFileSync(join(copy, CACHE), whole.subarray(0, length));
      same(`${length} bytes`);
    }
    rmSync(join(copy, CACHE));
    same('no cache');
    rmSync(join(copy, 'dist/src/bundle/quick.js'));
    same('no bundle');
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
});

test('private names become properties, of one name in each class', async () => {
  const { publicNames } = (await import(pathToFileURL(join(ROOT, 'src/bundle/private-names.mjs')).href)) as { publicNames: (code: string, first: number) => { code: string; next: number } };
  const code = `
    class Base { #n = 1; static #made = 0; constructor() { Base.#made++; } get #twice() { return 2 * this.#n; } base() { return [this.#n, this.#twice, Base.#made]; } }
    class Derived extends Base {
      #n = 10;
      #add(k) { return (this.#n += k); }
      derived() { const outer = this; return new (class { #k = 5; sum() { return outer.#add(this.#k) + outer?.#n; } })().sum(); }
    }
    const d = new Derived();
    return JSON.stringify([d.base(), d.derived(), "#n", /#n/.source, \`#n\${d.derived()}\`]);`;
  const run = (text: string): unknown => runInThisContext(`(() => {${text}})()`);
  const changed = publicNames(`${code}\n`, 7);
  assert.doesNotMatch(changed.code, /\.#/);
  assert.match(changed.code, /this\.n\$7\b[^]*this\.n\$8\b/);
  assert.equal(changed.next, 10);
  assert.equal(run(changed.code), run(code));
  assert.throws(() => publicNames('class A { #n; has(o) { return #n in o; } }', 0), /n in/);
});
