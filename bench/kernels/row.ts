/** One kernel of the comparison: its figures, what it lacks, and its ordinary result document. */
import type { ProbeReport } from '../../replay/engine.js';
import { median } from '../statistics/statistics.js';
import type { Shared, VariantFindings } from './findings.js';
import type { NodeOutcome } from './node-guest.js';
import type { ArmOutcome } from './outcome.js';
import type { KernelArm, KernelRow } from './report.js';
import { resultOf } from './result.js';

/** Without what only a comparison with other rows tells. */
export interface BareRow extends KernelRow {
  readonly has: readonly string[];
}

export function makeRow(shared: Shared, findings: VariantFindings, node: NodeOutcome | null): BareRow {
  const { variant, guest, missing } = findings;
  const { record } = variant.kernel;
  const arms = findings.arms.map(({ id, runs }) => ({ id, outcome: joined(runs) }));
  const kernelArms = arms.map(({ outcome }) => kernelArm(outcome, shared));
  const serial = kernelArms.find((arm) => arm.id === 'serial');
  return {
    label: variant.label,
    release: guest?.probe.kernel ?? record.release,
    commandLine: variant.commandLine,
    sources: record.sources,
    arms: kernelArms.map((arm) => ({ ...arm, toSerial: arm.figure === null || serial?.figure == null ? null : arm.figure.median / serial.figure.median })),
    missing,
    lacks: [],
    has: guest === null ? [] : capabilities(guest.probe),
    node,
    result: guest === null || arms.length === 0 || shared.tier === 'functional' ? null : resultOf(shared, findings, guest, arms.map(({ outcome }) => outcome)),
  };
}

function joined(runs: readonly ArmOutcome[]): ArmOutcome {
  const worst = runs.reduce((a, b) => (b.divergences > a.divergences ? b : a));
  return { ...worst, wallNs: runs.flatMap((run) => run.wallNs), cpuNs: runs.flatMap((run) => run.cpuNs) };
}

function kernelArm(outcome: ArmOutcome, { plan, tier }: Shared): KernelArm {
  const { id, wallNs, counted, divergences } = outcome;
  const figure = tier === 'functional' || wallNs.length === 0 ? null : { median: median(wallNs), low: Math.min(...wallNs), high: Math.max(...wallNs) };
  return {
    id, calls: plan.ops, figure, toFirst: null, toSerial: null,
    inline: counted.inline, punted: counted.punted, direct: counted.direct, countedBy: counted.source, divergences,
  };
}

function capabilities(probe: ProbeReport): string[] {
  const ops = probe.opcodes.map((name) => (name.startsWith('op ') ? `io_uring opcode ${name.slice(3)}` : `IORING_OP_${name.toUpperCase()}`));
  return [...ops, ...probe.setupFlags.map((name) => `IORING_SETUP_${name}`), ...probe.features.map((name) => `IORING_FEAT_${name}`),
    ...(probe.directDescriptors ? ['direct descriptors'] : [])];
}

/** Ratios to the first row, and what each lacks of what any other has. */
export function withNeighbours(bare: readonly BareRow[]): KernelRow[] {
  const all = [...new Set(bare.flatMap((row) => row.has))];
  return bare.map(({ has, ...row }) => ({
    ...row,
    lacks: has.length === 0 ? [] : all.filter((name) => !has.includes(name)),
    arms: row.arms.map((arm) => {
      const first = bare[0]?.arms.find((other) => other.id === arm.id);
      return { ...arm, toFirst: arm.figure === null || first?.figure == null ? null : arm.figure.median / first.figure.median };
    }),
  }));
}
