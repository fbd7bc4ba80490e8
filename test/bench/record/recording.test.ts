import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { readRecording, recordingFileOf, RECORDING_SCHEMA } from '../../../bench/record/recording.js';

const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
after(() => {
  rmSync(dir, { recursive: true });
});

const estimate = { median: 2, low: 1, high: 3, samples: [1, 2, 3] };
const good = { schema: RECORDING_SCHEMA, logDigest: 'abc', wall: estimate, user: estimate, system: estimate };

function logWith(text: string): string {
  const log = join(dir, 'my.strace');
  writeFileSync(recordingFileOf(log), text);
  return log;
}

test('the recording beside a log is read when it belongs to that log', async () => {
  const log = logWith(JSON.stringify(good));
  const read = await readRecording(log, 'abc');
  assert.deepEqual(read?.wall, { median: 2, low: 1, high: 3 });
  assert.equal(read.user.mean, 2);
  const others: unknown[] = [];
  assert.equal(await readRecording(log, 'another digest', (other) => others.push(other)), null);
  assert.deepEqual(others, [{ file: recordingFileOf(log), belongsTo: 'abc', log, digest: 'another digest' }], 'and who asked is told');
  assert.equal(await readRecording(join(dir, 'other.strace'), 'abc'), null);
  assert.equal(await readRecording('-', 'abc'), null);
});

test('user and system are means: a kernel that counts ticks gives a run all or nothing', async () => {
  // Seven of ten runs met the tick in user space: the median of system would be 0.
  const [all, none] = [0.004, 0];
  const user = { samples: [all, all, none, all, all, none, all, all, none, all] };
  const system = { samples: user.samples.map((s) => (s === all ? none : all)) };
  const read = await readRecording(logWith(JSON.stringify({ ...good, user, system })), 'abc');
  assert.ok(read !== null && Math.abs(read.user.mean - 0.0028) < 1e-12 && Math.abs(read.system.mean - 0.0012) < 1e-12);
  assert.ok(read.system.low >= 0 && read.system.low < 0.0012 && read.system.high > 0.0012 && read.system.high < 0.004);
});

test('a file that is no recording is an error that names it', async () => {
  for (const [text, reason] of [
    ['{', /my\.strace\.json: not JSON/],
    ['null', /its schema is not/],
    [JSON.stringify({ ...good, schema: 'uring-replay/recording@2' }), /its schema is not/],
    [JSON.stringify({ ...good, user: { ...estimate, samples: [1, -1] } }), /user has no samples/],
    [JSON.stringify({ ...good, wall: undefined }), /wall is not an estimate/],
  ] as const) {
    await assert.rejects(readRecording(logWith(text), 'abc'), (error: Error & { code?: string }) => {
      assert.equal(error.code, 'UR_BAD_RECORDING');
      assert.match(error.message, reason);
      return true;
    });
  }
});
