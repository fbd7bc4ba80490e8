/** Real logs of strace 6.1, one for each of its flags that changes the notation. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { Audit } from '../../../replay/strace/audit.js';
import { Counter } from '../../../replay/strace/counts.js';
import { Feeder } from '../../../replay/strace/feed.js';
import { iterateRecords } from '../../../replay/strace/iterate.js';
import { loadTrace, traceOf } from '../../../replay/strace/load.js';
import { feedBytes, readLog } from '../../../replay/strace/read.js';
import { RoundTrip } from '../../../replay/strace/roundtrip.js';
import { FIXTURES, fixtureLogs } from './corpus.js';

const dir = mkdtempSync(join(tmpdir(), 'ur-logs-'));
after(() => { rmSync(dir, { recursive: true }); });

/** Lines of these that strace did not print: the traced program's output in a stderr capture of -c. */
const FOREIGN_LINES: Readonly<Record<string, number>> = { '6.1-e_f_c.strace': 1 };
/** Calls into whose line the program's output was spliced; printing the call alone gives less than the line. */
const SPLICED_CALLS: Readonly<Record<string, number>> = { '6.1-e_f.strace': 3, '6.1-e_f_tt_T_y.strace': 3 };

for (const { name, bytes } of fixtureLogs()) {
  test(`${name}: every line is understood, and comes out again byte for byte`, async () => {
    const audit = new Audit();
    const { kinds, lines } = await readLog(name, audit, { bytes });
    assert.equal(audit.lines.length, FOREIGN_LINES[name] ?? 0, JSON.stringify(audit.lines.slice(0, 3)));
    assert.equal(lines, bytes.toString('latin1').split('\n').length - 1);
    assert.equal(Object.values(kinds).reduce((sum, n) => sum + n, 0), lines);
    const trip = new RoundTrip();
    feedBytes(bytes, new Feeder(trip, 'keep'));
    assert.deepEqual(trip.result.different, []);
    assert.equal(trip.result.verbatim, SPLICED_CALLS[name] ?? 0);
  });
}

test("with -C -w --syscall-times=ns the counts equal strace's own table exactly", () => {
  const { bytes } = fixtureLogs().find(({ name }) => name === 'oracle.f-C-w-ns.strace')!;
  const counter = new Counter();
  return readLog('oracle', counter, { bytes }).then(() => {
    const figures = (rows: readonly { name: string; calls: number; errors: number; seconds: number | null }[]): string[] =>
      rows.map(({ name, calls, errors, seconds }) => `${name} ${calls} ${errors} ${seconds?.toFixed(6) ?? ''}`).sort();
    assert.ok(counter.table.length > 40);
    assert.deepEqual(figures(counter.result().rows), figures(counter.table));
  });
});

test('a table made by strace -c is read, also with its columns reordered', async () => {
  for (const [name, newfstatat] of [['6.1-f_c.strace', [1890, 365, 0.015031]], ['6.1-f_c_U.strace', [1890, 365, 0.014007]]] as const) {
    const counter = new Counter();
    await readLog(join(FIXTURES, name), counter);
    const { rows, source } = counter.result();
    assert.equal(source, 'table');
    assert.equal(rows.length, 73);
    const row = rows.find((each) => each.name === 'newfstatat')!;
    assert.deepEqual([row.calls, row.errors, row.seconds], newfstatat);
    assert.equal(rows.find((each) => each.name === 'statx')!.errors, 0, 'an empty errors cell');
  }
});

test('the files of -ff are one trace, ordered by time', async () => {
  const trace = await loadTrace(join(FIXTURES, 'ff'));
  assert.deepEqual([...new Set(trace.columns.pid)].sort((a, b) => a - b), [16814, 16824, 16832, 16976]);
  const times = [...trace.columns.time];
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
  assert.deepEqual(trace.unrecognised, []);
  const byGlob = await loadTrace(join(FIXTURES, 'ff', 'log.*'));
  assert.equal(byGlob.digest, trace.digest);
  const byName = await loadTrace(join(FIXTURES, 'ff', 'log'));
  assert.equal(byName.digest, trace.digest);
  const one = await loadTrace(join(FIXTURES, 'ff', 'log.1682*'));
  assert.deepEqual([...new Set(one.columns.pid)], [16824]);
});

const compressed: readonly { readonly command: string; readonly pack: (bytes: Buffer) => Buffer | null }[] = [
  { command: 'gzip', pack: (bytes) => gzipSync(bytes) },
  { command: 'xz', pack: (bytes) => packedBy('xz', bytes) },
  { command: 'zstd', pack: (bytes) => packedBy('zstd', bytes) },
];

function packedBy(command: string, bytes: Buffer): Buffer | null {
  const { status, stdout } = spawnSync(command, ['-c'], { input: bytes });
  return status === 0 ? stdout : null;
}

for (const { command, pack } of compressed) {
  test(`${command} is recognised by content, whatever the file is called`, async (t) => {
    const { bytes } = fixtureLogs().find(({ name }) => name === 'node.f-ttt-T.strace')!;
    const packed = pack(bytes);
    if (packed === null) {
      t.skip(`the command ${command} is not installed`);
      return;
    }
    const path = join(dir, `log-${command}`);
    writeFileSync(path, packed);
    assert.equal((await loadTrace(path)).digest, traceOf(bytes, 'plain').digest);
    writeFileSync(path, packed.subarray(0, packed.length / 2));
    await assert.rejects(loadTrace(path), { code: 'UR_NOT_A_LOG', message: /decompress/ });
  });
}

test('records can be iterated without holding the log', async () => {
  const source = join(FIXTURES, 'thr-part.f-ttt-T.strace');
  const trace = await loadTrace(source);
  const calls = [];
  for await (const record of iterateRecords(source)) if (record.kind === 'call') calls.push(record);
  assert.equal(calls.length, trace.length);
  const byLine = calls.toSorted((x, y) => x.line - y.line);
  for (const call of trace.calls()) {
    const same = byLine[call.index];
    assert.deepEqual([same.line, same.lineEnd, same.pid, same.time, same.name, same.ret, same.errno, same.duration], [call.line, call.lineEnd, call.pid, call.time, call.name, call.ret, call.errno, call.duration]);
    assert.deepEqual(same.args(), call.args());
  }
  let seen = 0;
  for await (const record of iterateRecords(source)) {
    assert.ok(record.line > 0);
    if (++seen === 5) break; // leaving early closes the file
  }
});
