import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { interpreterOf } from '../../../replay/warm/interpreter.js';

const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
after(() => { rmSync(dir, { recursive: true, force: true }); });
const file = path.join(dir, 'file');

function of(content: Uint8Array | string): string | null {
  writeFileSync(file, content);
  return interpreterOf(file);
}

test('of a program: the dynamic linker that it names, which is there', () => {
  const linker = interpreterOf(process.execPath);
  assert.ok(linker !== null && existsSync(linker), linker ?? 'none');
});

test('of a script: what its first line names', () => {
  assert.equal(of('#!/bin/sh\nexit 0\n'), '/bin/sh');
  assert.equal(of('#! \t/usr/bin/env -S python3\n'), '/usr/bin/env');
  assert.equal(of('#!/bin/sh'), '/bin/sh');
  assert.equal(of(Buffer.from('#!/bin/\xff\n', 'latin1')), '/bin/\xff');
  for (const none of ['#!', '#!\n/bin/sh\n', '#!sh\n', '', '#', 'echo\n']) assert.equal(of(none), null, none);
});

test('nobody where there is no file, and nothing but files is opened', () => {
  assert.equal(interpreterOf(path.join(dir, 'none')), null);
  assert.equal(interpreterOf(dir), null);
  assert.equal(interpreterOf('/dev/tty'), null);
  const fifo = path.join(dir, 'fifo');
  execFileSync('mkfifo', [fifo]);
  assert.equal(interpreterOf(fifo), null);
});

test('whatever a damaged program holds, the answer is a path or null', () => {
  const whole = readFileSync(process.execPath).subarray(0, 4096);
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(1023), fc.nat(255)), { minLength: 1, maxLength: 12 }), fc.nat(4096), (changes, length) => {
      const bytes = Buffer.from(whole.subarray(0, length));
      for (const [at, value] of changes) if (at < bytes.length) bytes[at] = value;
      const found = of(bytes);
      assert.ok(found === null || (found.startsWith('/') && !found.includes('\0')));
    }),
    { numRuns: 300 },
  );
});
