/**
 * The measuring: arms take turns in rounds, in an order shuffled anew each round, so that drift and other
 * processes hit all arms alike; every round times several passes of each arm, and the median of these is
 * the arm's value of the round. Timing itself happens in native code; here only who is next.
 */
import type { CountReport, Divergence, RunReport } from '../replay/engine.js';
import { Random } from './random.js';
import { median } from './statistics.js';

/** What can be measured; ArmProcess is one. */
export interface Replayer {
  readonly id: string;
  /** One pass is a round, and one is enough to warm up: each is made ready anew, and may be slow. */
  readonly single?: boolean;
  run(passes: number): Promise<RunReport>;
  count(): Promise<CountReport>;
}

export interface ExperimentSettings {
  /** Exactly so many rounds; null: as many as `seconds` hold. */
  readonly rounds: number | null;
  /** Time for the rounds; null: no limit but `rounds`. */
  readonly seconds: number | null;
  readonly seed: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExperimentProgress) => void;
}

export interface ExperimentProgress {
  readonly phase: 'warm-up' | 'rounds';
  /** Of this phase, 0 to 1. */
  readonly done: number;
  readonly round: number;
}

export interface MeasuredArm {
  readonly id: string;
  readonly passesPerRound: number;
  /** One value per pass, nanoseconds, in order of time: round r has the passes from r * passesPerRound on. */
  readonly wallNs: readonly number[];
  readonly cpuNs: readonly number[];
  /** One value per round: the median of its passes. */
  readonly roundWallNs: readonly number[];
  readonly roundCpuNs: readonly number[];
  readonly syscalls: number;
  /** Per pass, mean over the rounds. */
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  /** The largest number in any pass, warm-up included. */
  readonly divergences: number;
  readonly divergent: readonly Divergence[];
  readonly counted: CountReport;
}

export type StoppedBy = 'rounds' | 'time' | 'interrupted' | 'failure';

export interface Measurement {
  readonly arms: readonly MeasuredArm[];
  readonly rounds: number;
  /** Time that the rounds took, wall. */
  readonly seconds: number;
  readonly stoppedBy: StoppedBy;
  /** What went wrong, where `stoppedBy` is failure. */
  readonly failure: Error | null;
}

/** Long enough that starting a round costs nothing beside it, short enough for many rounds. */
const ROUND_NS = 25e6;
/** Keeps the result document small where a pass takes microseconds. */
const PASSES_PER_ROUND_MAX = 100;
const ROUNDS_MAX = 1000;
/** Rounds below which time alone does not stop, unless it is over `PATIENCE` times. */
const ROUNDS_MIN = 10;
const PATIENCE = 3;
/** Rounds that are worth keeping when an arm fails or the time has long been over. */
const ROUNDS_WORTH_MIN = 3;
const WARMUP_NS = 100e6;
const WARMUP_PASSES_MAX = 500;

/**
 * Warms up, counts inline and punted requests, then measures. An abort ends it after the finished rounds;
 * an abort or a failing arm before there are any finished rounds rejects.
 */
export async function runExperiment(replayers: readonly Replayer[], settings: ExperimentSettings): Promise<Measurement> {
  const arms: Arm[] = [];
  for (const [i, replayer] of replayers.entries()) {
    settings.onProgress?.({ phase: 'warm-up', done: i / replayers.length, round: 0 });
    arms.push(await Arm.warmUp(replayer, settings.signal));
  }
  const end = await measureRounds(arms, settings);
  return { arms: arms.map((arm) => arm.measured()), ...end };
}

async function measureRounds(arms: readonly Arm[], settings: ExperimentSettings): Promise<Omit<Measurement, 'arms'>> {
  const { rounds: roundsMax, seconds: secondsMax, seed, signal, onProgress } = settings;
  const random = new Random(seed);
  const begin = performance.now();
  const elapsed = (): number => (performance.now() - begin) / 1000;
  for (let rounds = 0; ; rounds++) {
    const end = (stoppedBy: StoppedBy, failure: Error | null = null): Omit<Measurement, 'arms'> => ({
      rounds,
      seconds: elapsed(),
      stoppedBy,
      failure,
    });
    const seconds = elapsed();
    if (rounds === (roundsMax ?? ROUNDS_MAX)) return end('rounds');
    if (secondsMax !== null && timeIsUp(rounds, seconds, secondsMax)) return end('time');
    onProgress?.({ phase: 'rounds', done: Math.max(rounds / (roundsMax ?? ROUNDS_MAX), Math.min(seconds / (secondsMax ?? Infinity), 1)), round: rounds });
    try {
      const round = new Map<Arm, RunReport>();
      for (const arm of random.shuffled(arms)) round.set(arm, await arm.runRound(signal));
      for (const [arm, report] of round) arm.keep(report);
    } catch (error) {
      // Half a round has no pairs: it is dropped, whatever ended it.
      const interrupted = signal?.aborted === true;
      if (interrupted && rounds > 0) return end('interrupted');
      if (!interrupted && rounds >= ROUNDS_WORTH_MIN) return end('failure', error as Error);
      throw error;
    }
  }
}

function timeIsUp(rounds: number, seconds: number, secondsMax: number): boolean {
  if (seconds < secondsMax) return false;
  return rounds >= ROUNDS_MIN || (rounds >= ROUNDS_WORTH_MIN && seconds >= PATIENCE * secondsMax);
}

/** One arm and what has been measured of it so far. */
class Arm {
  readonly #replayer: Replayer;
  #passesPerRound = 1;
  #counted: CountReport = { inline: {}, punted: {}, direct: {}, source: 'none' };
  readonly #wallNs: number[] = [];
  readonly #cpuNs: number[] = [];
  readonly #roundWallNs: number[] = [];
  readonly #roundCpuNs: number[] = [];
  #syscalls = 0;
  #voluntarySwitches = 0;
  #involuntarySwitches = 0;
  #divergences = 0;
  #divergent: readonly Divergence[] = [];

  private constructor(replayer: Replayer) {
    this.#replayer = replayer;
  }

  /** Caches, branch predictors and clock speed settle; how many passes make a round comes out of it. */
  static async warmUp(replayer: Replayer, signal: AbortSignal | undefined): Promise<Arm> {
    const arm = new Arm(replayer);
    let spentNs = 0;
    let passes = 0;
    let last: RunReport;
    do {
      last = await arm.#run(Math.max(passes, 1), signal);
      spentNs += last.wallNs.reduce((sum, ns) => sum + ns, 0);
      passes += last.passes;
    } while (replayer.single !== true && spentNs < WARMUP_NS && passes < WARMUP_PASSES_MAX);
    arm.#passesPerRound = replayer.single === true ? 1 : passesPerRound(median(last.wallNs));
    arm.#counted = await replayer.count();
    signal?.throwIfAborted();
    return arm;
  }

  runRound(signal: AbortSignal | undefined): Promise<RunReport> {
    return this.#run(this.#passesPerRound, signal);
  }

  async #run(passes: number, signal: AbortSignal | undefined): Promise<RunReport> {
    signal?.throwIfAborted();
    const report = await this.#replayer.run(passes);
    signal?.throwIfAborted();
    // Checked in every pass, warm-up too: a call that fails only once is still a divergence.
    const worst = Math.max(...report.divergences);
    if (worst > this.#divergences) {
      this.#divergences = worst;
      this.#divergent = report.divergent;
    }
    return report;
  }

  keep(report: RunReport): void {
    this.#wallNs.push(...report.wallNs);
    this.#cpuNs.push(...report.cpuNs);
    this.#roundWallNs.push(median(report.wallNs));
    this.#roundCpuNs.push(median(report.cpuNs));
    this.#syscalls = report.syscalls;
    this.#voluntarySwitches += report.voluntarySwitches;
    this.#involuntarySwitches += report.involuntarySwitches;
  }

  measured(): MeasuredArm {
    const passes = Math.max(this.#wallNs.length, 1);
    return {
      id: this.#replayer.id,
      passesPerRound: this.#passesPerRound,
      wallNs: this.#wallNs,
      cpuNs: this.#cpuNs,
      roundWallNs: this.#roundWallNs,
      roundCpuNs: this.#roundCpuNs,
      syscalls: this.#syscalls,
      voluntarySwitches: this.#voluntarySwitches / passes,
      involuntarySwitches: this.#involuntarySwitches / passes,
      divergences: this.#divergences,
      divergent: this.#divergent,
      counted: this.#counted,
    };
  }
}

/** `passNs`: what one pass takes. A pass longer than a round is a round. */
export function passesPerRound(passNs: number): number {
  return Math.min(Math.max(Math.round(ROUND_NS / passNs), 1), PASSES_PER_ROUND_MAX);
}
