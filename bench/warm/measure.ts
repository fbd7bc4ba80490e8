/**
 * `warm --measure`: a command without and with warming, cold and then warm, in interleaved and shuffled rounds. The
 * plan is made beforehand; starting the runner, reading the plan, warming, and the exec of the command are measured.
 */
import { randomInt } from 'node:crypto';
import { statSync } from 'node:fs';
import { UringReplayError } from '../../replay/errors.js';
import { loadNative } from '../../replay/native.js';
import { bootstrapMedian } from '../statistics/bootstrap.js';
import { storageUse } from '../conditions/summary.js';
import type { Disturbance } from '../judge/disturbance.js';
import { watchDisturbance } from '../judge/disturbance.js';
import { runExperiment, type Measurement } from '../experiment.js';
import { describeHost, type Host } from '../host.js';
import { compareArms, isPrecise } from '../judge/judge.js';
import type { Estimate, SampledEstimate } from '../result/result.js';
import { VERSION } from '../version.js';
import type { Warning } from '../judge/warning.js';
import { collectWarnings } from '../judge/warnings.js';
import { CommandArm } from './command-arm.js';
import { WARMING_SCHEMA, type WarmingArm, type WarmingDocument, type WarmingPhase } from './document.js';
import { installKit } from './kit.js';
import { openStage, type Stage } from './stage.js';
import { warmingVerdict } from './verdict.js';

export interface WarmingSettings {
  /** For the document. */
  readonly log: string;
  readonly command: readonly string[];
  /** The static runner, and the compiled plan. */
  readonly runner: string;
  readonly plan: string;
  /** Options of the runner. */
  readonly options: readonly string[];
  readonly cache: 'cold' | 'warm' | 'both';
  /** The files behind a file system that answers so late; null: the disks as they are. */
  readonly latencyNs: number | null;
  /** Exactly so many rounds of each phase; null: until the speed-up is within `precision`, or `timeSeconds` are over. */
  readonly rounds: number | null;
  /** Of each phase. */
  readonly timeSeconds: number;
  readonly precision: number;
  /** 32 bits; null: a random one. */
  readonly seed: number | null;
  readonly signal?: AbortSignal;
  readonly onProgress?: (message: string) => void;
}

export const WARMING_DEFAULTS = {
  options: [],
  cache: 'both',
  latencyNs: null,
  rounds: null,
  timeSeconds: 10,
  precision: 0.01,
  seed: null,
} as const satisfies Partial<WarmingSettings>;

type Cache = WarmingPhase['cache'];

/**
 * Rejects with UR_NO_COMMAND, UR_NO_LATENCY, UR_NO_COLD_CACHE, UR_NO_PLACE, UR_CANNOT_WRITE; and before there are a
 * few rounds, with what ended them: UR_NOT_COLD, UR_OTHER_END, UR_LEFT_RUNNING, UR_INTERRUPTED.
 */
export async function measureWarming(settings: WarmingSettings): Promise<WarmingDocument> {
  const { log, command, latencyNs, cache, options } = settings;
  if (command.length === 0) throw new UringReplayError('UR_USAGE', 'there is no command to measure', 'Name it after --.');
  const seed = settings.seed ?? randomInt(2 ** 32);
  const host = describeHost('/', loadNative().probe(), VERSION);
  const caches: readonly Cache[] = cache === 'both' ? ['cold', 'warm'] : [cache];
  const kit = installKit(settings.runner, settings.plan);
  const endWatch = watchDisturbance();
  let stage: Stage | null = null;
  try {
    stage = await openStage({ latencyNs, cold: caches.includes('cold') });
    const warmed = [kit.runner, ...options, kit.plan, '--', ...command];
    const measured: Measured[] = [];
    for (const of of caches) {
      if (measured.at(-1)?.measurement.stoppedBy === 'interrupted') break;
      measured.push(await measurePhase(of, { alone: command, warmed }, stage, settings, seed));
    }
    const phases = measured.map((one) => phaseOf(one, seed));
    const disturbance = endWatch();
    const storage = stage.storage?.describe() ?? null;
    return {
      schema: WARMING_SCHEMA,
      version: VERSION,
      date: new Date().toISOString(),
      log,
      command,
      plan: { bytes: statSync(kit.plan).size, options },
      host,
      storage,
      seed,
      disturbance,
      phases,
      warnings: warningsOf(measured, host, disturbance, storage),
      verdict: warmingVerdict(command[0], phases, storage),
    };
  } catch (error) {
    if (settings.signal?.aborted !== true) throw error;
    throw new UringReplayError('UR_INTERRUPTED', 'interrupted before the first round was finished: nothing was measured', null, { cause: error });
  } finally {
    await stage?.close();
    kit.remove();
  }
}

interface Measured {
  readonly cache: Cache;
  readonly arms: readonly CommandArm[];
  readonly measurement: Measurement;
}

async function measurePhase(
  cache: Cache,
  commands: { readonly alone: readonly string[]; readonly warmed: readonly string[] },
  stage: Stage,
  settings: WarmingSettings,
  seed: number,
): Promise<Measured> {
  const { rounds, timeSeconds, precision, signal, onProgress } = settings;
  const common = { stage, cold: cache === 'cold', ...(signal && { signal }) };
  const alone = new CommandArm(`${cache}, without warming`, commands.alone, { ...common, alone: null });
  const warmed = new CommandArm(`${cache}, with warming`, commands.warmed, { ...common, alone });
  const measurement = await runExperiment([alone, warmed], {
    rounds,
    seconds: rounds === null ? timeSeconds : null,
    seed,
    enough: ([a, b], blocks) => isPrecise(compareArms({ id: a.id, wallNs: a.roundWallNs, cpuNs: a.roundCpuNs, blocks }, { id: b.id, wallNs: b.roundWallNs, cpuNs: b.roundCpuNs, blocks }, seed).speedup, precision),
    ...(signal && { signal }),
    onProgress: ({ phase, done, round }) => {
      onProgress?.(phase === 'warm-up' ? `${cache} cache: first runs` : `${cache} cache: round ${round + 1}, ${Math.floor(100 * done)} %`);
    },
  });
  return { cache, arms: [alone, warmed], measurement };
}

function phaseOf({ cache, arms, measurement }: Measured, seed: number): WarmingPhase {
  const { rounds, roundsPerBlock: blocks, seconds, stoppedBy } = measurement;
  const [alone, warmed] = measurement.arms.map(({ id, roundWallNs: wallNs, roundCpuNs: cpuNs }) => ({ id, wallNs, cpuNs, blocks }));
  const { speedup, cpuRatio, p, verdict } = compareArms(alone, warmed, seed);
  const added = warmed.wallNs.map((ns, i) => ns - alone.wallNs[i]);
  const armOf = (i: 0 | 1): WarmingArm => ({
    wallNs: sampled([alone, warmed][i].wallNs, seed),
    cpuNs: sampled([alone, warmed][i].cpuNs, seed),
    storage: storageUse(arms[i].costs),
  });
  return {
    cache,
    alone: armOf(0),
    warmed: armOf(1),
    speedup,
    addedNs: bootstrapMedian(added, seed, { blocks }),
    cpuRatio: { median: 1 / cpuRatio.median, low: 1 / cpuRatio.high, high: 1 / cpuRatio.low },
    p,
    verdict,
    rounds,
    seconds,
    stoppedBy,
  };
}

function sampled(samples: readonly number[], seed: number): SampledEstimate {
  const { median, low, high }: Estimate = bootstrapMedian(samples, seed);
  return { median, low, high, samples };
}

/** Those of both phases, each once. */
function warningsOf(measured: readonly Measured[], host: Host, disturbance: Disturbance, storage: WarmingDocument['storage']): Warning[] {
  const all = measured.flatMap(({ measurement }) => collectWarnings({ host, disturbance, measurement, mode: 'live', isolation: '', storage }));
  return [...new Map(all.map((warning) => [warning.message, warning])).values()];
}
