/** Results side by side: the same program on several hosts, kernels or file systems, or at several times. */
import { UringReplayError } from '../../replay/errors.js';
import { ratioOfMedians, type Blocks } from '../statistics/bootstrap.js';
import type { ArmResult, Estimate, ResultDocument, Verdict } from './result.js';
import { median } from '../statistics/statistics.js';

const COMPARE_SCHEMA = 'uring-replay/compare@1';

export interface NamedResult {
  /** As the user calls it: its file. */
  readonly name: string;
  readonly result: ResultDocument;
}

export interface ResultsComparison {
  readonly schema: typeof COMPARE_SCHEMA;
  /** instructions: of guests, see bench/kernels; figures are called nanoseconds all the same. */
  readonly unit: 'ns' | 'instructions';
  readonly trace: { readonly digest: string; readonly programDigest: string; readonly calls: number; readonly replayed: number };
  readonly results: readonly ResultFacts[];
  /** Each setting of hosts, conditions and arms that is not the same in all results; values in their order. */
  readonly differences: readonly Difference[];
  /** In order of first appearance. */
  readonly arms: readonly ComparedArm[];
}

export interface ResultFacts {
  readonly name: string;
  readonly date: string;
  readonly version: string;
  readonly kernel: string;
  readonly distribution: string;
  readonly cpu: string;
  readonly cpus: number;
  readonly fileSystem: string;
  readonly cache: string;
  readonly rounds: number;
  readonly verdict: string;
}

export interface Difference {
  /** `host.kernel`, `host.mitigations.meltdown`, `conditions.cache`, `arms.serial.workers`, ... */
  readonly setting: string;
  /** null: this result says nothing of it. */
  readonly values: readonly (string | null)[];
}

export interface ComparedArm {
  readonly id: string;
  /** One per result; null where it has no such arm. */
  readonly cells: readonly (ArmCell | null)[];
}

export interface ArmCell {
  readonly wallNs: Estimate;
  readonly cpuNs: Estimate;
  readonly divergences: number;
  /** Over the baseline of its own result; null for the baseline. */
  readonly speedup: Estimate | null;
  readonly verdict: Verdict | null;
  /** The first result's wall time over this one's: > 1 where this is faster. null in the first, and without a counterpart. */
  readonly toFirst: Estimate | null;
}

const SEED = 1;

/** Throws UR_USAGE for fewer than two, UR_OTHER_TRACE, UR_OTHER_PROGRAM, UR_OTHER_UNIT. */
export function compareResults(named: readonly NamedResult[]): ResultsComparison {
  if (named.length < 2) throw new UringReplayError('UR_USAGE', 'a comparison needs at least two results', 'Name two files or more that "uring-replay run --json FILE" wrote.');
  const [first, ...others] = named;
  for (const other of others) refuseOther(first, other);
  const { digest, programDigest, calls, replayed } = first.result.trace;
  const ids = new Set(named.flatMap(({ result }) => result.arms.map(({ id }) => id)));
  return {
    schema: COMPARE_SCHEMA,
    unit: unitOf(first.result),
    trace: { digest, programDigest, calls, replayed },
    results: named.map(factsOf),
    differences: differencesOf(named.map(({ result }) => result)),
    arms: [...ids].map((id) => ({ id, cells: named.map(({ result }) => cellOf(id, result, first.result)) })),
  };
}

function refuseOther(first: NamedResult, other: NamedResult): void {
  const [a, b] = [first.result.trace, other.result.trace];
  if (a.digest !== b.digest) {
    throw new UringReplayError(
      'UR_OTHER_TRACE',
      `${other.name} is of another trace (${b.file}, sha256 ${b.digest.slice(0, 12)}) than ${first.name} (${a.file}, sha256 ${a.digest.slice(0, 12)})`,
      'Compare results of the same log.',
    );
  }
  if (a.programDigest !== b.programDigest) {
    throw new UringReplayError(
      'UR_OTHER_PROGRAM',
      `${other.name} replayed other calls of the log (${b.replayed}, version ${other.result.version}) than ${first.name} (${a.replayed}, version ${first.result.version})`,
      'Replay the log with the same version of uring-replay and the same --live and --pid.',
    );
  }
  if (unitOf(first.result) !== unitOf(other.result)) {
    throw new UringReplayError('UR_OTHER_UNIT', `${other.name} is in ${unitOf(other.result)}, ${first.name} in ${unitOf(first.result)}`, 'Compare time with time.');
  }
}

function unitOf({ warnings }: ResultDocument): ResultsComparison['unit'] {
  return warnings.some(({ code }) => code === 'instructions') ? 'instructions' : 'ns';
}

function factsOf({ name, result: { date, version, host, conditions, verdict } }: NamedResult): ResultFacts {
  const { kernel, distribution, cpu, cpus, fileSystem } = host;
  const { cache, rounds } = conditions;
  return { name, date, version, kernel, distribution, cpu, cpus, fileSystem, cache, rounds, verdict };
}

function cellOf(id: string, result: ResultDocument, first: ResultDocument): ArmCell | null {
  const arm = result.arms.find((one) => one.id === id);
  if (arm === undefined) return null;
  const comparison = result.comparisons.find((one) => one.arm === id);
  const counterpart = result === first ? undefined : first.arms.find((one) => one.id === id);
  // Another Node may make another part of the calls.
  const same = counterpart !== undefined && counterpart.cache === arm.cache && counterpart.calls === arm.calls;
  return {
    wallNs: bare(arm.wallNs),
    cpuNs: bare(arm.cpuNs),
    divergences: arm.divergences,
    speedup: comparison?.speedup ?? null,
    verdict: comparison?.verdict ?? null,
    toFirst: same ? ratioOfMedians(roundsOf(counterpart, first), roundsOf(arm, result), SEED) : null,
  };
}

function bare({ median: middle, low, high }: Estimate): Estimate {
  return { median: middle, low, high };
}

/** An arm's value of each round: the median of its passes. */
function roundsOf(arm: ArmResult, { conditions }: ResultDocument): { readonly values: Float64Array; readonly blocks: Blocks } {
  const { samples } = arm.wallNs;
  const passes = conditions.passesPerRound[arm.id] ?? 1;
  const rounds = Math.floor(samples.length / passes);
  const values = Float64Array.from({ length: rounds }, (_, r) => median(samples.slice(r * passes, (r + 1) * passes)));
  const planned = conditions.roundsPerBlock.reduce((sum, n) => sum + n, 0);
  // Kernels may have measured one arm more often than another.
  return { values, blocks: planned === rounds ? conditions.roundsPerBlock : [rounds] };
}

/** Differences of what was measured on and how; results of the same settings on the same host have none. */
function differencesOf(results: readonly ResultDocument[]): Difference[] {
  const flat = results.map(settingsOf);
  const names = new Set(flat.flatMap((settings) => [...settings.keys()]));
  return [...names]
    .map((setting) => ({ setting, values: flat.map((settings) => settings.get(setting) ?? null) }))
    .filter(({ values }) => values.some((value) => value !== values[0]));
}

function settingsOf({ version, host, conditions, arms }: ResultDocument): Map<string, string> {
  const settings = new Map<string, string>([['version', version]]);
  const { mode, isolation, cache, storage, pin, nice, precision } = conditions;
  flatten('host', host, settings);
  flatten('conditions', { mode, isolation, cache, storage, pin, nice, precision }, settings);
  for (const { id, window, setup, workers, affinity } of arms) flatten(`arms.${id}`, { window, setup, workers, affinity }, settings);
  return settings;
}

function flatten(name: string, value: unknown, into: Map<string, string>): void {
  if (Array.isArray(value)) into.set(name, value.join(', '));
  else if (typeof value === 'object' && value !== null) for (const [key, member] of Object.entries(value)) flatten(`${name}.${key}`, member, into);
  else if (value !== null && value !== undefined) into.set(name, typeof value === 'string' ? value : JSON.stringify(value));
}
