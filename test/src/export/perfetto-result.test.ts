/** The timeline of a result: of one that is known, and of one that was measured. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { seal } from '../../../bench/result/digest.js';
import { parseResult } from '../../../bench/result/read-result.js';
import { loadNative } from '../../../replay/native.js';
import { sampleResult } from '../../bench/sample-result.js';
import { exported } from './collect.js';
import { assertNested, eventsOf, paired, slices, type TraceEvent } from './trace-events.js';
import type { ArmTimeline, Timelines } from '../../../bench/timeline.js';

const main = new URL('../../../src/cli/main.js', import.meta.url).pathname;
const log = new URL('../../../../test/fixtures/python-startup.strace', import.meta.url).pathname;
const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
after(() => { rmSync(dir, { recursive: true, force: true }); });

/** lseek plainly; two opens in one submission, a stat by a worker meanwhile; a read behind the stat. */
const RING: ArmTimeline = {
  id: 'ring/trace/4', wallNs: 1000, ways: 'diipi', threads: null,
  beginNs: [10, 100, 100, 100, 100], endNs: [90, 300, 300, 700, 700],
  entries: [[100, 300, 500, 4], [520, 520, 700, 0]],
};
const SERIAL: ArmTimeline = { id: 'serial', wallNs: 600, ways: 'ddddd', threads: null, beginNs: [0, 100, 200, 300, 400], endNs: [90, 190, 290, 390, 490], entries: [] };
const THREADS: ArmTimeline = { ...SERIAL, id: 'threads/deps/2', threads: [0, 1, 0, 1, 0] };
const TIMELINE: Timelines = {
  calls: { line: [3, 4, 5, 6, 7], syscall: [0, 1, 1, 2, 3], path: [null, 0, 1, 1, 1] },
  syscalls: ['lseek', 'openat', 'newfstatat', 'read'],
  paths: ['/a', '/<script>\u202e'],
  callsLeftOut: 0,
  arms: [SERIAL, RING, THREADS],
};

async function drawn(timeline: Timelines): Promise<TraceEvent[]> {
  const file = join(dir, 'known.json');
  writeFileSync(file, JSON.stringify(seal({ ...sampleResult(), timeline })));
  return paired(eventsOf(await exported('perfetto', file)));
}

test('the trace says itself what the kernel does not tell, and only where that matters', async () => {
  const notes = async (timeline: Timelines): Promise<Record<string, string>> => {
    const file = join(dir, 'notes.json');
    writeFileSync(file, JSON.stringify(seal({ ...sampleResult(), timeline })));
    return (JSON.parse(String(await exported('perfetto', file))) as { otherData: Record<string, string> }).otherData;
  };
  assert.match((await notes({ ...TIMELINE, callsLeftOut: 7 }))['io-wq workers'], /does not say which worker/);
  assert.deepEqual(await notes({ ...TIMELINE, arms: [SERIAL], callsLeftOut: 7 }), { 'calls left out': '7 behind the last one drawn' });
});

test('one process per arm, each request where it was done', async () => {
  const events = await drawn(TIMELINE);
  assertNested(events, 3);
  assert.deepEqual(events.filter((e) => e.name === 'process_name').map((e) => e.args.name), ['serial: one pass, 600 ns', 'ring/trace/4: one pass, 1.00 µs', 'threads/deps/2: one pass, 600 ns']);
  const ring = slices(events).filter((e) => e.pid === 2).map((e) => [e.name, e.cat, e.tid, e.ts, Number(e.dur!.toFixed(3)), e.args.line]);
  assert.deepEqual(ring, [
    ['lseek', 'plain', 1, 0.01, 0.08, 3],
    ['io_uring_enter', 'entry', 1, 0.1, 0.4, undefined],
    ['submit 4', 'entry', 1, 0.1, 0.2, undefined],
    ['openat', 'inline', 1, 0.1, 0.1, 4],
    ['openat', 'inline', 1, 0.2, 0.1, 5],
    ['wait', 'entry', 1, 0.3, 0.2, undefined],
    ['io_uring_enter', 'entry', 1, 0.52, 0.18, undefined],
    ['wait', 'entry', 1, 0.52, 0.18, undefined],
    ['newfstatat', 'punted', 2000, 0.1, 0.6, 6],
    ['read', 'chained', 2001, 0.1, 0.6, 7],
  ]);
  assert.deepEqual(events.filter((e) => e.ph === 'C').map((e) => [e.ts, e.args.requests]), [[0.1, 4], [0.3, 2], [0.7, 0]]);
  assert.deepEqual(slices(events).filter((e) => e.pid === 3).map((e) => e.tid), [1, 2, 1, 2, 1]);
  assert.deepEqual([...new Set(slices(events).map((e) => e.args.path))], [undefined, '/a', '/<script>\u202e']);
});

test('hostile paths are escapes in the file', async () => {
  await drawn(TIMELINE);
  const json = (await exported('perfetto', join(dir, 'known.json'))).toString();
  assert.ok(json.includes('\\u202e') && !json.includes('\u202e'));
});

test('a result without a timeline, and one that was edited, are refused with the remedy', async () => {
  const file = join(dir, 'none.json');
  writeFileSync(file, JSON.stringify(sampleResult()));
  await assert.rejects(exported('perfetto', file), { code: 'UR_NO_TIMELINE', remedy: /run LOG --timeline/ });
  writeFileSync(file, JSON.stringify({ ...seal({ ...sampleResult(), timeline: TIMELINE }), verdict: 'Yes.' }));
  await assert.rejects(exported('perfetto', file), { code: 'UR_RESULT_EDITED' });
});

const probe = loadNative().probe();

test('run --timeline: every call of every arm, in passes that were not measured', { skip: probe.available ? false : `io_uring is off here: ${probe.cause ?? ''}` }, async () => {
  const file = join(dir, 'measured.json');
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, 'run', log, '--engine', 'serial,ring,threads,hybrid,mmap,dedup,nop,libuv/sync', '--batch', '4,all', '--rounds', '1', '--timeline', '--json', file], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
  const result = parseResult(readFileSync(file, 'utf8'), file);
  const timeline = result.timeline!;
  assert.match(stdout, /No timeline of serial\/fs, libuv\/sync: they make a part of the calls/);
  const withOne = result.arms.filter(({ leftOut }) => leftOut === null);
  assert.deepEqual(timeline.arms.map(({ id }) => id), withOne.map(({ id }) => id));
  const total = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);
  for (const [i, { id, wallNs, beginNs, endNs, ways, entries }] of timeline.arms.entries()) {
    assert.deepEqual([beginNs.length, endNs.length, ways.length], [withOne[i].calls, withOne[i].calls, withOne[i].calls], id);
    assert.ok(beginNs.every((begin, op) => begin < endNs[op] && endNs[op] <= wallNs), id);
    if (withOne[i].rewrite === null) assert.equal(ways.replaceAll(/[^d]/g, '').length, total(withOne[i].direct), id);
    assert.equal(entries.reduce((sum, [, , , requests]) => sum + requests, 0) >= ways.replaceAll('d', '').length, true, id);
  }
  const events = paired(eventsOf(await exported('perfetto', file)));
  assertNested(events, 3);
  const calls = slices(events).filter((e) => e.cat !== 'entry');
  assert.equal(calls.length, withOne.length * result.trace.replayed);
  assert.ok(calls.some((e) => e.args.path === '/etc/ld.so.cache'));
});
