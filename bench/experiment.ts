/**
 * The measuring: arms take turns in rounds, in an order shuffled anew each round, so that drift and other
 * processes hit all arms alike; every round times several passes of each arm, and the median of these is
 * the arm's value of the round. After a few rounds, a block, all arms start anew, because two processes of the same
 * arm differ (bootstrap.ts). Timing itself happens in native code; here only who is next.
 */
import type { RunReport } from '../replay/engine.js';
import { Arm, type MeasuredArm } from './arms/arm.js';
import type { Contestant } from './arms/contestant.js';
import { Random } from './statistics/random.js';

export interface ExperimentSettings {
  /** Exactly so many rounds; null: until `enough`, and as many as `seconds` hold. */
  readonly rounds: number | null;
  /** For everything, restarts included; null: no limit but `rounds`. */
  readonly seconds: number | null;
  readonly seed: number;
  /** Asked between blocks: are these figures good enough to stop? */
  readonly enough?: (arms: readonly MeasuredArm[], roundsPerBlock: readonly number[]) => boolean;
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: ExperimentProgress) => void;
}

export interface ExperimentProgress {
  readonly phase: 'warm-up' | 'rounds';
  /** Of this phase, 0 to 1. */
  readonly done: number;
  readonly round: number;
}

/** precision: `enough` said so. rounds: the number asked for. */
export type StoppedBy = 'precision' | 'rounds' | 'time' | 'interrupted' | 'failure';

export interface Measurement {
  readonly arms: readonly MeasuredArm[];
  readonly rounds: number;
  /** In order of time; their sum is `rounds`. */
  readonly roundsPerBlock: readonly number[];
  /** From the first start of the arms to the last round, wall. */
  readonly seconds: number;
  readonly stoppedBy: StoppedBy;
  /** What went wrong, where `stoppedBy` is failure. */
  readonly failure: Error | null;
}

const ROUNDS_MAX = 3000;
/** Few: what a block adds to its rounds is one look at how processes differ. */
const BLOCK_ROUNDS_MAX = 8;
/** An exact number of rounds is spread over at least so many blocks where it has them. */
const BLOCKS_WANTED = 12;
/** Blocks below which time alone does not stop, unless it is over `PATIENCE` times. */
const BLOCKS_MIN = 6;
const PATIENCE = 3;
/**
 * When `enough` is asked: after so many blocks, and then after a quarter more each time. Fewer may look precise by
 * chance, and so may one of many looks.
 */
const BLOCKS_ENOUGH_MIN = 20;
const BLOCKS_ENOUGH_GROWTH = 1.25;
/** Rounds that are worth keeping when an arm fails or the time has long been over. */
const ROUNDS_WORTH_MIN = 3;

/**
 * Warms up, counts inline and punted requests, then measures. An abort or a failing arm ends it after the finished
 * rounds; before there are any (three, for a failure) it rejects. No replayer is left running.
 */
export async function runExperiment(contestants: readonly Contestant[], settings: ExperimentSettings): Promise<Measurement> {
  return new Experiment(contestants, settings).run();
}

interface End {
  readonly stoppedBy: StoppedBy;
  readonly failure: Error | null;
}

class Experiment {
  readonly #settings: ExperimentSettings;
  readonly #arms: readonly Arm[];
  readonly #random: Random;
  readonly #roundsMax: number;
  readonly #begin = performance.now();
  #roundsPerBlock: number[] = [];
  #rounds = 0;
  /** Until it is known what a start takes; the first one may have happened before. */
  #blockRounds = 1;
  #blockSeconds = 0;
  #askAtBlocks = BLOCKS_ENOUGH_MIN;

  constructor(contestants: readonly Contestant[], settings: ExperimentSettings) {
    this.#settings = settings;
    this.#arms = contestants.map((contestant) => new Arm(contestant));
    this.#random = new Random(settings.seed);
    this.#roundsMax = settings.rounds ?? ROUNDS_MAX;
  }

  async run(): Promise<Measurement> {
    for (;;) {
      const roundsBefore = this.#rounds;
      const secondsBefore = this.#seconds();
      const end = await this.#block();
      if (this.#rounds > roundsBefore) this.#roundsPerBlock.push(this.#rounds - roundsBefore);
      this.#blockSeconds = this.#seconds() - secondsBefore;
      const over = end ?? this.#isOver();
      if (over !== null) return this.#measurement(over);
    }
  }

  #seconds(): number {
    return (performance.now() - this.#begin) / 1000;
  }

  #measurement({ stoppedBy, failure }: End): Measurement {
    return {
      arms: this.#arms.map((arm) => arm.measured()),
      rounds: this.#rounds,
      roundsPerBlock: this.#roundsPerBlock,
      seconds: this.#seconds(),
      stoppedBy,
      failure,
    };
  }

  /** Fresh replayers and some rounds of them. null: nothing speaks against another block. */
  async #block(): Promise<End | null> {
    try {
      if (this.#rounds === 0) await this.#firstBlock();
      else await this.#nextBlock();
      for (let i = 0; i < this.#blockRounds && this.#rounds < this.#roundsMax; i++) {
        if (i > 0 && this.#timeIsUp()) break;
        await this.#round(i === 0);
      }
      return null;
    } catch (error) {
      return this.#brokenOff(error);
    } finally {
      await Promise.all(this.#arms.map((arm) => arm.stop()));
    }
  }

  async #firstBlock(): Promise<void> {
    const { signal, onProgress } = this.#settings;
    await this.#startAll();
    for (const [i, arm] of this.#arms.entries()) {
      onProgress?.({ phase: 'warm-up', done: i / this.#arms.length, round: 0 });
      await arm.warmUp(signal);
    }
  }

  async #nextBlock(): Promise<void> {
    const begin = performance.now();
    await this.#startAll();
    const startSeconds = (performance.now() - begin) / 1000;
    const { rounds } = this.#settings;
    const few = rounds === null ? Infinity : Math.max(1, Math.floor(rounds / BLOCKS_WANTED));
    const total = (seconds: (arm: Arm) => number): number => this.#arms.reduce((sum, arm) => sum + seconds(arm), 0);
    this.#blockRounds = Math.min(blockRounds(startSeconds + total((arm) => arm.leadSeconds), total((arm) => arm.roundSeconds)), few);
  }

  /**
   * All at once, as every CPU helps; none is left half started when one of them fails. In an order of chance: on which
   * CPU a process begins depends on what was started before it, and an arm that always came second was 1 to 7 % slower
   * than itself on a host whose CPUs were not equally busy.
   */
  async #startAll(): Promise<void> {
    const starts = await Promise.allSettled(this.#random.shuffled(this.#arms).map((arm) => arm.start()));
    const failed = starts.find((start) => start.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }

  /** `first`: of a block. */
  async #round(first: boolean): Promise<void> {
    const { signal, seconds, onProgress } = this.#settings;
    const done = Math.max(this.#rounds / this.#roundsMax, Math.min(this.#seconds() / (seconds ?? Infinity), 1));
    onProgress?.({ phase: 'rounds', done, round: this.#rounds });
    const reports = new Map<Arm, RunReport>();
    for (const arm of this.#random.shuffled(this.#arms)) reports.set(arm, await arm.runRound(signal, first));
    for (const [arm, report] of reports) arm.keep(report);
    this.#rounds++;
  }

  /** Half a round has no pairs: it is dropped, whatever ended it. */
  #brokenOff(error: unknown): End {
    const interrupted = this.#settings.signal?.aborted === true;
    if (interrupted && this.#rounds > 0) return { stoppedBy: 'interrupted', failure: null };
    if (!interrupted && this.#rounds >= ROUNDS_WORTH_MIN) return { stoppedBy: 'failure', failure: error as Error };
    throw error;
  }

  #isOver(): End | null {
    const { enough } = this.#settings;
    const blocks = this.#roundsPerBlock;
    if (this.#rounds >= this.#roundsMax) return { stoppedBy: 'rounds', failure: null };
    if (blocks.length >= this.#askAtBlocks) {
      this.#askAtBlocks = Math.ceil(blocks.length * BLOCKS_ENOUGH_GROWTH);
      if (enough?.(this.#arms.map((arm) => arm.measured()), blocks) === true) return { stoppedBy: 'precision', failure: null };
    }
    // Half a block over is as near to the time asked for as half a block short.
    return this.#timeIsUp(this.#blockSeconds / 2) ? { stoppedBy: 'time', failure: null } : null;
  }

  #timeIsUp(ahead = 0): boolean {
    const limit = this.#settings.seconds ?? Infinity;
    const seconds = this.#seconds() + ahead;
    if (seconds < limit) return false;
    return this.#roundsPerBlock.length >= BLOCKS_MIN || (this.#rounds >= ROUNDS_WORTH_MIN && seconds >= PATIENCE * limit);
  }
}

/**
 * The number that gives the narrowest interval for the time, after Kalibera and Jones 2013, section 6: the root of
 * what a block costs (a start, and passes that do not count) over what a round does, taking it that processes vary
 * as much as rounds do.
 */
export function blockRounds(blockSeconds: number, roundSeconds: number): number {
  return Math.min(Math.max(Math.round(Math.sqrt(blockSeconds / roundSeconds)), 1), BLOCK_ROUNDS_MAX);
}
