/**
 * A part (subset.ts) replayed through Node's own `fs`: what a Node program that makes these calls would take. JavaScript
 * runs in the timed part here, unlike in all other engines: functions of `fs`, promises, callbacks and garbage collection
 * are the price of that way, and belong to its figures.
 */
import type { CountReport, Divergence, EngineOptions, NativeReplay, RunReport, TimelineReport } from '../engine.js';
import { UringReplayError } from '../errors.js';
import type { OpSpec } from '../plan/format.js';
import { ProgramView } from '../plan/view.js';
import { fsCalls, type FsCall, type FsFunction } from './calls.js';
import { Outcomes } from './outcomes.js';
import { POOL_DEFAULT } from './pool.js';
import { PromisesRunner } from './promises.js';
import { RingUse } from './ring-use.js';
import type { Runner } from './runner.js';
import { SyncRunner } from './sync.js';

/**
 * To be called before the root changes. Rejects with UR_NO_URING where libuv/uring is asked for and libuv uses no ring
 * for file calls, so that nothing else is measured under that name.
 */
export async function createLibuvReplay(program: Uint8Array, options: EngineOptions): Promise<NativeReplay> {
  const ring = options.engine === 'libuv/uring' ? await RingUse.open() : null;
  const functions = (await ring?.functions()) ?? [];
  if (ring !== null && functions.length === 0) {
    throw new UringReplayError(
      'UR_NO_URING',
      `libuv ${process.versions.uv} of Node ${process.version} sends no file call to io_uring here, although UV_USE_IO_URING=1 is set (or the kernel, before 6.1, does not tell)`,
      'Measure libuv/promises, which is what a Node program gets on this host; Node 20 on Linux 6.1 or newer has the ring.',
    );
  }
  return new LibuvReplay(new ProgramView(program), options, ring, functions);
}

class LibuvReplay implements NativeReplay {
  readonly #options: EngineOptions;
  readonly #ring: RingUse | null;
  readonly #ringFunctions: readonly FsFunction[];
  readonly #ops: readonly OpSpec[];
  readonly #setup: readonly OpSpec[];
  readonly #calls: readonly FsCall[];
  readonly #outcomes: Outcomes;
  readonly #runner: Runner;
  /** Whether a pass may change the current directory, which the next one finds as the first one did. */
  readonly #moves: boolean;
  #home: string | null = null;
  /** Of the last pass, its timed part. */
  #ringRequests = 0;
  #cancelled = false;

  constructor(view: ProgramView, options: EngineOptions, ring: RingUse | null, ringFunctions: readonly FsFunction[]) {
    this.#options = options;
    this.#ring = ring;
    this.#ringFunctions = ringFunctions;
    this.#ops = [...view.ops()];
    this.#setup = Array.from({ length: view.setupCount }, (_, i) => view.setup(i));
    this.#calls = fsCalls(view);
    this.#moves = this.#setup.length > 0 || this.#calls.some(({ use }) => use === 'chdir');
    this.#outcomes = new Outcomes(this.#calls.length);
    const { engine, order = 'trace', batch = 0 } = options;
    this.#runner = engine === 'libuv/sync' ? new SyncRunner(this.#calls, this.#outcomes, view.slotCount) : new PromisesRunner(this.#calls, this.#outcomes, view, { order, batch });
  }

  async run(passes: number): Promise<RunReport> {
    const wallNs: number[] = [];
    const cpuNs: number[] = [];
    const divergences: number[] = [];
    let divergent: readonly Divergence[] = [];
    const used = { voluntarySwitches: 0, involuntarySwitches: 0, minorFaults: 0, majorFaults: 0, blocksRead: 0 };
    for (let pass = 0; pass < passes && !this.#cancelled; pass++) {
      await this.#setUp();
      const requestsBefore = this.#ring?.requests() ?? 0;
      const before = process.resourceUsage();
      const begin = process.hrtime.bigint();
      await this.#runner.run();
      const end = process.hrtime.bigint();
      const after = process.resourceUsage();
      this.#ringRequests = (this.#ring?.requests() ?? 0) - requestsBefore;
      wallNs.push(Number(end - begin));
      cpuNs.push(1e3 * (after.userCPUTime - before.userCPUTime + after.systemCPUTime - before.systemCPUTime));
      used.voluntarySwitches += after.voluntaryContextSwitches - before.voluntaryContextSwitches;
      used.involuntarySwitches += after.involuntaryContextSwitches - before.involuntaryContextSwitches;
      used.minorFaults += after.minorPageFault - before.minorPageFault;
      used.majorFaults += after.majorPageFault - before.majorPageFault;
      used.blocksRead += after.fsRead - before.fsRead;
      const kept: Divergence[] = [];
      divergences.push(this.#outcomes.verify(this.#ops, kept));
      if (kept.length > 0) divergent = kept;
      await this.#runner.cleanUp();
      if (this.#home !== null) process.chdir(this.#home);
    }
    return {
      wallNs: Float64Array.from(wallNs), cpuNs: Float64Array.from(cpuNs), divergences: Uint32Array.from(divergences), divergent,
      syscalls: null, ...used, passes: wallNs.length,
    };
  }

  /** Which way each call went: through libuv's ring where that was so, by what the kernel counted in this pass. */
  async count(): Promise<CountReport> {
    await this.run(1);
    const direct: Record<string, number> = {};
    for (const { code } of this.#ops) direct[code] = (direct[code] ?? 0) + 1;
    return { inline: {}, punted: {}, direct, source: 'none', ...(this.#ring !== null && { notes: { ringRequests: this.#ringRequests } }) };
  }

  profile(): Promise<Float64Array> {
    return Promise.reject(new UringReplayError('UR_USAGE', 'this engine cannot time its calls one by one', 'profile the serial engine'));
  }

  timeline(): Promise<TimelineReport> {
    return Promise.reject(new UringReplayError('UR_USAGE', 'this engine has no timeline', 'take that of a native engine'));
  }

  cancel(): void {
    this.#cancelled = true;
  }

  describe(): Readonly<Record<string, unknown>> {
    const { engine, pool = POOL_DEFAULT } = this.#options;
    return {
      engine,
      ops: this.#calls.length,
      node: process.version,
      libuv: process.versions.uv,
      ...(engine !== 'libuv/sync' && { pool }),
      ...(this.#ring !== null && { ringFunctions: this.#ringFunctions }),
    };
  }

  close(): void {
    this.#cancelled = true;
  }

  async #setUp(): Promise<void> {
    if (this.#moves) this.#home ??= process.cwd();
    const paths = new Map<number, Buffer>();
    for (const { code, out = -1, fd = -1, path, a = 0 } of this.#setup) {
      if (code === 'open' && path !== undefined) {
        paths.set(out, Buffer.from(path));
        await this.#runner.setUp(out, Buffer.from(path), a);
      } else {
        const to = code === 'chdir' ? path : paths.get(fd);
        if (to !== undefined) process.chdir(Buffer.from(to).toString('utf8'));
      }
    }
  }
}
