/** The document `uring-replay/warming@1`; everything printed about a measurement is a pure function of it. */
import type { StorageConditions } from '../conditions/storage.js';
import type { StorageUse } from '../conditions/summary.js';
import type { Disturbance } from '../judge/disturbance.js';
import type { StoppedBy } from '../experiment.js';
import type { Host } from '../host.js';
import type { Estimate, SampledEstimate, Verdict } from '../result/result.js';
import type { Warning } from '../judge/warning.js';

export const WARMING_SCHEMA = 'uring-replay/warming@1';

/** The command on its own, or with warming. Nanoseconds, one value per run, in order of time. */
export interface WarmingArm {
  readonly wallNs: SampledEstimate;
  /** User and system time of the command, the warmer and all that they started. */
  readonly cpuNs: SampledEstimate;
  /** What its runs asked of the storage, the first one (which does not count) included; null where nothing counts that. */
  readonly storage: StorageUse | null;
}

export interface WarmingPhase {
  /** cold: nothing of the files was in memory before each run. warm: all of it. */
  readonly cache: 'cold' | 'warm';
  readonly alone: WarmingArm;
  readonly warmed: WarmingArm;
  /** alone / warmed, wall, median of paired runs: above 1 warming pays. */
  readonly speedup: Estimate;
  /** warmed - alone, wall, nanoseconds, median of paired runs. */
  readonly addedNs: Estimate;
  /** warmed / alone, CPU, median of paired runs. */
  readonly cpuRatio: Estimate;
  /** Wilcoxon's signed-rank test of the ratios of wall times against 1, two-sided. */
  readonly p: number;
  readonly verdict: Verdict;
  readonly rounds: number;
  readonly seconds: number;
  readonly stoppedBy: StoppedBy;
}

export interface WarmingDocument {
  readonly schema: typeof WARMING_SCHEMA;
  readonly version: string;
  readonly date: string;
  /** The log that the plan was made of, as given. */
  readonly log: string;
  /** What was measured. */
  readonly command: readonly string[];
  readonly plan: { readonly bytes: number; readonly options: readonly string[] };
  readonly host: Host;
  /** null: the disks as they are, and nothing was made cold. */
  readonly storage: StorageConditions | null;
  readonly seed: number;
  readonly disturbance: Disturbance;
  readonly phases: readonly WarmingPhase[];
  readonly warnings: readonly Warning[];
  /** One sentence. */
  readonly verdict: string;
}
