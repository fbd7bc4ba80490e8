import assert from 'node:assert/strict';
import { readdirSync, rmSync } from 'node:fs';
import { after, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import type { EngineOptions, RunReport } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { loadNative } from '../../replay/native.js';
import { CHECK_SUCCESS, CHECK_TYPE, CHECK_VALUE, CODES, CWD, HEADER, HEADER_BYTES, MAGIC, OP, OP_BYTES, VERSION } from '../../replay/plan/format.js';
import { EBADF, ENOENT, everyCall, makeTree, program } from '../native/programs.js';

const native = loadNative();
const root = makeTree();
after(() => { rmSync(root, { recursive: true }); });

async function run(bytes: Uint8Array, options: EngineOptions, passes = 1): Promise<RunReport> {
  const replay = native.create(bytes, options);
  try {
    return await replay.run(passes);
  } finally {
    replay.close();
  }
}


test('the layout compiled into the addon is the one that plan/format.ts writes', () => {
  assert.deepEqual(native.layout(), {
    magic: MAGIC, version: VERSION, headerBytes: HEADER_BYTES, opBytes: OP_BYTES, codes: [...CODES], op: { ...OP }, header: { ...HEADER },
  });
});

test('the probe says what the kernel has, or why it has nothing', () => {
  const probe = native.probe();
  assert.match(probe.kernel, /^\d+\.\d+/);
  assert.match(probe.liburing, /\((static|shared|fetched)\)$/);
  if (probe.available) {
    assert.ok(probe.opcodes.includes('openat') && probe.features.includes('SINGLE_MMAP'));
    assert.equal(probe.errno, null);
  } else {
    assert.ok(probe.errno !== null && probe.cause !== null && probe.remedy !== null);
  }
});

test('serial: every call has the outcome that it must have', async () => {
  const report = await run(program(everyCall(root)), { engine: 'serial' }, 3);
  assert.deepEqual(report.divergent, []);
  assert.deepEqual([...report.divergences], [0, 0, 0]);
  assert.equal(report.passes, 3);
  assert.equal(report.syscalls, everyCall(root).length);
  assert.ok(report.wallNs.every((ns) => ns > 0) && report.cpuNs.every((ns) => ns > 0));
});

test('what differs from the log is listed: value, success, size, type', async () => {
  const bytes = program([
    { code: 'stat', path: `${root}/missing`, check: CHECK_VALUE, expect: 0 },
    { code: 'openat', fd: CWD, path: `${root}/missing`, check: CHECK_SUCCESS, expect: 3, out: 0 },
    { code: 'read', fd: 0, len: 10, check: CHECK_VALUE, expect: 10 },
    { code: 'stat', path: `${root}/file`, check: 4, expectSize: 999 },
    { code: 'stat', path: `${root}/file`, check: CHECK_TYPE, expectMode: 0o040755 },
  ]);
  const report = await run(bytes, { engine: 'serial' });
  assert.deepEqual(report.divergent.map(({ op, line, what, expected, got }) => [op, line, what, expected, got]), [
    [0, 1, 'value', 0, ENOENT], [1, 2, 'success', 3, ENOENT], [2, 3, 'value', 10, EBADF], [3, 4, 'size', 999, 1000],
    [4, 5, 'type', 0o040755, 0o100644],
  ]);
  assert.deepEqual([...report.divergences], [5]);
});

const noRing = native.probe().available ? false : `io_uring is off here: ${native.probe().cause ?? ''}`;
const ringOptions = (['trace', 'deps'] as const).flatMap((order) =>
  (['sliding', 'barrier'] as const).flatMap((window) =>
    (['auto', 'coop', 'default', 'sqpoll'] as const).flatMap((setup) =>
      [1, 2, 8, 0].map((batch): EngineOptions => ({ engine: 'ring', order, window, setup, batch })))));

test('ring: every call has the outcome that it must have, in every order, window, set-up and batch', { skip: noRing }, async () => {
  const bytes = program(everyCall(root));
  for (const options of ringOptions) {
    const report = await run(bytes, options, 20);
    assert.deepEqual(report.divergent, [], JSON.stringify(options));
    assert.equal(report.passes, 20);
  }
});

test('ring: links and direct descriptors can be left out', { skip: noRing }, async () => {
  const bytes = program(everyCall(root));
  for (const [links, direct] of [[true, false], [false, true], [false, false]] as const) {
    const replay = native.create(bytes, { engine: 'ring', links, direct });
    assert.deepEqual((await replay.run(5)).divergent, []);
    const notes = replay.describe();
    assert.equal(notes.linkedOps === 0, !links);
    assert.equal(notes.directSlots === 0, !direct);
    replay.close();
  }
});

test('count: inline, punted and direct calls add up to all calls', { skip: noRing }, async () => {
  const steps = everyCall(root);
  for (const options of ringOptions) {
    const replay = native.create(program(steps), options);
    const count = await replay.count();
    replay.close();
    const sum = [count.inline, count.punted, count.direct].flatMap((group) => Object.values(group)).reduce((a, b) => a + b, 0);
    assert.equal(sum, steps.length, JSON.stringify(options));
    assert.notEqual(count.source, 'none');
  }
});

const plainEngines: EngineOptions[] = [{ engine: 'serial' }, { engine: 'threads', threads: 4 }, { engine: 'mmap' }, { engine: 'dedup' }, { engine: 'nop' }];
const ringEngines: EngineOptions[] = [
  { engine: 'ring' }, { engine: 'hybrid', lanes: Uint8Array.from(everyCall(root), (_, i) => i % 2) }, { engine: 'nop', variant: 'ring' },
];
const engines = noRing === false ? [...plainEngines, ...ringEngines] : plainEngines;
const withCode = (code: string) => (error: unknown): boolean => error instanceof UringReplayError && error.code === code;

for (const options of engines) {
  const engine = `${options.engine}${options.variant === undefined ? '' : `/${options.variant}`}`;
  test(`${engine}: 1,000 passes leave no descriptor and no memory behind`, async () => {
    const replay = native.create(program(everyCall(root)), options);
    await replay.run(200); // what is set up once is set up
    const thread = String(replay.describe().threadId);
    const descriptors = (): number => readdirSync(`/proc/self/task/${thread}/fd`).length;
    const before = { replay: descriptors(), node: readdirSync('/proc/self/fd').length, rss: process.memoryUsage.rss() };
    await replay.run(1000);
    assert.equal(descriptors(), before.replay);
    assert.equal(readdirSync('/proc/self/fd').length, before.node);
    const grown = process.memoryUsage.rss() - before.rss;
    assert.ok(grown < 8 << 20, `resident memory grew by ${grown} bytes`);
    replay.close();
    // A joined thread is listed until the kernel has buried it.
    for (let tries = 0; tries < 200 && readdirSync('/proc/self/task').includes(thread); tries++) await setTimeout(10);
    assert.equal(readdirSync('/proc/self/task').includes(thread), false, 'the thread has ended');
  });

  test(`${engine}: a replay is stopped in the middle and goes on afterwards`, async () => {
    const replay = native.create(program(everyCall(root)), options);
    const running = replay.run(1_000_000);
    await setTimeout(30);
    replay.cancel();
    const report = await running;
    assert.ok(report.passes < 1_000_000);
    assert.equal(report.wallNs.length, report.passes);
    assert.equal((await replay.run(2)).passes, 2);
    replay.close();
  });

  test(`${engine}: one job at a time, and none after close`, async () => {
    const replay = native.create(program(everyCall(root)), options);
    const running = replay.run(1_000_000);
    await setTimeout(10);
    await assert.rejects(replay.run(1), withCode('UR_BUSY'));
    replay.close();
    assert.ok((await running).passes < 1_000_000);
    await assert.rejects(replay.run(1), withCode('UR_CLOSED'));
  });

  if (options.lanes !== undefined) continue; // which fit that one program
  test(`${engine}: the replay's descriptors and directory are not Node's`, async () => {
    const cwd = process.cwd();
    const replay = native.create(program([
      { code: 'chdir', path: root, check: CHECK_VALUE, expect: 0 },
      { code: 'stat', path: 'file', check: CHECK_VALUE, expect: 0 },
      { code: 'openat', fd: CWD, path: 'file', a: 0, out: 0, check: CHECK_SUCCESS },
    ], { inOrder: true }), options);
    const report = await replay.run(2);
    assert.deepEqual(report.divergent, []);
    assert.equal(process.cwd(), cwd);
    replay.close();
  });

  if (options.engine === 'nop') continue; // makes no call of the program
  test(`${engine}: an open that should have failed is closed, one that failed is never used`, async () => {
    const replay = native.create(program([
      { code: 'open', path: `${root}/file`, a: 0, check: CHECK_VALUE, expect: ENOENT },
      { code: 'open', path: `${root}/missing`, a: 0, out: 0, check: CHECK_SUCCESS },
      { code: 'fstat', fd: 0, check: CHECK_VALUE, expect: 0 },
      { code: 'close', fd: 0, check: CHECK_VALUE, expect: 0 },
    ]), options);
    const report = await replay.run(300);
    assert.deepEqual(report.divergent.map(({ op, got }) => [op, got]).slice(1), [[1, ENOENT], [2, EBADF], [3, EBADF]]);
    const thread = String(replay.describe().threadId);
    assert.ok(readdirSync(`/proc/self/task/${thread}/fd`).length < 20);
    replay.close();
  });
}

test('a set-up op that fails is a typed error that names it', async () => {
  const bytes = program([], { setup: [{ code: 'open', path: `${root}/missing`, a: 0, out: 0, check: CHECK_SUCCESS }] });
  const replay = native.create(bytes, { engine: 'serial' });
  await assert.rejects(replay.run(1), (error) => withCode('UR_SETUP')(error) && /setup op 0 \(open .*missing.*ENOENT/.test(String(error)));
  replay.close();
});

test('options out of range are typed errors', () => {
  assert.throws(() => native.create(program([]), { engine: 'serial', batch: -1 }), withCode('UR_USAGE'));
  assert.throws(() => native.create(program([]), { engine: 'fast' as 'ring' }), withCode('UR_USAGE'));
});
