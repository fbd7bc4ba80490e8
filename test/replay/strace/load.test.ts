import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { loadTrace, traceOf } from '../../../replay/strace/load.js';
import type { Trace } from '../../../replay/trace/model.js';

const dir = mkdtempSync(join(tmpdir(), 'ur-reader-'));
after(() => { rmSync(dir, { recursive: true }); });

const fixture = (name: string): string => new URL(`../../../../test/fixtures/strace/${name}`, import.meta.url).pathname;
const traced = (log: string): Trace => traceOf(Buffer.from(log), 'test');

test('a real log: every line has a kind, halves are joined', async () => {
  const trace = await loadTrace(fixture('node.f-ttt-T.strace'));
  assert.deepEqual(trace.kinds, { call: 801, exit: 7 });
  assert.equal(trace.lines, 808);
  assert.equal(trace.length, 713);
  assert.deepEqual(trace.unrecognised, []);
  const lines = [...trace.calls()].map((call) => call.line);
  assert.deepEqual(lines, lines.toSorted((a, b) => a - b));
});

test('a split call has the time of its first half and the duration of its second', () => {
  const trace = traced(
    '7 1700000000.100000 read(3,  <unfinished ...>\n8 1700000000.200000 close(4) = 0 <0.000001>\n' +
      '7 1700000000.300000 <... read resumed>"ab", 9) = 2 <0.200005>\n',
  );
  const call = trace.call(0);
  assert.deepEqual(
    { ...call, args: call.args() },
    {
      index: 0, line: 1, lineEnd: 3, pid: 7, time: 1700000000.1, name: 'read', ret: 2, errno: null, duration: 0.200005,
      args: [
        { type: 'number', value: 3, hex: false },
        { type: 'string', bytes: Buffer.from('ab'), truncated: false },
        { type: 'number', value: 9, hex: false },
      ].map((v) => (v.type === 'string' ? { ...v, bytes: new Uint8Array(v.bytes as Buffer) } : v)),
    },
  );
  assert.equal(trace.call(1).name, 'close');
});

test('bad input: what is wrong, and what to do', async () => {
  writeFileSync(join(dir, 'empty'), '');
  writeFileSync(join(dir, 'binary'), Buffer.from([0x7f, 0x45, 0, 0, 10, 0, 1, 2]));
  await assert.rejects(loadTrace(join(dir, 'absent')), { code: 'UR_NO_SUCH_LOG', message: /no such file/ });
  await assert.rejects(loadTrace(join(dir, 'empty')), { code: 'UR_EMPTY_LOG' });
  await assert.rejects(loadTrace(join(dir, 'binary')), { code: 'UR_NOT_A_LOG', message: /binary/ });
});

test('a log cut off inside a line keeps the call as one that never returned', () => {
  const trace = traced('7 close(3) = 0\n7 openat(AT_FDCWD, "/etc/pa');
  assert.equal(trace.length, 2);
  assert.equal(trace.call(1).ret, null);
  assert.equal(trace.unrecognised.length, 1);
});

test('gzip is recognised by content', async () => {
  writeFileSync(join(dir, 'log.gz'), gzipSync('7 close(3) = 0\n'));
  assert.equal((await loadTrace(join(dir, 'log.gz'))).length, 1);
});

test('lines without a pid belong to the process that was there first, or that is left', () => {
  const trace = traced(
    'brk(NULL) = 0x1\nclone(flags=SIGCHLDstrace: Process 9 attached\n <unfinished ...>\n[pid     9] getpid() = 9\n' +
      '[pid     7] <... clone resumed>, child_tidptr=0x1) = 9\n[pid     7] wait4(-1,  <unfinished ...>\n[pid     9] exit_group(0) = ?\n' +
      '[pid     9] +++ exited with 0 +++\n<... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 0}], 0, NULL) = 9\n' +
      '--- SIGCHLD {si_signo=SIGCHLD} ---\nclose(1) = 0\n+++ exited with 0 +++\n',
  );
  assert.deepEqual(trace.unrecognised, []);
  assert.deepEqual([...trace.calls()].map(({ name, pid }) => [name, pid]), [['brk', 7], ['clone', 7], ['getpid', 9], ['wait4', 7], ['exit_group', 9], ['close', 7]]);
  assert.deepEqual([...trace.events()].map(({ kind, pid }) => [kind, pid]), [['exit', 9], ['signal', 7], ['exit', 7]]);
});
