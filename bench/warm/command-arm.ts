/**
 * A command as an arm of an experiment: each pass starts it anew, on storage that was made cold before or is warm, and
 * a cold pass is shown to have been cold. For the experiment it is a replayer like any other.
 */
import { NOTHING_COUNTED, type CountReport, type RunReport } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { timeCommand, type CommandTime } from '../record/command-time.js';
import type { PassCost, Storage } from '../conditions/storage.js';
import type { Contestant, Replayer } from '../arms/contestant.js';
import type { Stage } from './stage.js';

type End = Pick<CommandTime, 'status' | 'signal'>;

/** A device may be read with fewer, larger requests, but not for much less than the command alone reads of it. */
const BYTES_SHARE_MIN = 0.5;

export class CommandArm implements Contestant, Replayer {
  readonly id: string;
  readonly single = true;
  readonly #command: readonly string[];
  readonly #stage: Stage;
  readonly #cold: boolean;
  /** The arm that is the command on its own; null: this one. */
  readonly #alone: CommandArm | null;
  readonly #signal: AbortSignal | undefined;
  readonly #costs: PassCost[] = [];
  #end: End | null = null;
  /** Of the cold run that asked for least: a device's figures hold what others asked of it in the meantime, too. */
  #least: PassCost | null = null;

  constructor(id: string, command: readonly string[], options: { readonly stage: Stage; readonly cold: boolean; readonly alone: CommandArm | null; readonly signal?: AbortSignal }) {
    this.id = id;
    this.#command = command;
    this.#stage = options.stage;
    this.#cold = options.cold;
    this.#alone = options.alone;
    this.#signal = options.signal;
  }

  /** Of each pass, the first one (which warms up) included. */
  get costs(): readonly PassCost[] {
    return this.#costs;
  }

  start(): Promise<Replayer> {
    return Promise.resolve(this);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async run(passes: number): Promise<RunReport> {
    const times: CommandTime[] = [];
    for (let pass = 0; pass < passes; pass++) times.push(await this.#pass());
    const nanoseconds = (of: (time: CommandTime) => number): Float64Array => Float64Array.from(times, (time) => of(time) * 1e9);
    return {
      wallNs: nanoseconds(({ wall }) => wall),
      cpuNs: nanoseconds(({ user, system }) => user + system),
      divergences: new Uint32Array(passes),
      divergent: [],
      ...NOTHING_COUNTED,
      passes,
    };
  }

  count(): Promise<CountReport> {
    return Promise.resolve({ inline: {}, punted: {}, direct: {}, source: 'none' });
  }

  async #pass(): Promise<CommandTime> {
    const { storage, place } = this.#stage;
    if (this.#cold) await storage?.drop();
    else await storage?.take();
    const time = await timeCommand(this.#command, this.#signal, place);
    const cost = (await storage?.take()) ?? null;
    if (cost !== null) this.#costs.push(cost);
    this.#end ??= time;
    this.#checkEnd(time);
    if (this.#cold) this.#checkCold(cost);
    return time;
  }

  #checkEnd({ status, signal }: CommandTime): void {
    const expected = (this.#alone ?? this).#end;
    if (expected === null || (expected.status === status && expected.signal === signal)) return;
    throw new UringReplayError('UR_OTHER_END', `a run of ${this.id} ended with ${described({ status, signal })}, the first one without warming with ${described(expected)}`, 'Measure a command that ends in the same way each time.');
  }

  #checkCold(cost: PassCost | null): void {
    const { storage } = this.#stage;
    if (storage === null || cost === null) throw new Error(`${this.id} is cold on storage that cannot be made so`);
    const alone = this.#alone === null ? null : this.#alone.#least;
    const doubt = storage.doubt(cost, this.#least ?? cost) ?? (alone === null ? null : doubtAgainst(cost, alone, storage));
    if (doubt === null) {
      if (this.#least === null || (cost.deviceBytes ?? 0) < (this.#least.deviceBytes ?? 0)) this.#least = cost;
      return;
    }
    throw new UringReplayError('UR_NOT_COLD', `a run of ${this.id} cannot be shown to have been cold: ${doubt}`, 'End other programs that use the same files, or measure with --latency 1ms, whose every request is counted.');
  }
}

/** The command asks for what it asks for, whoever asked first: with warming the storage sees no less of it. */
function doubtAgainst(cost: PassCost, alone: PassCost, storage: Storage): string | null {
  if (cost.requests !== null) return storage.doubt(cost, alone);
  const [bytes, before] = [cost.deviceBytes ?? 0, alone.deviceBytes ?? 0];
  return bytes < BYTES_SHARE_MIN * before ? `the storage read ${bytes} bytes, in a cold run without warming ${before}` : null;
}

function described({ status, signal }: End): string {
  return signal === null ? `status ${status ?? 'unknown'}` : signal;
}
