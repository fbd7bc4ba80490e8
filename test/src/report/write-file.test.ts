import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileWhole } from '../../../src/report/write-file.js';

test('a file appears whole, a special file stays what it is', async (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
  t.after(() => { rmSync(dir, { recursive: true }); });
  await writeFileWhole(join(dir, 'file'), 'text');
  assert.equal(readFileSync(join(dir, 'file'), 'utf8'), 'text');
  const pipe = join(dir, 'pipe');
  await once(spawn('mkfifo', [pipe]), 'exit');
  const reader = spawn('cat', [pipe]);
  const [, got] = await Promise.all([writeFileWhole(pipe, 'through'), once(reader.stdout, 'data')]);
  assert.equal(String(got[0]), 'through');
  assert.ok(statSync(pipe).isFIFO());
  assert.deepEqual(readdirSync(dir).sort(), ['file', 'pipe']);
});

test('a folder that is not there is an error that names the file', async () => {
  await assert.rejects(writeFileWhole('/nonexistent/file', ''), { code: 'UR_CANNOT_WRITE', message: /nonexistent\/file: ENOENT/ });
});
