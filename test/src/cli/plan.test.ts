import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { it } from 'node:test';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../../../src/cli/main.js', import.meta.url));
const fixture = fileURLToPath(new URL('../../../../test/fixtures/python-startup.strace', import.meta.url));

function plan(...flags: string[]): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [main, 'plan', fixture, ...flags], { encoding: 'utf8', env: { ...process.env, NO_COLOR: '1' } });
}

it('plan: the figures add up, as JSON and as text', () => {
  const { stdout, status, stderr } = plan('--json');
  assert.equal(status, 0, stderr);
  const figures = JSON.parse(stdout) as {
    logCalls: number;
    calls: number;
    criticalPath: number;
    widestLevel: number;
    largestBatch: number;
    withoutOpcode: Record<string, number>;
    ledger: { count: number }[];
  };
  assert.equal(figures.calls + figures.ledger.reduce((sum, { count }) => sum + count, 0), figures.logCalls);
  assert.ok(figures.criticalPath * figures.widestLevel >= figures.calls);
  assert.ok(figures.largestBatch > 1 && figures.largestBatch <= figures.calls);
  assert.deepEqual(Object.keys(figures.withoutOpcode).sort(), ['access', 'fcntl', 'getdents64', 'lseek', 'readlink']);
  const text = plan();
  assert.match(text.stdout, new RegExp(`calls +${figures.calls} of ${figures.logCalls}`));
  assert.match(text.stdout, /critical path +\d+ calls/);
});

it('plan --dot: one node per call, every edge between two of them', () => {
  const lines = plan('--dot').stdout.split('\n');
  const nodes = new Set(lines.flatMap((line) => /^ {2}(\d+) \[label=/.exec(line)?.[1] ?? []));
  const edges = lines.flatMap((line) => {
    const match = /^ {2}(\d+) -> (\d+) /.exec(line);
    return match === null ? [] : [[match[1], match[2]] as const];
  });
  assert.equal(lines[0], 'digraph plan {');
  assert.equal(nodes.size, 198);
  assert.ok(edges.length > 100);
  for (const [from, to] of edges) assert.ok(nodes.has(from) && nodes.has(to) && Number(from) < Number(to));
});

it('plan --pid names a value that is no process', () => {
  const { status, stderr } = plan('--pid', 'x');
  assert.equal(status, 2);
  assert.match(stderr, /--pid/);
});
