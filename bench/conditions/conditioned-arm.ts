/**
 * An arm on storage that is made cold or kept warm for each of its passes, outside of the timed part, and whose
 * passes are shown to have been so. For the experiment it is a replayer like any other.
 */
import type { CountReport, RunReport, TimelineReport } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import type { ArmProcess } from '../arms/arm-process.js';
import type { Contestant, Replayer } from '../arms/contestant.js';
import type { PassCost, Storage } from './storage.js';

export type CacheState = 'warm' | 'cold';

/** Starts the arm's process, or takes one that was renewed, and prepares it; closes it. */
export interface ArmDoor {
  readonly id: string;
  open(kept?: ArmProcess | null): Promise<{ readonly process: ArmProcess; readonly notes: Readonly<Record<string, unknown>> }>;
  close(process: ArmProcess): Promise<void>;
}

export class ConditionedArm implements Replayer, Contestant {
  readonly id: string;
  readonly notes: Readonly<Record<string, unknown>>;
  /** A cold pass is a round: the next one needs everything dropped again. */
  readonly single: boolean;
  readonly #cache: CacheState;
  readonly #storage: Storage;
  readonly #door: ArmDoor;
  /** Kept between passes, where the storage allows. */
  #process: ArmProcess | null;
  #workers: number | null = null;
  /** Of each pass (cold) or run (warm, per pass). */
  readonly #costs: PassCost[] = [];

  static async prepare(cache: CacheState, storage: Storage, door: ArmDoor): Promise<ConditionedArm> {
    const { process, notes } = await door.open();
    if (storage.exclusive) await door.close(process);
    return new ConditionedArm(cache, storage, door, storage.exclusive ? null : process, notes);
  }

  private constructor(cache: CacheState, storage: Storage, door: ArmDoor, process: ArmProcess | null, notes: Readonly<Record<string, unknown>>) {
    this.id = door.id;
    this.notes = notes;
    this.single = cache === 'cold';
    this.#cache = cache;
    this.#storage = storage;
    this.#door = door;
    this.#process = process;
  }

  get costs(): readonly PassCost[] {
    return this.#costs;
  }

  /** A process of its own until close(); on exclusive storage every run has one anyway. */
  async start(): Promise<Replayer> {
    if (!this.#storage.exclusive) this.#process ??= (await this.#door.open()).process;
    return this;
  }

  async close(): Promise<void> {
    const process = this.#process;
    this.#process = null;
    if (process !== null) await this.#door.close(process);
  }

  /** As of the last run. */
  workers(): number | null {
    return this.#workers;
  }

  async run(passes: number): Promise<RunReport> {
    if (this.#cache === 'warm') return this.#warmRun(passes);
    const reports: RunReport[] = [];
    for (let pass = 0; pass < passes; pass++) reports.push(await this.#coldPass());
    return mergeReports(reports);
  }

  async count(): Promise<CountReport> {
    if (this.#cache === 'cold' || this.#storage.exclusive) await this.#storage.drop();
    return this.#with((process) => process.count());
  }

  async profile(): Promise<Float64Array> {
    if (this.#cache === 'cold') await this.#storage.drop();
    return this.#with((process) => process.profile());
  }

  async timeline(): Promise<TimelineReport> {
    if (this.#cache === 'cold') await this.#storage.drop();
    return this.#with((process) => process.timeline());
  }

  async #coldPass(): Promise<RunReport> {
    await this.#storage.drop();
    const report = await this.#with(async (process) => {
      // Opening the process may have asked something of the storage, such as entering its root directory.
      await this.#storage.take();
      return process.run(1);
    });
    const cost = await this.#storage.take();
    this.#costs.push(cost);
    const doubt = this.#storage.doubt(cost, this.#costs[0]);
    if (doubt !== null) {
      throw new UringReplayError('UR_NOT_COLD', `--cache cold: a pass of ${this.id} cannot be shown to have been cold: ${doubt}`, 'End other programs that use the same files, or measure with --latency 1ms, whose every request is counted.');
    }
    return report;
  }

  /** A pass before the timed ones, since a cold arm may have dropped everything. */
  async #warmRun(passes: number): Promise<RunReport> {
    if (this.#storage.exclusive) await this.#storage.drop();
    return this.#with(async (process) => {
      await process.run(1);
      await this.#storage.take();
      const report = await process.run(passes);
      this.#costs.push(perPass(await this.#storage.take(), Math.max(report.passes, 1)));
      return report;
    });
  }

  async #watched<T>(process: ArmProcess, use: (process: ArmProcess) => Promise<T>): Promise<T> {
    const result = await use(process);
    this.#workers = process.workers();
    return result;
  }

  async #with<T>(use: (process: ArmProcess) => Promise<T>): Promise<T> {
    if (this.#process !== null) return this.#watched(this.#process, use);
    const { process } = await this.#door.open();
    try {
      return await this.#watched(process, use);
    } finally {
      await this.#door.close(process);
    }
  }
}

function perPass({ requests, deviceReads, deviceBytes }: PassCost, passes: number): PassCost {
  return {
    requests: requests === null ? null : Object.fromEntries(Object.entries(requests).map(([kind, n]) => [kind, n / passes])),
    deviceReads: deviceReads === null ? null : deviceReads / passes,
    deviceBytes: deviceBytes === null ? null : deviceBytes / passes,
  };
}

/** Runs one after another, as one. */
function mergeReports(reports: readonly RunReport[]): RunReport {
  const joined = (of: (report: RunReport) => Float64Array): Float64Array => Float64Array.from(reports.flatMap((report) => [...of(report)]));
  const sum = (of: (report: RunReport) => number): number => reports.reduce((total, report) => total + of(report), 0);
  return {
    wallNs: joined((report) => report.wallNs),
    cpuNs: joined((report) => report.cpuNs),
    divergences: Uint32Array.from(reports.flatMap((report) => [...report.divergences])),
    divergent: reports.findLast((report) => report.divergent.length > 0)?.divergent ?? [],
    syscalls: reports.at(-1)?.syscalls ?? null,
    voluntarySwitches: sum((report) => report.voluntarySwitches),
    involuntarySwitches: sum((report) => report.involuntarySwitches),
    minorFaults: sum((report) => report.minorFaults),
    majorFaults: sum((report) => report.majorFaults),
    blocksRead: sum((report) => report.blocksRead),
    passes: sum((report) => report.passes),
  };
}
