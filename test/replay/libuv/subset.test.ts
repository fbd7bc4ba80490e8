import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { LIBUV_ENGINES, type NativeReplay } from '../../../replay/engine.js';
import { createLibuvReplay } from '../../../replay/libuv/replay.js';
import { fsPart } from '../../../replay/libuv/subset.js';
import { loadNative } from '../../../replay/native.js';
import { CHECK_NONE, CHECK_SUCCESS, CHECK_VALUE, CWD, type OpSpec } from '../../../replay/plan/format.js';
import { ProgramView } from '../../../replay/plan/view.js';
import { loadTrace } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import { EACCES, EBADF, ENOENT, everyCall, makeTree, program, type Step } from '../../native/programs.js';
import { randomSteps } from '../../native/random-program.js';

const TRACES = fileURLToPath(new URL('../../../../test/fixtures/traces/', import.meta.url));
const value = (expect: number): Pick<Step, 'check' | 'expect'> => ({ check: CHECK_VALUE, expect });
const codes = (bytes: Uint8Array): OpSpec[] => [...new ProgramView(bytes).ops()];
const left = (bytes: Uint8Array): string[] => fsPart(bytes).leftOut.map(({ reason, syscall, count }) => `${reason}: ${syscall} ${count}`);

const opens = (out: number): Step => ({ code: 'openat', fd: CWD, path: '/f', a: 0, out, check: CHECK_SUCCESS });

test('a read after an lseek gives its position, and reads that follow each other do not', () => {
  const bytes = program([
    opens(0),
    { code: 'read', fd: 0, len: 100, ...value(100) },
    { code: 'lseek', fd: 0, off: 0, a: 1, ...value(100) }, // asks where it is: nothing moves
    { code: 'read', fd: 0, len: 100, ...value(100) },
    { code: 'lseek', fd: 0, off: 10, a: 0, ...value(10) },
    { code: 'read', fd: 0, len: 100, ...value(50) },
    { code: 'read', fd: 0, len: 100, ...value(0) },
    { code: 'close', fd: 0, ...value(0) },
  ]);
  const part = fsPart(bytes);
  assert.deepEqual(codes(part.program).map(({ code, off = 0 }) => [code, off]), [['openat', 0], ['read', 0], ['read', 0], ['pread64', 10], ['pread64', 60], ['close', 0]]);
  assert.deepEqual([...part.opOf], [0, 1, 3, 5, 6, 7]);
  assert.deepEqual(left(bytes), ['position: lseek 2']);
});

test('what a call left out did is missed by those that need it; one that only looked is missed by nobody', () => {
  const bytes = program([
    opens(0),
    { code: 'getdents64', fd: 0, len: 1000, ...value(48) },
    { code: 'fcntl', fd: 0, a: 3, ...value(0) }, // F_GETFL
    { code: 'close', fd: 0, ...value(0) },
    opens(1),
    { code: 'dup', fd: 1, out: 2, check: CHECK_SUCCESS },
    { code: 'read', fd: 2, len: 10, ...value(10) },
    { code: 'fstat', fd: 2, ...value(0) },
    { code: 'mkdir', path: '/d', ...value(0) },
    { code: 'stat', path: '/e', ...value(ENOENT) },
  ], { flags: 1 });
  assert.deepEqual(left(bytes), ['function: getdents64 1', 'function: fcntl 1', 'function: dup 1', 'needs: read 1', 'needs: fstat 1', 'writes: mkdir 1']);
  const part = codes(fsPart(bytes).program);
  assert.deepEqual(part.map(({ code }) => code), ['openat', 'close', 'openat', 'stat']);
  assert.deepEqual(part[1].deps, [0], 'the close waits for what the calls between waited for');
  assert.equal(new ProgramView(fsPart(bytes).program).flags, 0, 'the part changes nothing');
});

test('directories, permissions, empty reads and other identities', () => {
  const bytes = program([
    opens(0),
    { code: 'newfstatat', fd: 0, path: 'below', a: 0, ...value(0) },
    { code: 'newfstatat', fd: 0, path: '/absolute', a: 0, ...value(0) },
    { code: 'newfstatat', fd: 0, path: '', a: 0x1000, ...value(0) },
    { code: 'open', path: '/secret', a: 0, ...value(EACCES) },
    { code: 'open', path: '/w', a: 0o101, check: CHECK_SUCCESS, out: 1 },
    { code: 'read', fd: 0, len: 0, ...value(0) },
    { code: 'close', fd: -1, ...value(EBADF) },
    { code: 'faccessat2', fd: CWD, path: '/x', a: 0x200, b: 4, ...value(0) },
  ], { flags: 1 });
  assert.deepEqual(left(bytes), ['directory: newfstatat 1', 'permission: open 1', 'writes: open 1', 'function: read 1', 'needs: close 1', 'function: faccessat2 1']);
});

test('real logs: every call is in the part or left out for a reason, and edges point back', async () => {
  for (const log of ['python', 'gcc', 'gitstatus', 'node', 'thr', 'exchange']) {
    const plan = resolve(await loadTrace(path.join(TRACES, `${log}.f-ttt-T.strace.gz`)), { mode: 'sandbox' });
    const part = fsPart(plan.program);
    const view = new ProgramView(part.program);
    assert.equal(view.opCount, part.ops);
    assert.equal(part.ops + part.leftOut.reduce((sum, { count }) => sum + count, 0), plan.ops, log);
    assert.ok(log === 'exchange' || part.ops > plan.ops / 2, `${log}: ${part.ops} of ${plan.ops}`);
    for (let i = 0; i < view.setupCount; i++) assert.notEqual(view.setup(i).check, CHECK_NONE, 'nothing is to be put back');
    for (let i = 0; i < view.opCount; i++) assert.ok(view.deps(i).every((dep) => dep < i));
  }
});

const native = loadNative();
async function using<T>(replay: NativeReplay, work: (replay: NativeReplay) => Promise<T>): Promise<T> {
  try {
    return await work(replay);
  } finally {
    replay.close();
  }
}

for (const engine of LIBUV_ENGINES.filter((name) => name !== 'libuv/uring')) {
  test(`${engine}: the outcomes of random programs are those of the same calls made natively`, async () => {
    const tree = makeTree();
    try {
      await fc.assert(
        fc.asyncProperty(randomSteps(tree), fc.constantFrom('trace' as const, 'deps' as const), fc.constantFrom(1, 3, 0), async (steps, order, batch) => {
          const { program: bytes } = fsPart(program(steps));
          const one = await using(native.create(bytes, { engine: 'serial' }), (replay) => replay.run(2));
          const other = await using(await createLibuvReplay(bytes, { engine, order, batch }), (replay) => replay.run(2));
          assert.deepEqual(other.divergent, one.divergent);
          assert.equal(other.passes, 2);
        }),
        { numRuns: 60 },
      );
    } finally {
      rmSync(tree, { recursive: true });
    }
  });

  test(`${engine}: every call has the outcome that it must have, and a wrong expectation is a divergence`, async () => {
    const tree = makeTree();
    try {
      const steps = everyCall(tree);
      const part = fsPart(program(steps));
      await using(await createLibuvReplay(part.program, { engine, order: 'trace', batch: 8 }), async (replay) => {
        assert.deepEqual((await replay.run(3)).divergent, []);
        const { direct } = await replay.count();
        assert.equal(Object.values(direct).reduce((sum, n) => sum + n, 0), part.ops);
      });
      const wrong = program([{ code: 'stat', path: `${tree}/file`, ...value(ENOENT) }, { code: 'lstat', path: `${tree}/missing`, ...value(0) }, { code: 'nop', check: CHECK_NONE }]);
      await using(await createLibuvReplay(fsPart(wrong).program, { engine }), async (replay) => {
        assert.deepEqual((await replay.run(1)).divergent.map(({ what, expected, got }) => [what, expected, got]), [['value', ENOENT, 0], ['value', 0, ENOENT]]);
      });
    } finally {
      rmSync(tree, { recursive: true });
    }
  });
}

test('libuv/uring is refused where libuv puts no file call into a ring', async () => {
  // This process was not started with UV_USE_IO_URING=1.
  await assert.rejects(createLibuvReplay(fsPart(program([])).program, { engine: 'libuv/uring' }), { code: 'UR_NO_URING' });
});
