/** The result document `uring-replay/result@1`; everything printed or drawn is a pure function of it. */
import type { EngineName, Order, RingAffinity, RingSetup, RingWindow, Divergence } from '../../replay/engine.js';
import type { LeftOut } from '../../replay/libuv/subset.js';
import type { LedgerEntry } from '../../replay/world/ledger.js';
import type { StandInCount } from '../../replay/world/types.js';
import type { StorageConditions } from '../conditions/storage.js';
import type { StorageUse } from '../conditions/summary.js';
import type { Calibration } from '../calibrate/calibrate.js';
import type { Estimate, MeanEstimate } from '../statistics/bootstrap.js';
import type { Host } from '../host.js';
import type { Disturbance } from '../judge/disturbance.js';
import type { Drift } from '../statistics/drift.js';
import type { StoppedBy } from '../experiment.js';
import type { Pilot } from '../pilot.js';
import type { StoredSettings } from '../settings.js';
import type { ContentCount } from '../snapshot/open.js';
import type { SweepCurve, SweepParameter } from '../sweep.js';
import type { Timelines } from '../timeline.js';
import type { Warning } from '../judge/warning.js';
import type { Usage } from '../arms/arm.js';

export const RESULT_SCHEMA = 'uring-replay/result@1';

export type { Estimate };

export interface SampledEstimate extends Estimate {
  /** One value per pass, nanoseconds, in order of time; a round is `passesPerRound` of them, its value their median. */
  readonly samples: readonly number[];
}

/** `Usage`: of the arm's process, mean per pass. */
export interface ArmResult extends Usage {
  /** 'serial', 'ring/trace/32', 'ring/deps/all', ... unique in the document. */
  readonly id: string;
  readonly engine: EngineName;
  /** null for serial, whose order is always the log's. */
  readonly order: Order | null;
  /** 0 = all calls at once; null for serial. */
  readonly batch: number | null;
  readonly window: RingWindow | null;
  readonly setup: RingSetup | null;
  readonly workers: number | null;
  /** Where io-wq's workers run; null for engines without a ring. */
  readonly affinity: RingAffinity | null;
  /** Threads that issue calls, of libuv those of its pool; null for engines with one. */
  readonly threads: number | null;
  /** Which of several ways the engine has; null where it has one. */
  readonly variant: string | null;
  /** What it does in place of some of the program's calls; null: the same calls. */
  readonly rewrite: string | null;
  /** Of a rewrite: how many kernel entries fewer one pass has than the program has calls. */
  readonly callsSaved: number | null;
  /** Calls of the program that this arm does not make, because Node's fs cannot; compared with arms of the same only. null: none. */
  readonly leftOut: readonly LeftOut[] | null;
  /** What was in memory before each pass: everything, or nothing. */
  readonly cache: 'warm' | 'cold';
  /** What its passes asked of the storage; null where nothing counts that. */
  readonly storage: StorageUse | null;
  readonly calls: number;
  readonly wallNs: SampledEstimate;
  readonly cpuNs: SampledEstimate;
  /** Kernel entries of one pass; null: not known. */
  readonly syscalls: number | null;
  readonly inline: Readonly<Record<string, number>>;
  readonly punted: Readonly<Record<string, number>>;
  /** Calls issued as plain syscalls. */
  readonly direct: Readonly<Record<string, number>>;
  readonly countedBy: 'tracepoint' | 'completions' | 'none';
  /** Rounds far from the others (modified z-score above 3.5); they are in the figures like all others. */
  readonly outliers: number;
  /** Whether the arm became slower or faster while it was measured; null with fewer than six blocks. */
  readonly drift: Drift | null;
  /** The largest number of divergences in any pass (warm-up included). */
  readonly divergences: number;
  readonly divergent: readonly (Divergence & { readonly syscall: string; readonly path: string | null })[];
  /** tinybench's own statistics over the same native durations (ms). */
  readonly statistics: Readonly<Record<string, number>>;
  /** hybrid: the way that it found to pay, and the costs that it measured for that; null for other engines. */
  readonly calibration: Calibration | null;
  readonly engineNotes: Readonly<Record<string, unknown>>;
}

export type Verdict = 'faster' | 'slower' | 'same' | 'undecided';

export interface Comparison {
  readonly baseline: string;
  readonly arm: string;
  /** baseline wall / arm wall, median of paired rounds; > 1 = the arm is faster. */
  readonly speedup: Estimate;
  /** The same for CPU time. */
  readonly cpuRatio: Estimate;
  /** Wilcoxon's signed-rank test of the median ratios of blocks (of many: of stretches of them) against 1, two-sided. */
  readonly p: number;
  /** The largest speed-up that saving kernel entries alone could give this arm here; null without no-op arms. */
  readonly ceiling: Estimate | null;
  readonly verdict: Verdict;
}

/** What the figures mean for the traced program. */
export interface Impact {
  /** The program's wall time without strace, nanoseconds. */
  readonly programNs: Estimate;
  /** What its replayed calls take one by one, nanoseconds: no treatment can save more. */
  readonly callsNs: Estimate;
  /** callsNs of programNs, per cent. The interval combines both intervals' ends, so it is wide rather than narrow. */
  readonly callsPercent: Estimate;
  /** The arm with the largest speed-up, and what it saves: negative where it costs. */
  readonly bestArm: string | null;
  readonly savedNs: Estimate | null;
  readonly savedPercent: Estimate | null;
}

/** What the traced command takes without strace; seconds. CPU times as means: see MeanEstimate. */
export interface Recording {
  readonly wall: Estimate;
  readonly user: MeanEstimate;
  readonly system: MeanEstimate;
}

/** An earlier result beside the one that repeats it. */
export interface Repeat {
  /** Of the earlier result. */
  readonly digest: string;
  readonly date: string;
  readonly differences: readonly { readonly setting: string; readonly before: string | null; readonly after: string | null }[];
  /** Of each arm in both: earlier wall time over the later one, and the verdicts. */
  readonly arms: readonly { readonly id: string; readonly ratio: Estimate; readonly before: Verdict | null; readonly after: Verdict | null }[];
}

export interface ResultDocument {
  readonly schema: typeof RESULT_SCHEMA;
  readonly version: string;
  readonly date: string;
  readonly command: readonly string[];
  readonly trace: {
    readonly file: string;
    readonly digest: string;
    /** sha256 of what was replayed of it, paths as in the log: results with the same did the same. */
    readonly programDigest: string;
    readonly calls: number;
    readonly replayed: number;
    readonly ledger: readonly LedgerEntry[];
    /** Replayed calls on ordinary files in place of procfs and sysfs, and of descriptors from before the program started. */
    readonly standIns?: StandInCount;
    /** What `record` measured without strace, when it was recorded so; seconds. */
    readonly recording: Recording | null;
  };
  readonly host: Host;
  /** What `run --from` repeats it with; null where it was not measured by `run`. */
  readonly settings: StoredSettings | null;
  readonly conditions: {
    readonly mode: 'sandbox' | 'confined' | 'live';
    /** How the sandbox was entered, or why it was not. */
    readonly isolation: string;
    /** Files of the tree that are not empty, and how many of them hold what they held on the recorded host; absent: none, all generated. */
    readonly content?: ContentCount;
    readonly cache: 'warm' | 'cold' | 'both';
    /** null: a directory as it is, warm. */
    readonly storage: StorageConditions | null;
    readonly pin: string | null;
    readonly nice: number | null;
    readonly rounds: number;
    /** Arms were started anew before each block of rounds; in order of time, their sum is `rounds`. */
    readonly roundsPerBlock: readonly number[];
    readonly passesPerRound: Readonly<Record<string, number>>;
    readonly seconds: number;
    readonly stoppedBy: StoppedBy;
    /** Half the width of each interval that was asked for, as share of its median. */
    readonly precision: number;
    readonly seed: number;
    readonly disturbance: Disturbance;
  };
  readonly arms: readonly ArmResult[];
  readonly comparisons: readonly Comparison[];
  /** Why an arm that was asked for is missing (io_uring off, ...). */
  readonly missingArms: readonly { readonly id: string; readonly reason: string; readonly remedy: string | null }[];
  /** `--engine auto`: what its pilot tried and chose; none of its samples are in the figures. null: not asked for. */
  readonly pilot: Pilot | null;
  /** What was varied, and which arm stands for which value; null: nothing. */
  readonly sweep: { readonly parameter: SweepParameter; readonly curves: readonly SweepCurve[] } | null;
  readonly warnings: readonly Warning[];
  /** What the arms would mean for the traced program; null without a recording of it or without a serial arm. */
  readonly impact: Impact | null;
  /** Where it repeats an earlier result (`run --from`): what has changed since. */
  readonly repeats: Repeat | null;
  /** One pass of each arm over time (`run --timeline`); absent where nobody asked for it. */
  readonly timeline?: Timelines;
  /** One sentence. */
  readonly verdict: string;
  /** sha256 of everything above, see digest.ts: tells an edited document from one as measured. */
  readonly digest: string;
}
