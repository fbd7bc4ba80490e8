/** Hostile plans: nothing outside of the root, nothing that blocks or has effects, no more than the limits. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import type { WarmRecord } from '../../../replay/warm/format.js';
import { ENGINES, LOOKUP, READ, savePlan, scratch, unknownName, warmed } from './plans.js';

const dir = scratch();
const root = path.join(dir, 'root');
const outside = path.join(dir, 'outside');
mkdirSync(path.join(root, 'sub'), { recursive: true });
mkdirSync(outside);
writeFileSync(path.join(outside, 'secret'), 's'.repeat(50_000));
writeFileSync(path.join(root, 'inside'), 'i'.repeat(30_000));
symlinkSync('../outside/secret', path.join(root, 'relative'));
symlinkSync(path.join(outside, 'secret'), path.join(root, 'absolute'));
symlinkSync('/proc/self/root', path.join(root, 'magic'));
symlinkSync('../outside', path.join(root, 'directory'));
symlinkSync('/inside', path.join(root, 'within'));
symlinkSync('loop', path.join(root, 'loop'));
assert.equal(spawnSync('mkfifo', [path.join(root, 'fifo')]).status, 0);
symlinkSync('fifo', path.join(root, 'tofifo'));

const everything = (name: string): WarmRecord => ({ ...READ, path: name, list: true, execute: true, readlink: true });
const inRoot = (engine: string, records: readonly WarmRecord[], args: readonly string[] = []): ReturnType<typeof warmed> =>
  warmed(savePlan(dir, [...records, unknownName('/')]), ['--root', root, '--engine', engine, '--width', '8', ...args]);

for (const engine of ENGINES) test(`links and dots do not lead out of the root: ${engine}`, () => {
  const names = ['/relative', '/absolute', '/directory/secret', '/../outside/secret', '/sub/../../outside/secret', '/magic', `/magic${outside}/secret`,
    `${outside}/secret`, `/proc/self/root${outside}/secret`, '/../../../../../../../../etc/passwd', '/loop'];
  const report = inRoot(engine, names.map(everything));
  assert.deepEqual([report.files, report.bytes, report.lookups], [0, 0, 0]);
  assert.equal((report.misses ?? 0) + Object.values(report.skipped ?? {}).reduce((a, b) => a + b, 0), names.length + 1);
});

for (const engine of ENGINES) test(`an absolute link counts from the root, as in a chroot: ${engine}`, () => {
  const report = inRoot(engine, [everything('/within')]);
  assert.deepEqual([report.files, report.bytes, report.links], [1, 30_000, 1]);
});

for (const engine of ENGINES) test(`FIFOs, sockets, devices and interfaces of the kernel are looked up and never opened: ${engine}`, () => {
  const pipes = inRoot(engine, ['/fifo', '/tofifo'].map(everything));
  assert.deepEqual([pipes.lookups, pipes.files, pipes.skipped?.special], [2, 0, 2]);
  const names = ['/dev/null', '/dev/zero', '/dev/tty', '/proc/self/status', '/proc/kmsg', '/proc/self/fd', '/sys/kernel/profiling', '/proc/cpuinfo'];
  const report = warmed(savePlan(dir, [...names.map(everything), unknownName(dir)]), ['--engine', engine]);
  assert.deepEqual([report.files, report.bytes], [0, 0]);
});

for (const engine of ENGINES) test(`no link of /proc is followed: ${engine}`, () => {
  const report = warmed(savePlan(dir, [everything(`/proc/self/root${outside}/secret`), everything('/proc/self/cwd'), unknownName(dir)]), ['--engine', engine]);
  assert.deepEqual([report.files, report.lookups], [0, 0]);
});

for (const engine of ENGINES) test(`no more bytes than --max-bytes, from however many records: ${engine}`, () => {
  for (let i = 0; i < 20; i++) linkSync(path.join(root, 'inside'), path.join(root, `${engine}${i}`));
  const records = Array.from({ length: 20 }, (_, i) => ({ ...everything(`/${engine}${i}`), execute: false }));
  const programs = inRoot(engine, records.map((record) => ({ ...record, execute: true })), ['--max-bytes', '50000']);
  assert.ok((programs.bytes ?? 0) <= 50_000 && programs.stoppedBy === 'bytes', JSON.stringify(programs));
  for (const [bytesMax, bytes] of [[0, 0], [1, 1], [29_999, 29_999], [70_000, 70_000], [10_000_000, 600_000]] as const) {
    const report = inRoot(engine, records, ['--max-bytes', bytesMax.toString()]);
    assert.equal(report.bytes, bytes);
    assert.equal(report.stoppedBy, bytes < 600_000 ? 'bytes' : null);
  }
});

for (const engine of ENGINES) test(`no longer than --budget: ${engine}`, () => {
  const report = inRoot(engine, Array.from({ length: 1000 }, (_, i) => everything(`/sub/${i}`)), ['--budget', '0ms']);
  assert.deepEqual([report.stoppedBy, report.cached], ['budget', false]);
  assert.ok((report.touched ?? 0) < 1000);
});

for (const engine of ENGINES) test(`a program that is no program, or interprets itself, ends: ${engine}`, () => {
  const scripts: Readonly<Record<string, string>> = {
    self: '#!/self\n', ring1: '#! /ring2 x\n', ring2: '#!/ring1', elf: '\x7fELF\x02\x01\x01', short: '#!', blank: '#!   \n', none: '#!/nowhere/at/all\n',
    relative: '#!inside\n', fifo2: '#!/fifo\n',
  };
  for (const [name, text] of Object.entries(scripts)) writeFileSync(path.join(root, name), text, 'latin1');
  writeFileSync(path.join(root, 'noise'), Buffer.concat([Buffer.from('\x7fELF\x02\x01\x01\0', 'latin1'), Buffer.alloc(5000, 0xff)]));
  const report = inRoot(engine, [...Object.keys(scripts), 'noise'].map((name) => ({ ...LOOKUP, path: `/${name}`, execute: true })));
  assert.equal(report.error, null);
  assert.equal(report.touched, report.records);
});
