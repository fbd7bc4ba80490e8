import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { loadNative } from '../../replay/native.js';
import { CHECK_SUCCESS, CHECK_VALUE } from '../../replay/plan/format.js';
import { runBinary, RUNNER } from './binaries.js';
import { everyCall, makeTree, program, type Step } from './programs.js';

const native = loadNative();
const probe = native.probe();
const skip = probe.available ? false : `io_uring is off here: ${probe.cause ?? ''}`;
const tree = makeTree();
after(() => { rmSync(tree, { recursive: true }); });

function save(name: string, bytes: Uint8Array): string {
  writeFileSync(join(tree, name), bytes);
  return join(tree, name);
}

const opens = (count: number): Step[] => Array.from({ length: count }, (_, out) => (
  { code: 'open', path: `${tree}/file`, a: 0, out, check: CHECK_SUCCESS }));

test('the soft limit of open files is raised when the program needs more', () => {
  const file = save('opens.bin', program(opens(500)));
  const run = runBinary('sh', ['-c', `ulimit -Sn 100; exec "${RUNNER}" "${file}"`]);
  assert.equal(run.status, 0, run.stdout + run.stderr);
});

test('too small a hard limit for dup2 targets is an error that names it', () => {
  const file = save('dup.bin', program([...opens(20), { code: 'dup2', fd: 0, b: 0, out: 20, check: CHECK_SUCCESS }]));
  const run = runBinary('sh', ['-c', `ulimit -n 64; exec "${RUNNER}" "${file}"`]);
  assert.equal(run.status, 2);
  assert.match(run.stderr, /UR_LIMIT: .*RLIMIT_NOFILE allows 64\nremedy: raise the limit: ulimit -Hn \d+/);
});

test('a dup2 target never hits a descriptor that the program holds', async () => {
  const steps: Step[] = [...opens(100), ...Array.from({ length: 20 }, (_, i): Step => ({ code: 'dup2', fd: i, b: i, out: 100 + i, check: CHECK_SUCCESS })),
    ...Array.from({ length: 120 }, (_, fd): Step => ({ code: 'close', fd, check: CHECK_VALUE, expect: 0 }))];
  for (const engine of probe.available ? (['serial', 'ring'] as const) : (['serial'] as const)) {
    const replay = native.create(program(steps), { engine, order: 'deps' });
    assert.deepEqual((await replay.run(5)).divergent, []);
    replay.close();
  }
});

test('more calls than the largest ring holds: the window is the ring, every call is done', { skip }, async () => {
  const steps = Array.from({ length: 40_000 }, (): Step => ({ code: 'nop', check: CHECK_VALUE, expect: 0 }));
  const replay = native.create(program(steps), { engine: 'ring', batch: 0 });
  assert.deepEqual((await replay.run(2)).divergent, []);
  assert.equal(replay.describe().inFlightMax, 32_768);
  replay.close();
});

test('the number of io-wq workers can be limited', { skip }, async () => {
  const replay = native.create(program(everyCall(tree)), { engine: 'ring', workers: 1 });
  assert.deepEqual((await replay.run(20)).divergent, []);
  assert.equal(replay.describe().workersMax, 1);
  replay.close();
});

const namespaces = runBinary('unshare', ['--user', 'true']).status === 0;

test('without permission for tracepoints, completions give the same counts', {
  skip: !probe.available ? skip : !probe.tracepoint ? 'no tracepoint to compare with' : namespaces ? false : 'no user namespaces',
}, () => {
  const file = save('counts.bin', program(everyCall(tree)));
  const count = (command: readonly string[]): Record<string, unknown> => {
    const run = runBinary(command[0], [...command.slice(1), file, '--engine', 'ring', '--count']);
    assert.equal(run.status, 0, run.stdout + run.stderr);
    return (JSON.parse(run.stdout) as { count: Record<string, unknown> }).count;
  };
  const traced = count([RUNNER]);
  const observed = count(['unshare', '--user', RUNNER]);
  assert.equal(traced.source, 'tracepoint');
  assert.equal(observed.source, 'completions');
  assert.deepEqual({ ...observed, source: '' }, { ...traced, source: '' });
});
