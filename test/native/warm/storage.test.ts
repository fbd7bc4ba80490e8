/** On a file system with latency, made cold before: what was warmed is asked for no more. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { LatencyFs } from '../../../bench/conditions/latency-fs.js';
import type { WarmReport } from '../../../bench/warm/runner.js';
import type { WarmRecord } from '../../../replay/warm/format.js';
import { namespace, noFuse, withDirectory } from '../../bench/conditions/host.js';
import { WARM } from '../binaries.js';
import { ENGINES, LOOKUP, READ, savePlan, scratch } from './plans.js';

const run = promisify(execFile);
const skip = await noFuse();
const plans = scratch();
const FILES = 150;

function fill(dir: string): void {
  mkdirSync(path.join(dir, 'a/b/c'), { recursive: true });
  for (let i = 0; i < FILES; i++) writeFileSync(path.join(dir, 'a/b', `file${i}`), 'x'.repeat(i * 100));
  writeFileSync(path.join(dir, 'large'), Buffer.alloc(1_500_000, 'uring'));
  symlinkSync('a/b', path.join(dir, 'link'));
  cpSync('/bin/sh', path.join(dir, 'program'), { dereference: true });
}

const RECORDS: readonly WarmRecord[] = [
  ...Array.from({ length: FILES }, (_, i): WarmRecord => ({ ...READ, path: `/link/file${i}` })),
  ...Array.from({ length: 50 }, (_, i): WarmRecord => ({ ...LOOKUP, path: `/a/b/none${i}`, type: 'absent' })),
  { ...READ, path: '/large', ranges: [{ offset: 700_000, bytes: 100_000 }] }, { ...LOOKUP, path: '/a/b', list: true, open: true },
  { ...LOOKUP, path: '/link', readlink: true, noFollow: true }, { ...LOOKUP, path: '/program', execute: true },
];
const LOOK = `cd "$1"; cat link/file* | cksum >/dev/null; stat a/b/none* >/dev/null 2>&1; for i in $(seq 0 49); do test -e a/b/none$i; done; ls a/b >/dev/null
  dd if=large bs=1000 skip=700 count=100 2>/dev/null | cksum >/dev/null; readlink link >/dev/null; ./program -c true`;

for (const engine of ENGINES) {
  test(`what was warmed is asked for no more: ${engine}`, { skip }, () =>
    withDirectory(async (dir) => {
      fill(dir);
      const fs = await LatencyFs.open({ source: dir, mount: dir, latencyNs: 200_000, namespace });
      try {
        const inside = async (file: string, ...args: string[]): Promise<string> => {
          const [first, ...rest] = [...fs.launcher, file, ...args];
          return (await run(first, rest, { maxBuffer: 2 ** 24 })).stdout;
        };
        await fs.drop();
        const report = JSON.parse(await inside(WARM, '--engine', engine, '--root', dir, '--report', '-', savePlan(plans, RECORDS))) as WarmReport;
        assert.deepEqual([report.cached, report.stoppedBy, report.touched], [false, null, RECORDS.length]);
        assert.deepEqual([report.lookups, report.listings, report.links], [FILES + 4, 1, 1]);
        assert.ok((report.misses ?? 0) >= 50); // and the interpreter of the program, which is not in this root
        assert.ok((report.bytes ?? 0) > 100_000 + (100 * FILES * (FILES - 1)) / 2);
        const cost = (await fs.take()).requests ?? {};
        assert.ok(cost.lookup >= FILES + 50, JSON.stringify(cost));
        await inside('bash', '-c', LOOK, 'bash', dir);
        const { lookup = 0, read = 0, readdir = 0, readlink = 0 } = (await fs.take()).requests ?? {};
        assert.deepEqual({ read, readdir, readlink }, { read: 0, readdir: 0, readlink: 0 });
        // `a/b/none*`, which nobody has asked for.
        assert.ok(lookup <= 1, `${lookup} lookups`);
        const again = JSON.parse(await inside(WARM, '--engine', engine, '--root', dir, '--report', '-', savePlan(plans, RECORDS))) as WarmReport;
        assert.deepEqual([again.cached, again.touched], [true, 0]);
      } finally {
        await fs.close();
      }
    }));
}

test('the command ends first: the warming stops at once', { skip }, () =>
  withDirectory(async (dir) => {
    fill(dir);
    const fs = await LatencyFs.open({ source: dir, mount: dir, latencyNs: 50_000_000, namespace });
    try {
      const report = path.join(plans, 'early.json');
      const [first, ...rest] = [...fs.launcher, WARM, '--root', dir, '--width', '1', '--report', report, savePlan(plans, RECORDS), '--', 'sleep', '0.1'];
      await run(first, rest);
      const text = await ended(report);
      const { stoppedBy, touched = 0, records = 0 } = JSON.parse(text) as WarmReport;
      assert.equal(stoppedBy, 'command');
      assert.ok(touched < records);
    } finally {
      await fs.close();
    }
  }));

test('a storage that does not answer holds nobody up beyond the budget', { skip }, () =>
  withDirectory(async (dir) => {
    fill(dir);
    const fs = await LatencyFs.open({ source: dir, mount: dir, latencyNs: 20e9, namespace });
    try {
      for (const engine of ENGINES) {
        const report = path.join(plans, `late-${engine}.json`);
        const [first, ...rest] = [...fs.launcher, WARM, '--engine', engine, '--root', dir, '--before', '--budget', '100ms', '--report', report, savePlan(plans, RECORDS), '--', 'echo', 'ran'];
        assert.equal((await run(first, rest, { timeout: 15_000 })).stdout, 'ran\n');
        const { stoppedBy, touched } = JSON.parse(await ended(report)) as WarmReport;
        assert.deepEqual([stoppedBy, touched], ['budget', 0]);
      }
    } finally {
      await fs.close();
    }
  }));

/** The report of a warming that ends a moment after its command. */
async function ended(file: string): Promise<string> {
  const { readFile } = await import('node:fs/promises');
  const { setTimeout } = await import('node:timers/promises');
  for (let i = 0; i < 200; i++) {
    const text = await readFile(file, 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text;
    await setTimeout(20);
  }
  throw new Error('no report');
}
