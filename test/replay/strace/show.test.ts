/** Which records `show` lets through, and how it prints them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { globPattern } from '../../../replay/strace/glob.js';
import { readLog } from '../../../replay/strace/read.js';
import { Shower } from '../../../replay/strace/show.js';
import type { FilterOptions } from '../../../replay/strace/filter.js';

const LOG = Buffer.from(
  [
    '7     100.000000 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3</etc/passwd> <0.000010>',
    '7     100.500000 read(3</etc/passwd>,  <unfinished ...>',
    '8     101.000000 openat(AT_FDCWD, "/usr/lib/x.so", O_RDONLY) = -1 ENOENT (No such file or directory) <0.000500>',
    '8     101.100000 --- SIGCHLD {si_signo=SIGCHLD} ---',
    '7     101.500000 <... read resumed>"/etc/passwd", 100) = 11 <1.000000>',
    ' | 00000  2f 65 74 63                                      /etc             |',
    '8     102.000000 +++ killed by SIGKILL +++',
    '7     102.500000 close(3</etc/passwd>) = 0 <0.000002>',
    '7     103.000000 +++ exited with 3 +++',
    '',
  ].join('\n'),
);

async function shown(options: FilterOptions, json = false): Promise<string[]> {
  const parts: string[] = [];
  const shower = new Shower(options, json, (bytes) => parts.push(Buffer.from(bytes).toString()) > 0);
  await readLog('test', shower, { bytes: LOG });
  shower.flush();
  return parts.join('').split('\n').slice(0, -1);
}

const names = async (options: FilterOptions): Promise<string[]> =>
  (await shown(options, true)).map((line) => JSON.parse(line) as { kind: string; name?: string }).map(({ kind, name }) => name ?? kind);

test('without filters everything is shown, split calls as one line', async () => {
  const lines = await shown({});
  assert.equal(lines.length, 8);
  assert.equal(lines[3], '7     100.500000 read(3</etc/passwd>, "/etc/passwd", 100) = 11 <1.000000>');
  assert.deepEqual(await names({}), ['openat', 'openat', 'signal', 'read', 'hexdump', 'killed', 'close', 'exit']);
});

test('JSON lines have the fields of the contract', async () => {
  const [first, , signal, read, , killed, , exit] = (await shown({}, true)).map((line) => JSON.parse(line) as unknown);
  assert.deepEqual(first, {
    line: 1, lineEnd: 1, kind: 'call', pid: 7, time: 100, name: 'openat', args: [{ flags: ['AT_FDCWD'] }, '/etc/passwd', { flags: ['O_RDONLY'] }],
    ret: 3, errno: null, duration: 0.00001,
  });
  assert.deepEqual(read, {
    line: 2, lineEnd: 5, kind: 'call', pid: 7, time: 100.5, name: 'read', args: [{ fd: 3, path: '/etc/passwd' }, '/etc/passwd', 100],
    ret: 11, errno: null, duration: 1,
  });
  assert.deepEqual(signal, { line: 4, lineEnd: 4, kind: 'signal', pid: 8, time: 101.1, signal: 'SIGCHLD', text: '--- SIGCHLD {si_signo=SIGCHLD} ---' });
  assert.deepEqual(killed, { line: 7, lineEnd: 7, kind: 'killed', pid: 8, time: 102, signal: 'SIGKILL', text: '+++ killed by SIGKILL +++' });
  assert.deepEqual(exit, { line: 9, lineEnd: 9, kind: 'exit', pid: 7, time: 103, status: 3, text: '+++ exited with 3 +++' });
});

test('filters', async () => {
  assert.deepEqual(await names({ pids: [8] }), ['openat', 'signal', 'killed']);
  assert.deepEqual(await names({ names: ['read', 'close'] }), ['read', 'hexdump', 'close']);
  assert.deepEqual(await names({ errors: true }), ['openat']);
  assert.deepEqual(await names({ slowerThan: 0.0004 }), ['openat', 'read', 'hexdump']);
  assert.deepEqual(await names({ since: { seconds: 102, fromStart: false } }), ['killed', 'close', 'exit']);
  assert.deepEqual(await names({ until: { seconds: 0.5, fromStart: true } }), ['openat', 'read', 'hexdump']);
  assert.deepEqual(await names({ path: globPattern('/usr/*') }), ['openat']);
  // By the annotation; the string that read() returned is data.
  assert.deepEqual(await names({ path: globPattern('*/passwd') }), ['openat', 'read', 'hexdump', 'close']);
  assert.deepEqual(await names({ path: globPattern('/etc/p?ss[a-z]d'), names: ['close'] }), ['close']);
});

test('nothing is written once the reader is gone', async () => {
  let writes = 0;
  const shower = new Shower({}, true, () => {
    writes++;
    return false;
  });
  await readLog('test', shower, { bytes: LOG, goOn: () => shower.open });
  shower.flush();
  shower.flush();
  assert.equal(writes, 1);
  assert.equal(shower.open, false);
});
