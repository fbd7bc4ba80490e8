import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandOf } from '../../../bench/warm/command-of.js';
import { traceOf } from '../../../replay/strace/load.js';

const of = (...lines: readonly string[]): readonly string[] | null => commandOf(traceOf(Buffer.from(lines.map((line) => `7 ${line}\n`).join(''), 'latin1'), 'log'));
const AFTER = 'exit_group(0) = ?';

test('the first program that could be executed, with its arguments', () => {
  assert.deepEqual(
    of(
      'execve("/usr/local/bin/python3", ["python3", "-c", "import json"], 0x7ffd /* 3 vars */) = -1 ENOENT (No such file or directory)',
      'execve("/usr/bin/python3", ["python3", "-c", "import \\"json\\"\\n\\303\\244"], 0x7ffd /* 3 vars */) = 0',
      'execve("/bin/true", ["true"], 0x7ffd /* 3 vars */) = 0',
    ),
    ['/usr/bin/python3', '-c', 'import "json"\nä'],
  );
  assert.deepEqual(of('execve("/bin/true", [], 0x7ffd /* 3 vars */) = 0'), ['/bin/true']);
});

test('what is not all there is not made up', () => {
  assert.equal(of(AFTER), null);
  assert.equal(of('execve("/bin/echo", ["echo", "aaa"...], 0x7ffd /* 3 vars */) = 0'), null);
  assert.equal(of('execve("/bin/echo", ["echo", "a", ...], 0x7ffd /* 3 vars */) = 0'), null);
  assert.equal(of('execve("/bin/echo", 0x7ffd, 0x7ffd /* 3 vars */) = 0'), null);
  assert.equal(of('execve("/bin/echo", ["echo", "\\377"], 0x7ffd /* 3 vars */) = 0'), null);
});
