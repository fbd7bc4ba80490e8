/** A complete, made-up result: every member that the schema knows. */
import { DEFAULTS, storedSettings } from '../../bench/settings.js';
import { seal } from '../../bench/result/digest.js';
import type { MeanEstimate } from '../../bench/statistics/bootstrap.js';
import type { ArmResult, Comparison, Estimate, ResultDocument } from '../../bench/result/result.js';

export function around(median: number): Estimate {
  return { median, low: median * 0.99, high: median * 1.01 };
}

export function aroundMean(mean: number): MeanEstimate {
  return { mean, low: mean * 0.99, high: mean * 1.01 };
}

export function sampleArm(id: string, change: Partial<ArmResult> = {}): ArmResult {
  const [engine, order, batch] = id.split('/');
  const ring = engine === 'ring';
  return {
    id,
    engine: ring ? 'ring' : 'serial',
    order: ring ? (order as 'trace' | 'deps') : null,
    batch: ring ? (batch === 'all' ? 0 : Number(batch)) : null,
    window: ring ? 'sliding' : null,
    setup: ring ? 'auto' : null,
    workers: ring ? 0 : null,
    affinity: ring ? 'any' : null,
    threads: null,
    variant: null,
    rewrite: null,
    callsSaved: null,
    leftOut: null,
    cache: 'warm',
    storage: null,
    calls: 890,
    wallNs: { ...around(830_000), samples: [830_000, 831_000] },
    cpuNs: { ...around(829_000), samples: [829_000, 828_000] },
    syscalls: 890,
    inline: ring ? { openat: 111, read: 128 } : {},
    punted: ring ? { statx: 427 } : {},
    direct: { lseek: 108 },
    countedBy: ring ? 'completions' : 'none',
    voluntarySwitches: 0,
    involuntarySwitches: 0.5,
    minorFaults: 2,
    majorFaults: 0,
    blocksRead: 0,
    workersMax: ring ? 2 : 0,
    outliers: 1,
    drift: { percent: 0.3, p: 0.4 },
    divergences: 0,
    divergent: [],
    statistics: { mean: 0.83 },
    calibration: null,
    engineNotes: {},
    ...change,
  };
}

export function sampleComparison(arm: string, speedup: number, verdict: Comparison['verdict'], cpuRatio = 0.5): Comparison {
  return { baseline: 'serial', arm, speedup: around(speedup), cpuRatio: around(cpuRatio), p: 0.004, ceiling: null, verdict };
}

export function sampleResult(): ResultDocument {
  return seal({
    schema: 'uring-replay/result@1',
    version: '0.1.0',
    date: '2026-01-02T03:04:05.678Z',
    command: ['uring-replay', 'run', 'x.strace'],
    trace: {
      file: 'x.strace',
      digest: '0'.repeat(64),
      programDigest: '1'.repeat(64),
      calls: 1169,
      replayed: 890,
      ledger: [{ reason: 'memory', syscall: 'mmap', count: 279 }],
      recording: { wall: around(0.0235), user: aroundMean(0.018), system: aroundMean(0.005) },
    },
    host: {
      kernel: '6.18.0',
      arch: 'x64',
      cpu: 'A CPU',
      cpus: 2,
      memoryBytes: 8e9,
      mitigations: { meltdown: 'Mitigation: PTI' },
      governor: null,
      turbo: null,
      fileSystem: 'ext4',
      ioUring: { available: true },
      distribution: 'Debian GNU/Linux 12 (bookworm)',
      virtualization: 'kvm',
      versions: { node: '20.0.0' },
    },
    settings: storedSettings({ ...DEFAULTS, file: 'x.strace' }),
    conditions: {
      mode: 'sandbox',
      isolation: 'chroot as root',
      cache: 'warm',
      storage: null,
      pin: null,
      nice: null,
      rounds: 2,
      roundsPerBlock: [1, 1],
      passesPerRound: { serial: 1, 'ring/trace/32': 1 },
      seconds: 4,
      stoppedBy: 'rounds',
      precision: 0.01,
      seed: 1,
      disturbance: { loadBefore: 0.1, loadAfter: 0.2, stealPercent: 0 },
    },
    arms: [
      sampleArm('serial'),
      sampleArm('ring/trace/32', {
        divergences: 1,
        divergent: [{ op: 3, line: 9, what: 'value', expected: 3, got: -2, syscall: 'openat', path: '/etc/passwd' }],
      }),
    ],
    comparisons: [sampleComparison('ring/trace/32', 0.526, 'slower', 0.43)],
    missingArms: [{ id: 'ring/deps/32', reason: 'it was left out', remedy: null }],
    pilot: null,
    sweep: null,
    warnings: [{ code: 'load', message: 'busy', remedy: 'wait' }],
    impact: {
      programNs: around(23.5e6),
      callsNs: around(0.83e6),
      callsPercent: around(3.5),
      bestArm: 'ring/trace/32',
      savedNs: { median: -0.7e6, low: -0.8e6, high: -0.6e6 },
      savedPercent: { median: -3, low: -3.4, high: -2.6 },
    },
    repeats: null,
    verdict: 'No.',
  });
}
