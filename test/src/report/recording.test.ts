import assert from 'node:assert/strict';
import { test } from 'node:test';
import { recordedText } from '../../../src/report/recording.js';
import type { RecordingDocument } from '../../../bench/record/recording.js';

const estimate = (seconds: number): RecordingDocument['wall'] => ({ median: seconds, low: seconds, high: seconds * 2, samples: [seconds] });
const mean = (seconds: number): RecordingDocument['user'] => ({ mean: seconds, low: seconds, high: seconds * 2, samples: [seconds] });
const recording: RecordingDocument = {
  schema: 'uring-replay/recording@1', date: '', command: ['true'], cwd: '/', runs: 10, kernel: '', strace: '', logDigest: '',
  wall: estimate(0.0235), user: mean(0.012), system: mean(0.000_5), ended: { status: 0, signal: null },
};

test('what was measured, where it is, and what to do next', () => {
  assert.equal(
    recordedText('my.strace', { recording, ended: { status: 0, signal: null }, logBytes: 12_345 }),
    `my.strace: 12,345 bytes
my.strace.json: untraced, 10 runs with output discarded (95 % intervals):
  wall 23.5 ms [23.5, 47.0] (median), user 12.0 ms [12.0, 24.0], system 500 µs [500, 1000] (means)
Next: uring-replay run my.strace
`,
  );
});

test('an end that is not a success is said; no timing where none was asked for', () => {
  assert.equal(
    recordedText('x', { recording: null, ended: { status: 3, signal: null }, logBytes: 1 }),
    'x: 1 bytes\nThe traced command exited with status 3.\nNext: uring-replay run x\n',
  );
  assert.match(
    recordedText('x', { recording: null, ended: { status: null, signal: 'SIGKILL' }, logBytes: 1 }),
    /^The traced command was killed by SIGKILL\.$/m,
  );
});
