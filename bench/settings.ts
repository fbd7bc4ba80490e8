/** What a run is asked to do, and what is refused before anything starts. */
import { UringReplayError } from '../replay/errors.js';
import { POOL_DEFAULT } from '../replay/libuv/pool.js';
import type { ArmChoice } from './arms/choice.js';
import type { ResultDocument } from './result/result.js';
import type { Sweep } from './sweep.js';

export interface RunSettings extends Required<ArmChoice> {
  /** The log, as given; `-` for standard input. */
  readonly file: string;
  /** Besides: the best of the honest ways, found by a pilot that tries the ring with these batches; null: not asked for. */
  readonly auto: readonly number[] | null;
  /** Vary one parameter over several values; null: nothing. */
  readonly sweep: Sweep | null;
  readonly cache: 'warm' | 'cold' | 'both';
  /** The sandbox behind a file system that answers so late; null: as its device does. */
  readonly latencyNs: number | null;
  /** The CPUs that arms run on, as a list such as 0,2-3; null: all. */
  readonly pin: string | null;
  /** Added to the niceness of the arms; null: nothing. */
  readonly nice: number | null;
  /** Read-only against the real file system instead of a sandbox. */
  readonly live: boolean;
  /** Where the sandbox is, or is to be made; it stays. null: a temporary directory. */
  readonly sandboxDir: string | null;
  /** The temporary sandbox stays; `onKept` is told where it is. */
  readonly keep: boolean;
  readonly onKept?: (dir: string) => void;
  /** Exactly so many rounds; null: until every comparison is within `precision`, or `timeSeconds` are over. */
  readonly rounds: number | null;
  /** For measuring all arms together; counts only where `rounds` is null. */
  readonly timeSeconds: number;
  /** Half the width of each comparison's interval, as share of its median: 0.01 is 1 %. */
  readonly precision: number;
  /** Of shuffling and bootstrap, 32 bits; null: a random one, which the result records. */
  readonly seed: number | null;
  /** Replay only these processes; null: all. */
  readonly pids: readonly number[] | null;
  readonly maxTreeBytes: number;
  /** Replay a log that breaks off in the middle of a line, without that line. */
  readonly partial: boolean;
  /** Watch one pass of each arm afterwards, for the result's `timeline`. */
  readonly timeline?: boolean;
  /** The result that this run repeats: refused where the log or its program is another one. */
  readonly repeats?: ResultDocument;
  /** For the result document; default: this process's arguments. */
  readonly command?: readonly string[];
  /** What is going on, for people. */
  readonly onProgress?: (message: string) => void;
  /** Ends the run early; finished rounds are kept. */
  readonly signal?: AbortSignal;
}

/** The defaults: one batch size in both orders, until every comparison is within 1 %, ten seconds at most. */
export const DEFAULTS = {
  engines: ['serial', 'ring'],
  auto: null,
  orders: ['trace', 'deps'],
  batches: [32],
  window: 'sliding',
  setup: 'auto',
  workers: 0,
  affinity: 'any',
  threads: 0,
  pool: POOL_DEFAULT,
  sweep: null,
  cache: 'warm',
  latencyNs: null,
  pin: null,
  nice: null,
  live: false,
  sandboxDir: null,
  keep: false,
  rounds: null,
  timeSeconds: 10,
  precision: 0.01,
  seed: null,
  pids: null,
  maxTreeBytes: 2 * 2 ** 30,
  partial: false,
} as const satisfies Omit<RunSettings, 'file'>;

/** The settings that make an experiment, for the result document. */
export type StoredSettings = { readonly [Key in keyof typeof DEFAULTS]: RunSettings[Key] };

export function storedSettings(settings: RunSettings): StoredSettings {
  const keys = Object.keys(DEFAULTS) as (keyof StoredSettings)[];
  return Object.fromEntries(keys.map((key) => [key, settings[key]])) as StoredSettings;
}

/** Throws UR_USAGE for settings that contradict each other or ask for what there is not. */
export function checkSettings(settings: RunSettings): void {
  if (settings.live && settings.latencyNs !== null) {
    throw new UringReplayError('UR_USAGE', '--latency puts the sandbox behind a slow file system, and --live has no sandbox', 'Leave out --live or --latency.');
  }
  if (settings.live && (settings.sandboxDir !== null || settings.keep)) {
    throw new UringReplayError(
      'UR_USAGE',
      '--live replays against the real file system, so there is no sandbox for --sandbox or --keep',
      'Leave out --live, or the other option.',
    );
  }
  if (settings.auto !== null && settings.sweep !== null) {
    throw new UringReplayError('UR_USAGE', '--engine auto chooses its own values, so there is nothing for --sweep to vary', 'Leave out --sweep, or name the engines to sweep.');
  }
  if (settings.auto !== null && settings.cache === 'both') {
    throw new UringReplayError('UR_USAGE', '--engine auto: another way may be the best cold than warm, so --cache both has no single choice', 'Run it once with --cache warm and once with --cache cold.');
  }
  if (settings.affinity !== 'any' && settings.setup === 'sqpoll') {
    throw new UringReplayError(
      'UR_USAGE',
      `--ring-affinity ${settings.affinity} places workers beside the thread that submits, which with --ring-setup sqpoll is one of the kernel's`,
      'Leave out --ring-affinity, or --ring-setup sqpoll.',
    );
  }
  if (settings.engines.length === 0) throw new UringReplayError('UR_USAGE', '--engine: no engine named', 'Name at least one.');
  if (settings.orders.length === 0 || settings.batches.length === 0) {
    throw new UringReplayError('UR_USAGE', 'an order and a batch size are needed', 'Give --order and --batch.');
  }
  if (settings.rounds !== null && !(settings.rounds >= 1)) {
    throw new UringReplayError('UR_USAGE', `--rounds ${settings.rounds}: at least 1`, 'Leave --rounds out, or give a positive number.');
  }
}
