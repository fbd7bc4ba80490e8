import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { LONG_CALLS } from '../../../replay/strace/in-order.js';
import { loadTrace, traceOf } from '../../../replay/strace/load.js';
import { readLog } from '../../../replay/strace/read.js';
import { resolve } from '../../../replay/world/resolve.js';
import { Survey } from '../../../replay/world/survey.js';
import { type ReplayTally, tallyReplay } from '../../../replay/world/tally.js';
import type { Trace } from '../../../replay/trace/model.js';
import { fixtureLines, fixtureLogs, mutated, randomFrom } from '../strace/corpus.js';

const TRACES = fileURLToPath(new URL('../../../../test/fixtures/traces/', import.meta.url));

/** null where the log shows the pids of some calls only. */
async function tally(source: string, bytes: Uint8Array | null): Promise<ReplayTally | null> {
  const survey = new Survey();
  await readLog(source, survey, { bytes, anything: true });
  return survey.pidsAreMixed ? null : tallyReplay(survey, (sink) => readLog(source, sink, { bytes, anything: true }));
}

function planned(trace: Trace): ReplayTally {
  const { ops, ledger, standIns } = resolve(trace, { mode: 'sandbox' });
  return { ops, ledger, standIns };
}

async function compare(bytes: Buffer): Promise<ReplayTally | null> {
  const counted = await tally('test', bytes);
  if (counted !== null) assert.deepEqual(counted, planned(traceOf(bytes, 'test', { anything: true })));
  return counted;
}

for (const name of readdirSync(TRACES).filter((file) => file.endsWith('.gz'))) {
  test(`${name}: counted while it is read as it is planned`, async () => {
    const counted = await tally(TRACES + name, null);
    assert.deepEqual(counted, planned(await loadTrace(TRACES + name)));
    assert.ok(counted.ops > 0);
  });
}

test('all logs of the fixtures are counted as they are planned, but those that show only some pids', async () => {
  let mixed = 0;
  for (const { bytes } of fixtureLogs()) if ((await compare(bytes)) === null) mixed++;
  assert.ok(mixed > 0 && mixed < fixtureLogs().length / 2, `${mixed} show only some pids`);
});

test('damaged logs are counted as they are planned', async () => {
  const lines = fixtureLines();
  await fc.assert(fc.asyncProperty(fc.integer(), fc.nat(lines.length - 1), fc.integer({ min: 1, max: 120 }), async (seed, from, count) => {
    const random = randomFrom(seed);
    const taken = lines.slice(from, from + count).map((line) => (random() % 8 === 0 ? mutated(line, lines[random() % lines.length], random) : line));
    if (random() % 2 === 0) taken.splice(random() % taken.length, 1); // a half of a call, say
    await compare(Buffer.from(taken.map((line) => `${line.toString('latin1')}\n`).join(''), 'latin1'));
  }), { numRuns: 300 });
});

test('calls that others pass by thousands are counted in their place', async () => {
  const others = (pid: number, count: number): string => `${pid} openat(AT_FDCWD, "/etc/hosts", O_RDONLY) = 3\n${pid} close(3) = 0\n`.repeat(count / 2);
  const log = [
    '7 execve("/bin/x", ["x"], 0x7ffe /* 9 vars */) = 0\n',
    '7 openat(AT_FDCWD, "/data", O_RDONLY) = 4\n',
    '7 clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|SIGCHLD) = 8\n',
    '7 read(4,  <unfinished ...>\n',
    others(8, 2 * LONG_CALLS),
    '7 <... read resumed>"x", 8) = 1\n',
    '7 futex(0x7f, FUTEX_WAIT, 0, NULL <unfinished ...>\n',
    '8 getcwd( <unfinished ...>\n',
    '7 <... futex resumed>) = 0\n',
    others(7, 10),
    '8 <... getcwd resumed>"/home", 100) = 6\n',
    '8 openat(AT_FDCWD, "sub", O_RDONLY <unfinished ...>\n',
    others(7, 4 * LONG_CALLS),
    '8 +++ exited with 0 +++\n',
    '7 stat("/home/other", {st_mode=S_IFREG|0644, st_size=3, ...}) = 0\n',
  ].join('');
  const counted = await compare(Buffer.from(log));
  assert.ok(counted !== null);
  assert.equal(counted.ledger.find(({ syscall }) => syscall === 'openat')?.reason, 'unfinished');
  assert.equal(counted.ledger.some(({ syscall }) => syscall === 'read'), false);
});

test('a device that a later fstat shows is known from the start when the log is gone through again', async () => {
  const log = Buffer.from('1 openat(AT_FDCWD, "/x", O_RDONLY) = 3\n1 read(3, "a", 9) = 1\n1 fstat(3, {st_mode=S_IFCHR|0666, st_rdev=makedev(0x1, 0x3), ...}) = 0\n');
  const survey = new Survey();
  let readings = 0;
  await readLog('test', survey, { bytes: log });
  const counted = await tallyReplay(survey, (sink) => { readings++; return readLog('test', sink, { bytes: log }); });
  assert.deepEqual([readings, counted.ops], [2, 0]);
  assert.deepEqual(counted, planned(traceOf(log, 'test')));
});
