/** What does not need a guest: names of kernels, choosing among packages, agreement, changes, the packed tree. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { describeChanges } from '../../../bench/kernels/changes.js';
import { agreement, whatDiffers } from '../../../bench/kernels/identical.js';
import type { ArmOutcome } from '../../../bench/kernels/outcome.js';
import { compareReleases, matchKernel } from '../../../bench/kernels/packages.js';
import type { KernelPackage } from '../../../bench/kernels/packages.js';
import { kernelCommandLine, qemuArguments } from '../../../bench/kernels/qemu.js';
import type { KernelArm, KernelRow } from '../../../bench/kernels/report.js';
import { parseKernelSpec } from '../../../bench/kernels/spec.js';
import { packTree } from '../../../bench/kernels/tree.js';
import { inParallel } from '../../../bench/kernels/run-jobs.js';
import { latencyNs } from '../../../src/cli/kernels-settings.js';
import { resultFileName } from '../../../src/report/kernels-files.js';

test('names of kernels', () => {
  assert.deepEqual(parseKernelSpec('debian:6.12'), { kind: 'debian', text: 'debian:6.12', version: '6.12', flavour: '' });
  assert.deepEqual(parseKernelSpec('debian:6.1-cloud'), { kind: 'debian', text: 'debian:6.1-cloud', version: '6.1', flavour: 'cloud' });
  assert.deepEqual(parseKernelSpec('debian:6.1.0-50-rt'), { kind: 'debian', text: 'debian:6.1.0-50-rt', version: '6.1.0-50', flavour: 'rt' });
  assert.deepEqual(parseKernelSpec('debian:6.12.43+deb12'), { kind: 'debian', text: 'debian:6.12.43+deb12', version: '6.12.43+deb12', flavour: '' });
  assert.throws(() => parseKernelSpec('debian:trixie'), { code: 'UR_BAD_KERNEL' });
  assert.throws(() => parseKernelSpec('./no-such-image'), { code: 'UR_NO_SUCH_KERNEL' });
});

test('names of kernel files', (t) => {
  const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
  t.after(() => { rmSync(dir, { recursive: true }); });
  const [image, deb] = [join(dir, 'bzImage'), join(dir, 'linux.deb')];
  writeFileSync(image, '');
  writeFileSync(deb, '');
  assert.deepEqual(parseKernelSpec(image), { kind: 'image', text: image, image, modules: null });
  assert.deepEqual(parseKernelSpec(`${image},${dir}`), { kind: 'image', text: `${image},${dir}`, image, modules: dir });
  assert.deepEqual(parseKernelSpec(`${deb},${deb}`), { kind: 'packages', text: `${deb},${deb}`, files: [deb, deb] });
  assert.throws(() => parseKernelSpec(dir), { code: 'UR_BAD_KERNEL' });
});

const kernel = (release: string, flavour: KernelPackage['flavour'] = ''): KernelPackage => ({ name: `linux-image-${release}-amd64`, release, flavour });

test('the newest kernel that fits is chosen, cut at a whole number', () => {
  const all = [kernel('6.1.0-50'), kernel('6.1.0-56'), kernel('6.12.43+deb12'), kernel('6.12.117+deb12'), kernel('6.12.117+deb12', 'cloud'), kernel('6.16.3+deb13')];
  assert.equal(matchKernel(all, '6.1', '')?.release, '6.1.0-56');
  assert.equal(matchKernel(all, '6.12', '')?.release, '6.12.117+deb12');
  assert.equal(matchKernel(all, '6.12.43', '')?.release, '6.12.43+deb12');
  assert.equal(matchKernel(all, '6.1.0-50', '')?.release, '6.1.0-50');
  assert.equal(matchKernel(all, '6.12', 'cloud')?.flavour, 'cloud');
  assert.equal(matchKernel(all, '6', 'rt'), null);
  assert.equal(matchKernel(all, '6.2', ''), null);
});

test('releases are ordered by their numbers', () => {
  const ordered = ['5.10.0-32', '6.1.0-9', '6.1.0-50', '6.12.43+deb12', '6.12.43+deb13', '6.12.117+deb12', '7.2.13+deb14'];
  fc.assert(fc.property(fc.shuffledSubarray(ordered), (some) => {
    assert.deepEqual([...some].sort(compareReleases), ordered.filter((release) => some.includes(release)));
  }));
});

const outcome = (wallNs: readonly number[]): ArmOutcome => ({
  id: 'serial', wallNs, cpuNs: wallNs, divergences: 0, divergent: [], syscalls: 1, usage: { voluntarySwitches: 0, involuntarySwitches: 0, minorFaults: 0, majorFaults: 0, blocksRead: 0, workersMax: null },
  counted: { inline: {}, punted: {}, direct: { stat: 1 }, source: 'none' }, notes: {},
});

test('runs agree only where they are identical', () => {
  assert.equal(whatDiffers(outcome([1, 2]), outcome([1, 2])), null);
  assert.equal(whatDiffers(outcome([1, 2]), outcome([1, 3])), 'wallNs.1: 2 against 3');
  assert.equal(whatDiffers(outcome([1, 2]), outcome([1])), 'wallNs.1: 2 against nothing');
  assert.deepEqual(agreement([outcome([1]), outcome([1])]), { outcome: outcome([1]), difference: '' });
  assert.equal(agreement([outcome([1]), outcome([2]), outcome([1])]).outcome, null);
  assert.deepEqual(agreement([outcome([1]), outcome([2])]), { outcome: null, difference: 'wallNs.0: 1 against 2' });
  assert.equal(agreement([outcome([1])]).outcome, null);
});

const arm = (id: string, median: number, punted: number): KernelArm => ({
  id, calls: 10, figure: { median, low: median, high: median }, toFirst: null, toSerial: null, inline: {}, punted: { statx: punted }, direct: {}, countedBy: 'tracepoint', divergences: 0,
});
const row = (label: string, arms: readonly KernelArm[], lacks: readonly string[] = []): KernelRow => ({
  label, release: label, commandLine: '', sources: [], arms, missing: [], lacks, node: null, result: null,
});

test('what changed, in words', () => {
  const rows = [
    row('6.1', [arm('serial', 1000, 0), arm('ring/trace/32', 2000, 5)], ['IORING_OP_FTRUNCATE']),
    row('6.12', [arm('serial', 1020, 0), arm('ring/trace/32', 1000, 0)]),
    row('6.18', [arm('serial', 1020, 0), arm('ring/trace/32', 1000, 0)]),
  ];
  assert.deepEqual(describeChanges(rows, 'instructions'), [
    '6.1 -> 6.12: ring/trace/32 takes 0.50x the instructions; ring/trace/32 hands 0 statx requests to workers instead of 5; gained IORING_OP_FTRUNCATE.',
    '6.12 -> 6.18: nothing changed by more than 3 %.',
  ]);
});

test('a tree is packed with parents first and the marker of the sandbox', () => {
  const packed = packTree({
    type: 'dir', mode: 0o755, listing: null, line: 0,
    entries: new Map([
      ['a', { type: 'dir', mode: 0o700, listing: null, line: 1, entries: new Map([['f\xe4', { type: 'file', mode: 0o644, size: 5000, line: 1 }]]) }],
      ['l', { type: 'symlink', target: Buffer.from('a/f'), line: 2 }],
    ]),
  });
  assert.equal(packed.data.toString('latin1'), 'd 755 0 1 0\n.d 700 0 1 0\naf 644 5000 4 0\na/f\xe4l 777 0 1 3\nla/ff 644 0 18 0\n.uring-replay-tree');
  assert.deepEqual([packed.entries, packed.fileBytes], [5, 8192]);
});

test('the settings of qemu that make counts repeat', () => {
  const args = qemuArguments('icount', { kernel: 'k', initrd: 'i' }, 512, kernelCommandLine('pti=on'), ['c', 'f']);
  const text = args.join(' ');
  assert.match(text, /-accel tcg,thread=single -icount shift=0,sleep=off/);
  assert.match(text, /max,-rdrand,-rdseed,-erms,-fsrm/);
  assert.match(text, /-rtc base=2025-01-01T00:00:00,clock=vm/);
  assert.match(text, /-smp 1 /);
  assert.ok(args.at(-1)?.endsWith(' pti=on'));
  assert.doesNotMatch(text, /-drive|-netdev|-nic/);
});

test('mitigations are off unless one is chosen', () => {
  assert.match(kernelCommandLine(''), / mitigations=off$/);
  assert.match(kernelCommandLine('nosmt loglevel=3'), / mitigations=off nosmt loglevel=3$/);
  for (const chosen of ['pti=on', 'quiet mitigations=auto', 'spectre_v2=retpoline']) assert.doesNotMatch(kernelCommandLine(chosen), /mitigations=off/);
});

test('latencies have units', () => {
  assert.equal(latencyNs('0'), 0);
  assert.equal(latencyNs('1ms'), 1e6);
  assert.equal(latencyNs('0.5us'), 500);
  for (const bad of ['1', 'ms', '-1ms', '2s', '']) assert.throws(() => latencyNs(bad), { code: 'UR_USAGE' }, bad);
});

test('names of result files', () => {
  assert.equal(resultFileName('debian:6.12 [pti=on]'), 'debian-6.12-pti-on.json');
  assert.equal(resultFileName('./bzImage,/lib/modules'), 'bzImage-lib-modules.json');
});

test('work in parallel keeps to its width and the order of results', async () => {
  let running = 0;
  let most = 0;
  const results = await inParallel([5, 1, 3, 2, 4], 2, async (n) => {
    most = Math.max(most, ++running);
    for (let i = 0; i < n; i++) await Promise.resolve();
    running--;
    return n * 10;
  });
  assert.deepEqual(results, [50, 10, 30, 20, 40]);
  assert.equal(most, 2);
});
