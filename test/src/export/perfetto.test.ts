import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import fc from 'fast-check';
import { PerfettoWriter } from '../../../src/export/perfetto.js';
import { callLines, fixture } from '../analysis/logs.js';
import { HOSTILE_LOG, exported, exportedText } from './collect.js';
import { assertNested, eventsOf, slices } from './trace-events.js';

test('real logs: one slice per call, valid and nested', async () => {
  for (const name of ['bash', 'gcc', 'node', 'perl', 'python', 'ruby']) {
    const events = eventsOf(await exported('perfetto', fixture(name)));
    const calls = callLines(await readFile(fixture(name), 'latin1'));
    const neverReturned = slices(events).filter((e) => e.ph === 'B').length;
    assert.equal(slices(events).length - neverReturned, calls.length, name);
    assertNested(events);
    const errors = slices(events).filter((e) => e.args.errno !== undefined).length;
    assert.equal(errors, calls.filter((c) => /= (-1|\?) E[A-Z0-9]+ \(/.test(c.line)).length, name);
  }
});

test('threads are grouped below the process that started them, processes are not', async () => {
  const events = eventsOf(await exported('perfetto', fixture('node')));
  const groups = new Set(slices(events).map((e) => e.pid));
  assert.equal(groups.size, 1);
  assert.ok(new Set(slices(events).map((e) => e.tid)).size > 4);
  const names = events.filter((e) => e.name === 'process_name').map((e) => e.args.name);
  assert.deepEqual(names, ['node']);
  assert.ok(new Set(slices(eventsOf(await exported('perfetto', fixture('bash')))).map((e) => e.pid)).size >= 5);
});

test('a thread seen before the clone that made it has returned is grouped all the same', async () => {
  const log = [
    '1 10.000000 execve("/bin/x", ["x"], 0x1 /* 1 var */) = 0 <0.000001>',
    '1 10.000010 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x1} <unfinished ...>',
    '2 10.000020 getpid() = 1 <0.000001>',
    '1 10.000030 <... clone3 resumed> => {parent_tid=[2]}, 88) = 2 <0.000020>',
    '2 10.000040 getpid() = 1 <0.000001>',
  ].join('\n');
  const second = slices(eventsOf(await exportedText('perfetto', log))).filter((e) => e.tid === 2);
  assert.deepEqual(second.map((e) => [e.pid, e.ts]), [[1, 10000020], [1, 10000040]]);
});

test('times, durations, results, errors, signals, calls that never return', async () => {
  const log = [
    '1 1700000000.123456 openat(AT_FDCWD, "/a", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000012>',
    '1 1700000000.200000 --- SIGCHLD {si_signo=SIGCHLD} ---',
    '1 1700000001.000000 read(0, 0x1, 1) = ? ERESTARTSYS (To be restarted if SA_RESTART is set) <1.500000>',
    '1 1700000003.000000 exit_group(0) = ?',
    '2 1700000003.500000 read(3,  <unfinished ...>',
  ].join('\n');
  const events = eventsOf(await exportedText('perfetto', log));
  const [first, read, exit, open] = slices(events);
  assert.deepEqual([first.ts, first.dur, first.args.errno, first.args.result], [1700000000123456, 12, 'ENOENT', '-1']);
  assert.equal(first.args.arguments, 'AT_FDCWD, "/a", O_RDONLY');
  assert.deepEqual([read.dur, read.args.errno], [1.5e6, 'ERESTARTSYS']);
  assert.deepEqual([exit.ph, exit.args.result], ['X', '?']);
  assert.deepEqual([open.ph, open.args.result], ['B', 'did not return']);
  assert.match(events.find((e) => e.ph === 'i')!.name, /^SIGCHLD/);
});

test('every clock of strace gives times that rise', async () => {
  for (const times of [['04:18:30.5', '04:18:31'], ['     0.000000', '     0.500000'], ['1700000000', '1700000001'], ['10.123456789', '10.623456789']]) {
    const log = `${times[0]} getpid() = 1 <0.1>\n${times[1]} getpid() = 1 <0.000000100>\n`;
    const [a, b] = slices(eventsOf(await exportedText('perfetto', log)));
    assert.ok([0.5e6, 1e6].some((d) => Math.abs(b.ts - a.ts - d) < 0.01), `${times.join(' ')}: ${a.ts} ${b.ts}`);
    assert.equal(b.dur, 0.1);
  }
});

test('a log without times is refused with the remedy', async () => {
  await assert.rejects(exportedText('perfetto', 'getpid() = 1\n'), { code: 'UR_NO_TIMES', remedy: /-ttt/ });
});

test('hostile names are valid JSON and text', async () => {
  const json = await exportedText('perfetto', HOSTILE_LOG);
  const events = eventsOf(json);
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(json.toString(), /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
  assert.equal(slices(events).length, 3);
});

test('a pid that comes again is named by all its programs', async () => {
  const run = (t: number, program: string): string => `5 ${t}.0 execve("/bin/${program}", ["x"], 0x1 /* 1 var */) = 0 <0.1>\n5 ${t}.5 +++ exited with 0 +++\n`;
  const events = eventsOf(await exportedText('perfetto', run(10, 'a') + run(20, 'b') + run(30, 'a')));
  assert.deepEqual(events.filter((e) => e.name === 'process_name').map((e) => e.args.name), ['a → b']);
});

test('any lines give valid JSON with one slice per call', async () => {
  const call = fc.constantFrom(
    'read(3, "\\1\\2", 9) = 2 <0.000001>', 'clone(child_stack=NULL, flags=CLONE_VM|CLONE_THREAD) = 2 <0.000001>', 'fork() = 3', 'fork() = 1', 'execve("/x", [], 0x1) = 0', 'write(1,  <unfinished ...>',
    '<... write resumed>"a", 1) = 1 <0.000002>', 'exit_group(0) = ?', '+++ exited with 0 +++', '--- SIGINT {si_signo=SIGINT} ---', '+++ killed by SIGKILL +++', 'a(\x80\xff"\\) = 0', 'x(',
  );
  const line = fc.record({ pid: fc.constantFrom(1, 2, 3, 4), call });
  await fc.assert(
    fc.asyncProperty(fc.array(line, { minLength: 1, maxLength: 30 }), async (lines) => {
      const log = lines.map((l, i) => `${l.pid} ${100 + i}.5 ${l.call}`).join('\n');
      const parsed = eventsOf(await exportedText('perfetto', `9 1.0 getpid() = 9\n${log}`));
      assert.ok(slices(parsed).length >= 1);
      for (const e of slices(parsed)) assert.ok(Number.isInteger(e.tid));
    }),
    { numRuns: 200 },
  );
});

test('nobody reads: writing ends', () => {
  const writer = new PerfettoWriter(() => false);
  writer.finish();
  assert.equal(writer.open, false);
});
