import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StorageConditions } from '../../../bench/conditions/storage.js';
import type { Measurement } from '../../../bench/experiment.js';
import { WARNING_CODES } from '../../../bench/judge/warning.js';
import { collectWarnings, type WarningFacts } from '../../../bench/judge/warnings.js';
import { sampleArm, sampleResult } from '../sample-result.js';

const QUIET: Measurement = { arms: [], rounds: 50, roundsPerBlock: new Array<number>(10).fill(5), seconds: 4, stoppedBy: 'time', failure: null };

const STORAGE: StorageConditions = { kind: 'image', how: 'ext4 image', coldness: 'mounted anew', latencyNs: null, delayed: [], servedNs: null };

function warnings(change: Partial<Omit<WarningFacts, 'measurement'>> & { measurement?: Partial<Measurement> } = {}): string[] {
  return collectWarnings({
    host: sampleResult().host,
    disturbance: { loadBefore: 0.2, loadAfter: 1, stealPercent: 0 },
    mode: 'sandbox',
    isolation: 'chroot as root',
    ...change,
    measurement: { ...QUIET, ...change.measurement },
  }).map(({ code, message, remedy }) => `${code}: ${message} | ${remedy}`);
}

test('nothing to warn of on a quiet host', () => {
  assert.deepEqual(warnings(), []);
});

/** One case per code: what causes it and its wording. */
const CASES: Record<(typeof WARNING_CODES)[number], readonly [Parameters<typeof warnings>[0], string]> = {
  load: [
    { disturbance: { loadBefore: 1.5, loadAfter: 1, stealPercent: null } },
    'load: The machine was busy before the first round: load 1.5 on 2 CPUs. | End other programs, or wait, and repeat.',
  ],
  steal: [
    { disturbance: { loadBefore: 0, loadAfter: 1, stealPercent: 4.25 } },
    'steal: The hypervisor took 4.3 % of the CPU time away during the rounds. | Repeat at a quieter time, or on a dedicated machine.',
  ],
  governor: [
    { host: { ...sampleResult().host, governor: 'powersave' } },
    'governor: The CPU frequency governor is "powersave": the clock speed may change between rounds. | cpupower frequency-set -g performance',
  ],
  turbo: [
    { host: { ...sampleResult().host, turbo: true } },
    'turbo: Turbo is on: the clock speed depends on the temperature and on what the other CPUs do. | echo 1 > /sys/devices/system/cpu/intel_pstate/no_turbo, or echo 0 > /sys/devices/system/cpu/cpufreq/boost',
  ],
  'few-rounds': [
    { measurement: { rounds: 12, roundsPerBlock: [4, 4, 4] } },
    'few-rounds: Only 12 rounds, with the arms started 3 times: too few for an interval, so no arm is called faster or slower. | Measure longer (--time), or at least 6 rounds (--rounds).',
  ],
  'two-speeds': [
    { measurement: { arms: [{ ...arm(new Array<number>(50).fill(1e6)), wallNs: Array.from({ length: 100 }, (_, i) => (i % 5 < 2 ? 0.277e6 : 0.343e6)) }] } },
    'two-speeds: Arm serial has two speeds: 0.277 ms in 40 % of its passes, 0.343 ms in 60 %; the shares may differ from run to run. | Where it has worker threads, the kernel wakes them on the same CPU or on another: --ring-affinity same or other decides it. Else another guest or hyper-thread may have used the same core.',
  ],
  outliers: [
    { measurement: { arms: [armWithOutliers()] } },
    'outliers: Arm serial: 6 of 50 rounds lie far from the others (modified z-score above 3.5); all were kept. | Look for programs that wake up now and then, and repeat with more rounds.',
  ],
  drift: [
    { measurement: { arms: [arm(Array.from({ length: 50 }, (_, i) => 1e6 + 1e3 * i))] } },
    'drift: Arm serial became 3.5 % slower while it was measured (trend test p = 0.0001). | Let the machine settle (clock speed, memory, other programs), and repeat with a longer --time.',
  ],
  interrupted: [
    { measurement: { stoppedBy: 'interrupted', rounds: 12 } },
    'interrupted: Interrupted; the figures are of the 12 rounds finished until then. | Let it finish, or ask for less with --time or --rounds.',
  ],
  failure: [
    { measurement: { stoppedBy: 'failure', rounds: 12, failure: new Error('it died') } },
    'failure: An arm failed in round 13 (it died); the figures are of the rounds before. | Repeat the run; if it fails again, please report it with the log.',
  ],
  confined: [
    { mode: 'confined', isolation: 'paths put below' },
    'confined: The sandbox could not be made the root directory: paths put below. | Allow user namespaces (sysctl user.max_user_namespaces, kernel.apparmor_restrict_unprivileged_userns) or run as root.',
  ],
  'tree-changed': [
    { treeChanges: [{ name: '/etc/passwd', what: 'changed' }, { name: '/etc/x', what: 'made' }] },
    'tree-changed: The file tree was not put back between passes: /etc/passwd (changed) and 1 more. | Passes did not all start from the same files: do not rely on the figures, and please report it with the log.',
  ],
  latency: [
    { storage: { ...STORAGE, kind: 'latency', latencyNs: 1e6, servedNs: { mean: 1.01e6, p99: 1.4e6, max: 9e6, late: { count: 1240, replies: 4000 } } } },
    'latency: The file system answered after 1.010 ms on average instead of 1 ms, and 31 % of its replies were more than 2 % late: the CPUs were busy, or taken by the host of a virtual machine. | End other programs, use fewer workers or a longer latency, or run as root, which gives the file system real-time priority.',
  ],
  'cold-memory': [
    { storage: { ...STORAGE, how: 'ext4 image with its blocks in memory' } },
    'cold-memory: The image of the cold sandbox lies in memory: its reads cost no disk. | Set TMPDIR to a directory on a disk whose file system supports O_DIRECT.',
  ],
  'cold-reads': [
    { storage: STORAGE, arms: [sampleArm('serial', { cache: 'cold', storage: { passes: 3, requests: null, deviceReads: { median: 63, min: 60, max: 66 }, deviceBytes: null } })] },
    'cold-reads: A cold pass of 890 calls needed only 63 device reads: the files lie close together, so that one read brings many along. | Run as root with mke2fs and losetup, so that the sandbox gets an image of its own with a block for each file, or use --latency 1ms.',
  ],
  'other-recording': [
    { otherRecording: { file: 'my.strace.json', belongsTo: '0123456789abcdef', log: 'my.strace', digest: 'fedcba9876543210' } },
    'other-recording: my.strace.json was not used: it belongs to a log with the sha256 0123456789ab, and that of my.strace is fedcba987654. | Record the program again, or put the recording that was made with this log beside it.',
  ],
  instructions: [
    { instructions: true },
    'instructions: The figures are guest instructions (1 is shown as 1 ns) and waits for an emulated disk, not time. | Compare them with each other only; for time use --tier kvm, or run on that kernel itself.',
  ],
};

function armWithOutliers(): Measurement['arms'][number] {
  return arm(Array.from({ length: 50 }, (_, i) => (i % 9 === 0 ? 9e6 : 1e6 + (i * 7) % 50)));
}

function arm(roundWallNs: readonly number[]): Measurement['arms'][number] {
  return {
    id: 'serial', passesPerRound: 1, wallNs: [], cpuNs: [], roundWallNs, roundCpuNs: roundWallNs, syscalls: 1,
    usage: { voluntarySwitches: 0, involuntarySwitches: 0, minorFaults: 0, majorFaults: 0, blocksRead: 0, workersMax: null },
    divergences: 0, divergent: [], counted: { inline: {}, punted: {}, direct: {}, source: 'none' },
  };
}

for (const code of WARNING_CODES) {
  test(`${code}: cause, wording and remedy`, () => {
    const [facts, wording] = CASES[code];
    assert.deepEqual(warnings(facts), [wording]);
  });
}
