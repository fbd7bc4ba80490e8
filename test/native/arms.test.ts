/** Every engine against the serial one: the same outcomes, on programs known by construction and random ones. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { LANE_DIRECT, LANE_RING, type EngineOptions, type NativeReplay } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { loadNative } from '../../replay/native.js';
import { CHECK_SUCCESS, CHECK_VALUE, CWD } from '../../replay/plan/format.js';
import { NATIVE_TEST, runBinary } from './binaries.js';
import { ENOENT, everyCall, makeTree, program, type Step } from './programs.js';
import { randomSteps } from './random-program.js';

const native = loadNative();
const probe = native.probe();
const skip = probe.available ? false : `io_uring is off here: ${probe.cause ?? ''}`;
const tree = makeTree();
const file = join(tree, 'program.bin');
after(() => { rmSync(tree, { recursive: true }); });

async function using<T>(bytes: Uint8Array, options: EngineOptions, work: (replay: NativeReplay) => Promise<T>): Promise<T> {
  const replay = native.create(bytes, options);
  try {
    return await work(replay);
  } finally {
    replay.close();
  }
}

const threads = (['trace', 'deps'] as const).flatMap((order) =>
  [1, 2, 3, 32].map((count): EngineOptions => ({ engine: 'threads', order, threads: count })));

test('threads: every call has the outcome that it must have, in both orders and with any number of threads', async () => {
  const bytes = program(everyCall(tree));
  for (const options of threads) {
    await using(bytes, options, async (replay) => {
      const report = await replay.run(200);
      assert.deepEqual(report.divergent, [], JSON.stringify(options));
      assert.equal(report.passes, 200);
      assert.equal(replay.describe().threads, options.threads);
    });
  }
});

test('threads: more than there may be is an error that names the limit', async () => {
  await using(program([]), { engine: 'threads', threads: 5000 }, async (replay) => {
    await assert.rejects(replay.run(1), (error) => error instanceof UringReplayError && error.code === 'UR_LIMIT' && error.message.includes('1024'));
  });
});

for (const engine of [['threads', '--threads', '2'], ['threads', '--threads', '16'], ['mmap'], ['dedup'], ['hybrid'], ['hybrid', '--variant', 'threads']]) {
  test(`${engine.join(' ')}: random programs have the same outcomes as one by one`, { skip: engine[0] === 'hybrid' ? skip : false }, () => {
    fc.assert(
      fc.property(randomSteps(tree), fc.constantFrom('trace', 'deps'), fc.constantFrom('2', '7', '0'), fc.nat(), (steps, order, batch, seed) => {
        writeFileSync(file, program(steps));
        const args = ['--engine', ...engine, '--order', order, '--batch', batch, '--seed', String(seed), '--passes', '5'];
        const run = runBinary(NATIVE_TEST, [file, 'none', ...args]);
        assert.deepEqual({ status: run.status, stdout: run.stdout.trim() }, { status: 0, stdout: '{"injected":0,"mismatches":0,"leaked":0,"first":""}' }, run.stderr + args.join(' '));
      }),
      { numRuns: 60 },
    );
  });
}

const value = (expect: number): Pick<Step, 'check' | 'expect'> => ({ check: CHECK_VALUE, expect });
const opens = (path: string, out: number, flags = 0): Step => ({ code: 'openat', fd: CWD, path: `${tree}/${path}`, a: flags, out, check: CHECK_SUCCESS });

test('mmap: reads are replaced where a mapping can stand in for them, and only there', async () => {
  await using(program([
    opens('file', 0),
    { code: 'read', fd: 0, len: 400, ...value(400) },
    { code: 'lseek', fd: 0, off: -10, a: 2, ...value(990) },
    { code: 'read', fd: 0, len: 400, ...value(10) },
    { code: 'read', fd: 0, len: 400, ...value(0) },
    { code: 'close', fd: 0, ...value(0) },
    opens('dir/empty', 1),
    { code: 'read', fd: 1, len: 400, ...value(0) },
    opens('file', 2),
    { code: 'dup', fd: 2, out: 3, check: CHECK_SUCCESS }, // shares the cursor
    { code: 'read', fd: 2, len: 400, ...value(400) },
    { code: 'read', fd: 3, len: 400, ...value(400) },
  ], { inOrder: true }), { engine: 'mmap' }, async (replay) => {
    const report = await replay.run(50);
    assert.deepEqual(report.divergent, []);
    assert.equal(replay.describe().readsReplaced, 4);
    const { direct } = await replay.count();
    assert.deepEqual(direct, { openat: 3, fstat: 2, mmap: 1, munmap: 1, close: 1, read: 3, dup: 1 });
    assert.equal(report.syscalls, 12);
  });
});

test('dedup: a repeated lookup is answered once, until something changes or the log shows another answer', async () => {
  const stat = (path: string): Step => ({ code: 'stat', path, ...value(0) });
  const miss: Step = { code: 'openat', fd: CWD, path: `${tree}/missing`, a: 0, ...value(ENOENT) };
  await using(program([
    stat(`${tree}/file`), stat(`${tree}/file`), { code: 'lstat', path: `${tree}/file`, ...value(0) }, stat(`${tree}/dir`),
    miss, miss, miss,
    { code: 'chdir', path: tree, ...value(0) },
    stat(`${tree}/file`), stat(`${tree}/file`),
    { code: 'stat', path: `${tree}/file`, ...value(ENOENT) }, // as if another process had removed it
    { code: 'stat', path: `${tree}/file`, ...value(ENOENT) },
  ], { inOrder: true }), { engine: 'dedup' }, async (replay) => {
    const report = await replay.run(3);
    assert.equal(replay.describe().callsSaved, 5);
    assert.equal(report.syscalls, 7);
    assert.deepEqual([...report.divergences], [2, 2, 2], 'what the log says of the last two is not so');
  });
});

test('hybrid: ops take the lanes that they are given', { skip }, async () => {
  const steps = everyCall(tree);
  const stats = steps.map((step) => (step.code === 'stat' ? LANE_RING : LANE_DIRECT));
  await using(program(steps), { engine: 'hybrid', lanes: Uint8Array.from(stats), batch: 8 }, async (replay) => {
    assert.deepEqual((await replay.run(20)).divergent, []);
    const { inline, punted } = await replay.count();
    const ring = { ...inline, ...punted };
    assert.deepEqual(ring, { statx: stats.filter((lane) => lane === LANE_RING).length });
  });
  await using(program(steps), { engine: 'hybrid', lanes: new Uint8Array(steps.length) }, async (replay) => {
    const report = await replay.run(2);
    assert.equal(report.syscalls, steps.length);
    assert.equal(replay.describe().way, 'direct');
  });
  assert.throws(() => native.create(program(steps), { engine: 'hybrid', lanes: new Uint8Array(3) }), (error) => error instanceof UringReplayError && error.code === 'UR_USAGE');
});

test('nop: the schedules of the serial and the ring engine, none of the calls', { skip }, async () => {
  const steps = everyCall(tree).map((step): Step => ({ ...step, ...value(12_345) })); // nothing would be as the log has it
  for (const options of [{ variant: 'serial' }, { variant: 'ring', order: 'trace', batch: 8 }, { variant: 'ring', order: 'deps' }] as const) {
    await using(program(steps), { engine: 'nop', ...options }, async (replay) => {
      const report = await replay.run(300);
      assert.deepEqual(report.divergent, []);
      const { inline, punted, direct } = await replay.count();
      if (options.variant === 'serial') assert.deepEqual(direct, { getppid: steps.length });
      assert.equal(['nop', 'getppid'].reduce((sum, call) => sum + ([inline, punted, direct] as Record<string, number | undefined>[]).reduce((n, counts) => n + (counts[call] ?? 0), 0), 0), steps.length);
    });
  }
});

test('timeline: when each op begins and ends, in every engine', { skip }, async () => {
  const steps = everyCall(tree);
  const rings = (['trace', 'deps'] as const).flatMap((order) => (['auto', 'coop', 'sqpoll'] as const).flatMap((setup) => [1, 8, 0].map((batch): EngineOptions => ({ engine: 'ring', order, setup, batch }))));
  const others: readonly EngineOptions[] = [{ engine: 'serial' }, { engine: 'mmap' }, { engine: 'dedup' }, { engine: 'nop', variant: 'serial' }];
  for (const options of [...others, ...threads, ...rings]) {
    await using(program(steps), options, async (replay) => {
      const { wallNs, beginNs, endNs, onRing, thread, entries } = await replay.timeline();
      const what = JSON.stringify(options);
      assert.deepEqual([beginNs.length, endNs.length, onRing.length, thread.length], Array(4).fill(steps.length), what);
      assert.ok(beginNs.every((begin, op) => begin < endNs[op] && endNs[op] <= wallNs), what);
      assert.ok(thread.every((one) => one < (options.engine === 'threads' ? options.threads! : 1)), what);
      assert.equal(onRing.some((one) => one === 1), options.engine === 'ring', what);
      const times = [...entries].filter((_, i) => i % 4 !== 3);
      assert.deepEqual(times, times.toSorted((a, b) => a - b), what);
      assert.deepEqual((await replay.run(5)).divergent, [], what);
    });
  }
});

test('profile: each op of the serial engine on its own', async () => {
  const steps = everyCall(tree);
  await using(program(steps), { engine: 'serial' }, async (replay) => {
    const ns = await replay.profile();
    assert.equal(ns.length, steps.length);
    assert.ok(ns.every((one) => one > 0));
  });
  await using(program(steps), { engine: 'threads' }, async (replay) => {
    await assert.rejects(replay.profile(), (error) => error instanceof UringReplayError && error.code === 'UR_USAGE');
  });
});
