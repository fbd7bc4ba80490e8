import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { findProgram } from '../../bench/find-program.js';

const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
after(() => {
  rmSync(dir, { recursive: true });
});

test('the first executable regular file on the path, as execvp finds it', () => {
  const [first, second] = [join(dir, 'first'), join(dir, 'second')];
  mkdirSync(join(first, 'tool'), { recursive: true }); // a folder of that name is passed over
  mkdirSync(second);
  writeFileSync(join(second, 'tool'), '');
  assert.equal(findProgram('tool', `${first}:${second}`), null);
  chmodSync(join(second, 'tool'), 0o755);
  assert.equal(findProgram('tool', `${first}:${second}`), join(second, 'tool'));
  assert.equal(findProgram(join(second, 'tool'), ''), join(second, 'tool'));
  assert.equal(findProgram('absent', `${first}:${second}`), null);
});
