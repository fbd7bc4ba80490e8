/** A kernel's findings as an ordinary result document, so that `compare` and `report` read them like any other. */
import type { MeasuredArm } from '../arms/arm.js';
import { armResult } from '../arms/arm-result.js';
import { baselineOf } from '../arms/arms.js';
import { seal } from '../result/digest.js';
import { compareArms } from '../judge/judge.js';
import { RESULT_SCHEMA } from '../result/result.js';
import { programDigestOf } from '../scene.js';
import type { Host } from '../host.js';
import type { Comparison, ResultDocument } from '../result/result.js';
import { VERSION } from '../version.js';
import { collectWarnings } from '../judge/warnings.js';
import type { ArmOutcome, GuestOutcome } from './outcome.js';
import type { Shared, VariantFindings } from './findings.js';
import { UNIT_NAMES, unitOf } from './tier.js';
import type { Unit } from './tier.js';

/** Figures are deterministic or few: resampling needs no fresh randomness. */
const SEED = 1;

export function resultOf(shared: Shared, findings: VariantFindings, guest: GuestOutcome, outcomes: readonly ArmOutcome[]): ResultDocument {
  const { trace, plan, settings, tier } = shared;
  const measured = outcomes.map(measuredArm);
  const arms = measured.map((arm, i) => {
    const spec = shared.arms.find(({ id }) => id === arm.id)!;
    const resampling = { seed: SEED, blocks: [arm.roundWallNs.length] };
    const base = armResult({ spec, notes: outcomes[i].notes, costs: [] }, arm, trace, { plan, prefix: '' }, resampling);
    return { ...base, cache: settings.cache };
  });
  const baseline = baselineOf(measured)!;
  const values = (arm: MeasuredArm): Parameters<typeof compareArms>[0] => ({ id: arm.id, wallNs: arm.roundWallNs, cpuNs: arm.roundCpuNs });
  const comparisons = measured.filter((arm) => arm !== baseline).map((arm) => compareArms(values(baseline), values(arm), SEED));
  const rounds = Math.min(...measured.map((arm) => arm.roundWallNs.length));
  const host = hostOf(shared, findings, guest);
  const isolation = 'chroot as root, in a guest of its own per arm';
  // Emulated guests do not feel the host's load.
  const disturbance = { loadBefore: 0, loadAfter: 0, stealPercent: null };
  return seal({
    schema: RESULT_SCHEMA,
    version: VERSION,
    date: new Date().toISOString(),
    command: settings.command ?? ['uring-replay', ...process.argv.slice(2)],
    trace: { file: trace.file, digest: trace.digest, programDigest: programDigestOf(plan), calls: trace.length, replayed: plan.ops, ledger: plan.ledger, standIns: plan.standIns, recording: null },
    host,
    settings: null,
    conditions: {
      mode: 'sandbox',
      isolation,
      cache: settings.cache,
      storage: null,
      pin: null,
      nice: null,
      rounds,
      roundsPerBlock: [rounds],
      passesPerRound: Object.fromEntries(measured.map((arm) => [arm.id, 1])),
      seconds: guest.seconds,
      stoppedBy: 'rounds',
      precision: 0,
      seed: SEED,
      disturbance,
    },
    arms,
    comparisons,
    pilot: null,
    sweep: null,
    missingArms: findings.missing.map(({ arm, reason }) => ({ id: arm, reason, remedy: null })),
    warnings: collectWarnings({
      host, disturbance, mode: 'sandbox', isolation, instructions: tier === 'icount',
      measurement: { arms: measured, rounds, roundsPerBlock: [rounds], seconds: guest.seconds, stoppedBy: 'rounds', failure: null },
    }),
    impact: null,
    repeats: null,
    verdict: verdictOf(comparisons, unitOf(tier, settings.latencyNs)!),
  });
}

/** Every pass is a round: its value is the pass. */
function measuredArm(outcome: ArmOutcome): MeasuredArm {
  return {
    id: outcome.id,
    passesPerRound: 1,
    wallNs: outcome.wallNs,
    cpuNs: outcome.cpuNs,
    roundWallNs: outcome.wallNs,
    roundCpuNs: outcome.cpuNs,
    syscalls: outcome.syscalls,
    usage: outcome.usage,
    divergences: outcome.divergences,
    divergent: outcome.divergent,
    counted: outcome.counted,
  };
}

function hostOf({ settings, payload, tier, qemu, runner }: Shared, { variant }: VariantFindings, guest: GuestOutcome): Host {
  const device = settings.latencyNs > 0 ? 'null_blk' : 'brd';
  const packages = variant.kernel.record.sources.map(({ name, version }) => [name, version ?? 'file'] as const);
  return {
    kernel: guest.probe.kernel,
    arch: 'x64',
    cpu: guest.cpu,
    cpus: 1,
    memoryBytes: 0,
    mitigations: Object.fromEntries(Object.entries(guest.vulnerabilities).filter(([, state]) => state !== 'Not affected')),
    governor: null,
    turbo: null,
    fileSystem: payload.imageRequest === null ? 'tmpfs' : `${settings.fileSystem} on ${device}`,
    ioUring: { ...guest.probe },
    distribution: variant.label,
    virtualization: tier === 'icount' ? `qemu ${qemu} icount (instructions, not time)` : `qemu ${qemu} kvm`,
    versions: { 'uring-replay': VERSION, liburing: guest.probe.liburing, qemu, runner: runner.slice(0, 16), ...Object.fromEntries(packages) },
  };
}

function verdictOf(comparisons: readonly Comparison[], unit: Exclude<Unit, null>): string {
  if (comparisons.length === 0) return 'No comparison: only one arm gave a figure.';
  const parts = comparisons.map(({ arm, baseline, speedup }) => `${arm} takes ${(1 / speedup.median).toFixed(2)}x ${UNIT_NAMES[unit]} of ${baseline}`);
  return `On this kernel ${parts.join(', ')}${unit === 'instructions' ? '; instructions are not time' : ''}.`;
}
