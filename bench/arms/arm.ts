/** One arm of an experiment: its replayer of the moment, and what has been measured of it so far. */
import type { CountReport, Divergence, RunReport } from '../../replay/engine.js';
import type { Contestant, Replayer } from './contestant.js';
import { median } from '../statistics/statistics.js';

export interface MeasuredArm {
  readonly id: string;
  readonly passesPerRound: number;
  /** One value per pass, nanoseconds, in order of time: round r has the passes from r * passesPerRound on. */
  readonly wallNs: readonly number[];
  readonly cpuNs: readonly number[];
  /** One value per round: the median of its passes. */
  readonly roundWallNs: readonly number[];
  readonly roundCpuNs: readonly number[];
  /** Kernel entries of a pass; null: not known. */
  readonly syscalls: number | null;
  readonly usage: Usage;
  /** The largest number in any pass, warm-up included. */
  readonly divergences: number;
  readonly divergent: readonly Divergence[];
  readonly counted: CountReport;
}

/** What a pass used besides time, of the whole process; means over the passes of all rounds, getrusage(2). */
export interface Usage {
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  /** Read from devices for it, 512-byte blocks; what the page cache held does not count. */
  readonly blocksRead: number;
  /** The most io-wq workers that were seen at the end of a block; null where they cannot be seen. */
  readonly workersMax: number | null;
}

const SUMMED = ['voluntarySwitches', 'involuntarySwitches', 'minorFaults', 'majorFaults', 'blocksRead'] as const;
type SummedUsage = (typeof SUMMED)[number];

/**
 * Short, because what disturbs (where the kernel wakes a worker thread, what the other half of the core does) stays the
 * same for tens of milliseconds: arms of one round meet the same of it, and only other rounds meet something else.
 */
const ROUND_NS = 2e6;
/**
 * What comes before a round and does not count. The first pass of a new process is 10 to 30 % slower, a ring's sixth still
 * 2 %, its seventh no more; and other arms have used the CPU's caches, which takes time rather than passes. Where passes
 * are long, one is enough.
 */
const LEAD_PASSES = 6;
const LEAD_NS_MIN = 2e6;
const LEAD_NS_MAX = 8e6;
/** Keeps the result document small where a pass takes microseconds. */
const PASSES_PER_ROUND_MAX = 100;
const WARMUP_NS = 100e6;
const WARMUP_PASSES_MAX = 500;

export class Arm {
  readonly #contestant: Contestant;
  #replayer: Replayer | null = null;
  #passesPerRound = 1;
  #passNs = 0;
  #counted: CountReport = { inline: {}, punted: {}, direct: {}, source: 'none' };
  readonly #wallNs: number[] = [];
  readonly #cpuNs: number[] = [];
  readonly #roundWallNs: number[] = [];
  readonly #roundCpuNs: number[] = [];
  #syscalls: number | null = 0;
  readonly #sums = new Map<SummedUsage, number>(SUMMED.map((key) => [key, 0]));
  #workersMax: number | null = null;
  #divergences = 0;
  #divergent: readonly Divergence[] = [];

  constructor(contestant: Contestant) {
    this.#contestant = contestant;
  }

  async start(): Promise<void> {
    this.#replayer = await this.#contestant.start();
  }

  /** Never rejects. */
  async stop(): Promise<void> {
    const replayer = this.#replayer;
    this.#replayer = null;
    if (replayer === null) return;
    const workers = replayer.workers?.() ?? null;
    if (workers !== null) this.#workersMax = Math.max(this.#workersMax ?? 0, workers);
    await replayer.close();
  }

  /** Caches, branch predictors and clock speed settle; how many passes make a round comes out of it. */
  async warmUp(signal: AbortSignal | undefined): Promise<void> {
    let spentNs = 0;
    let passes = 0;
    let last: RunReport;
    do {
      last = await this.#run(Math.max(passes, 1), signal);
      spentNs += last.wallNs.reduce((sum, ns) => sum + ns, 0);
      passes += last.passes;
    } while (this.#running().single !== true && spentNs < WARMUP_NS && passes < WARMUP_PASSES_MAX);
    this.#passNs = median(last.wallNs);
    this.#passesPerRound = this.#running().single === true ? 1 : passesPerRound(this.#passNs);
    this.#counted = await this.#running().count();
    signal?.throwIfAborted();
  }

  /** About, after the warm-up: what counts of a round. */
  get roundSeconds(): number {
    return (this.#passesPerRound * this.#passNs) / 1e9;
  }

  /** The same of what does not count in the first round of a block. */
  get leadSeconds(): number {
    return (this.#leadPasses(true) * this.#passNs) / 1e9;
  }

  /** `first`: of its process, after a start. */
  async runRound(signal: AbortSignal | undefined, first: boolean): Promise<RunReport> {
    const lead = this.#leadPasses(first);
    if (lead > 0) await this.#run(lead, signal);
    return this.#run(this.#passesPerRound, signal);
  }

  #leadPasses(first: boolean): number {
    return this.#replayer?.single === true ? 0 : Math.max(leadPasses(this.#passNs), first ? 1 : 0);
  }

  #running(): Replayer {
    if (this.#replayer === null) throw new Error(`arm ${this.#contestant.id} was not started`);
    return this.#replayer;
  }

  async #run(passes: number, signal: AbortSignal | undefined): Promise<RunReport> {
    signal?.throwIfAborted();
    const report = await this.#running().run(passes);
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
    for (const [key, sum] of this.#sums) this.#sums.set(key, sum + report[key]);
  }

  measured(): MeasuredArm {
    const passes = Math.max(this.#wallNs.length, 1);
    const perPass = Object.fromEntries([...this.#sums].map(([key, sum]) => [key, sum / passes])) as Record<SummedUsage, number>;
    return {
      id: this.#contestant.id,
      passesPerRound: this.#passesPerRound,
      wallNs: this.#wallNs,
      cpuNs: this.#cpuNs,
      roundWallNs: this.#roundWallNs,
      roundCpuNs: this.#roundCpuNs,
      syscalls: this.#syscalls ?? this.#counted.syscalls ?? null,
      usage: { ...perPass, workersMax: this.#workersMax },
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

/** Passes that do not count before a round, but for the one that a new process always makes. */
export function leadPasses(passNs: number): number {
  return Math.min(Math.max(LEAD_PASSES, Math.ceil(LEAD_NS_MIN / passNs)), Math.floor(LEAD_NS_MAX / passNs));
}
