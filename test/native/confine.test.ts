import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../replay/native.js';
import { CHECK_VALUE } from '../../replay/plan/format.js';
import { isRoot, runBinary, RUNNER } from './binaries.js';
import { EACCES, everyCall, everyWrite, makeTree, program, WRITES } from './programs.js';

const probe = loadNative().probe();
const engines = probe.available ? ['serial', 'ring'] : ['serial'];
const namespaces = runBinary('unshare', ['--user', '--map-root-user', 'true']).status === 0;
const skip = isRoot || namespaces ? false : 'neither root nor a user namespace';
const tree = makeTree();
const work = mkdtempSync(join(tmpdir(), 'uring-replay-programs-'));
after(() => { for (const dir of [tree, work]) rmSync(dir, { recursive: true, force: true }); });

/** As root: directly; else in a user namespace. */
function inside(command: string, args: readonly string[]): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  return isRoot ? runBinary(command, args) : runBinary('unshare', ['--user', '--map-root-user', command, ...args]);
}

function save(name: string, bytes: Uint8Array): string {
  writeFileSync(join(work, name), bytes);
  return join(work, name);
}

for (const engine of engines) {
  test(`${engine}: replays with the tree as root directory, from the addon and from the runner`, { skip }, () => {
    const file = save('reads.bin', program(everyCall('')));
    const child = fileURLToPath(new URL('./enter-root-child.js', import.meta.url));
    const fromAddon = inside(process.execPath, [child, tree, file, JSON.stringify({ engine })]);
    assert.equal(fromAddon.status, 0, fromAddon.stderr);
    const report = JSON.parse(fromAddon.stdout) as Record<string, unknown>;
    assert.deepEqual({ ...report, source: '' }, { divergent: [], passes: 3, source: '', late: 'UR_ROOT' });
    const fromRunner = inside(RUNNER, [file, '--engine', engine, '--root', tree, '--passes', '3']);
    assert.equal(fromRunner.status, 0, fromRunner.stdout + fromRunner.stderr);
  });

  test(`${engine}: permission bits count although the replay is started by root`, { skip }, () => {
    const locked = makeTree();
    mkdirSync(join(locked, 'closed'));
    writeFileSync(join(locked, 'closed', 'x'), '');
    chmodSync(join(locked, 'closed'), 0);
    const file = save('closed.bin', program([
      { code: 'stat', path: '/closed/x', check: CHECK_VALUE, expect: EACCES },
      { code: 'open', path: '/closed', a: 0, check: CHECK_VALUE, expect: EACCES },
    ]));
    const run = inside(RUNNER, [file, '--engine', engine, '--root', locked]);
    chmodSync(join(locked, 'closed'), 0o755);
    rmSync(locked, { recursive: true });
    assert.equal(run.status, 0, run.stdout + run.stderr);
  });

  test(`${engine}: every mutating call, inside the root only`, { skip }, () => {
    const bytes = program(everyWrite(), { flags: WRITES, inOrder: true });
    const file = save('writes.bin', bytes);
    for (const order of ['trace', 'deps']) {
      for (const batch of ['1', '0']) {
        const run = inside(RUNNER, [file, '--engine', engine, '--root', tree, '--passes', '3', '--order', order, '--batch', batch]);
        assert.equal(run.status, 0, run.stdout + run.stderr);
        assert.deepEqual(readdirSync(tree).sort(), ['dir', 'file', 'link', 'nowhere']);
      }
    }
    const outside = runBinary(RUNNER, [file, '--engine', engine]);
    assert.equal(outside.status, 2);
    assert.match(outside.stderr, /UR_NOT_IN_ROOT/);
  });
}

test('a root that does not exist is a typed error', { skip }, () => {
  const run = inside(RUNNER, [save('reads.bin', program(everyCall(''))), '--root', join(tree, 'gone')]);
  assert.equal(run.status, 2);
  assert.match(run.stderr, /UR_ROOT: chroot\(".*gone"\) failed with ENOENT/);
});
