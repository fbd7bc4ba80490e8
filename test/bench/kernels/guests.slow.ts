/**
 * With real guests: `npm run test:kernels`. Needs qemu-system-x86_64, mke2fs, a built native part and either
 * the network or a kernel fetched before; skips with the reason where one is missing. A few minutes.
 *
 * The recorded figures hold exactly for one kernel, qemu and runner; where one of them is another, they must be
 * near. UPDATE_EXPECTED=1 records them anew.
 */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { compareKernels } from '../../../bench/kernels/compare.js';
import { fetchKernel } from '../../../bench/kernels/fetch.js';
import type { KernelRow, KernelsReport } from '../../../bench/kernels/report.js';
import { KERNELS_DEFAULTS } from '../../../bench/kernels/settings.js';
import type { KernelsSettings } from '../../../bench/kernels/settings.js';
import { findTool } from '../../../bench/kernels/tools.js';
import { parseResult } from '../../../bench/result/read-result.js';
import { UringReplayError } from '../../../replay/errors.js';

const KERNEL = 'debian:6.1';
const LOG = 'test/fixtures/python-startup.strace';
const EXPECTED = 'test/fixtures/kernels/expected.json';
/** Another runner, qemu or point release moves counts by a few per cent; a broken set-up by factors. */
const NEAR = 0.1;

interface Expected {
  readonly key: readonly string[];
  readonly figures: Readonly<Record<string, number>>;
}

/** Why there can be no guests here, or null. */
async function obstacle(): Promise<string | null> {
  const missing = ['qemu-system-x86_64', 'mke2fs'].filter((tool) => findTool(tool) === null);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  if (!existsSync('build/Release/uring-guest-init')) return 'the native part is not built';
  try {
    await fetchKernel(KERNEL);
    return null;
  } catch (error) {
    if (!(error instanceof UringReplayError)) throw error;
    return `${KERNEL} cannot be fetched: ${error.message}`;
  }
}

const why = await obstacle();
const skip = why === null ? false : `no guests here: ${why}`;

function compare(change: Partial<KernelsSettings>): Promise<KernelsReport> {
  return compareKernels({ ...KERNELS_DEFAULTS, file: LOG, kernels: [KERNEL], parallel: availableParallelism(), ...change });
}

function oneRow(report: KernelsReport): KernelRow {
  assert.equal(report.rows.length, 1);
  return report.rows[0];
}

describe('instruction counts', { skip }, () => {
  let report: KernelsReport;
  before(async () => {
    report = await compare({ tier: 'icount' });
  });

  test('both arms give a figure that two runs agree on, with every outcome as in the log', () => {
    const { arms, missing } = oneRow(report);
    assert.deepEqual(missing, []);
    assert.deepEqual(arms.map((arm) => arm.id), ['serial', 'ring/trace/32']);
    assert.equal(arms[0].divergences, 0);
  });

  test('they are those recorded', (t) => {
    const row = oneRow(report);
    const key = [row.sources[0].sha256, report.qemu, report.runner, report.trace.digest];
    const figures = Object.fromEntries(row.arms.map((arm) => [arm.id, arm.figure!.median]));
    if (process.env['UPDATE_EXPECTED'] === '1') writeFileSync(EXPECTED, `${JSON.stringify({ key, figures }, null, 2)}\n`);
    const expected = JSON.parse(readFileSync(EXPECTED, 'utf8')) as Expected;
    const same = JSON.stringify(key) === JSON.stringify(expected.key);
    t.diagnostic(same ? 'same kernel, qemu, runner and log: compared exactly' : `another kernel, qemu, runner or log: compared within ${100 * NEAR} %`);
    if (same) {
      assert.deepEqual(figures, expected.figures);
      return;
    }
    for (const [id, figure] of Object.entries(expected.figures)) {
      assert.ok(Math.abs(figures[id] / figure - 1) < NEAR, `${id}: ${figures[id]} instead of ${figure}`);
    }
  });

  test('each kernel has an ordinary result that says what its figures are', () => {
    const result = parseResult(JSON.stringify(oneRow(report).result), 'kernel');
    assert.match(result.host.virtualization ?? '', /icount/);
    assert.ok(result.warnings.some((warning) => warning.code === 'instructions'));
    assert.match(result.host.kernel, /^6\.1\./);
  });
});

describe('functional', { skip }, () => {
  test('the runner, and the addon in a real Node, find every outcome of the log', async () => {
    const report = await compare({ tier: 'functional', engines: ['serial'] });
    const { arms, node, result } = oneRow(report);
    assert.deepEqual(arms.map(({ id, figure, divergences }) => ({ id, figure, divergences })), [{ id: 'serial', figure: null, divergences: 0 }]);
    assert.deepEqual(node, { node: process.version, divergences: { serial: 0 }, failures: [] });
    assert.equal(result, null);
  });
});

describe('guests that fail', { skip }, () => {
  const broken = { tier: 'functional', engines: ['serial'], node: false } as const;

  test('a panic is told from the console', async () => {
    const { missing } = oneRow(await compare({ ...broken, commandLines: ['rdinit=/none'] }));
    assert.equal(missing.length, 1);
    assert.match(missing[0].reason, /the guest failed: nothing was sent/);
    assert.match(missing[0].console ?? '', /Kernel panic - not syncing/);
  });

  test('a guest that does not end is ended at its deadline', async () => {
    const { missing } = oneRow(await compare({ ...broken, deadlineSeconds: 1 }));
    assert.match(missing[0].reason, /ended at its deadline after 1 s/);
  });

  test('what is no kernel is told in qemu\'s words', async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
    const cache = process.env['XDG_CACHE_HOME'];
    t.after(() => {
      if (cache === undefined) delete process.env['XDG_CACHE_HOME'];
      else process.env['XDG_CACHE_HOME'] = cache;
      rmSync(dir, { recursive: true });
    });
    process.env['XDG_CACHE_HOME'] = dir;
    const image = join(dir, 'bzImage');
    writeFileSync(image, Buffer.alloc(70_000, 'no kernel'));
    const { missing } = oneRow(await compare({ ...broken, kernels: [image], deadlineSeconds: 10 }));
    assert.match(missing[0].reason, /the guest failed/);
  });
});
