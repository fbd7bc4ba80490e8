/** The options of `run` that choose and shape arms; each contradiction is named with its remedy. */
import { availableParallelism } from 'node:os';
import { ARM_KINDS, type ArmParameter } from '../../bench/arms/arms.js';
import type { RunSettings } from '../../bench/settings.js';
import { AUTO_BATCHES, AUTO_ENGINES } from '../../bench/pilot.js';
import { SWEEP_PARAMETERS, type Sweep } from '../../bench/sweep.js';
import { ENGINES, LIBUV_ENGINES, RING_AFFINITIES, type EngineName } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { POOL_DEFAULT, POOL_MAX } from '../../replay/libuv/pool.js';
import { listOf, oneOf, wholeNumber } from './options.js';
import type { RunFlags } from './run-flags.js';

/** The largest submission queue io_uring grants (IORING_MAX_ENTRIES in io_uring/io_uring.h). */
const BATCH_MAX = 32768;
const WORKERS_MAX = 65536;
/** As native/threads.cc has it. */
const THREADS_MAX = 1024;

/** `8,32,all` -> [8, 32, 0]. */
export function batches(value: string, option = '--batch'): number[] {
  const sizes = value.split(',').map((item) => (item.trim() === 'all' ? 0 : wholeNumber(option, item.trim(), 1, BATCH_MAX)));
  return [...new Set(sizes)];
}

type ArmSettings = Pick<RunSettings, 'engines' | 'auto' | 'orders' | 'batches' | 'window' | 'setup' | 'workers' | 'affinity' | 'threads' | 'pool' | 'sweep'>;

export function armSettings(flags: RunFlags): ArmSettings {
  const { auto, chosen } = engines(flags.engine!);
  const sweep = flags.sweep === undefined ? null : sweepOf(flags.sweep);
  refuseTwice(flags, sweep);
  refuseIdle(flags, auto ? [...chosen, ...AUTO_ENGINES] : chosen);
  return {
    engines: chosen,
    auto: !auto ? null : flags.batch === undefined ? AUTO_BATCHES : batches(flags.batch),
    // What deps shows is an upper bound, which nobody gets by choosing it.
    orders: listOf('--order', flags.order ?? (auto ? 'trace' : 'trace,deps'), ['trace', 'deps']),
    batches: batches(flags.batch ?? '32'),
    window: oneOf('--window', flags.window ?? 'sliding', ['sliding', 'barrier']),
    setup: oneOf('--ring-setup', flags.ringSetup ?? 'auto', ['auto', 'defer', 'coop', 'default', 'sqpoll']),
    workers: wholeNumber('--ring-workers', flags.ringWorkers ?? '0', 0, WORKERS_MAX),
    affinity: oneOf('--ring-affinity', flags.ringAffinity ?? 'any', RING_AFFINITIES),
    // Left to itself the pilot tries several widths.
    threads: flags.threads === undefined ? (auto ? 0 : availableParallelism()) : wholeNumber('--threads', flags.threads, 1, THREADS_MAX),
    pool: flags.pool === undefined ? POOL_DEFAULT : wholeNumber('--pool', flags.pool, 1, POOL_MAX),
    sweep,
  };
}

function engines(value: string): { readonly auto: boolean; readonly chosen: EngineName[] } {
  const named = listOf('--engine', value, [...ENGINES, 'libuv', 'auto', 'all']);
  const auto = named.includes('auto');
  if (named.includes('all')) return { auto, chosen: [...ENGINES] };
  const chosen = new Set(named.flatMap((name) => (name === 'libuv' ? LIBUV_ENGINES : name === 'all' || name === 'auto' ? [] : [name])));
  return { auto, chosen: auto && chosen.size === 0 ? ['serial'] : [...chosen] };
}

/** `batch=1,2,4,all` */
function sweepOf(value: string): Sweep {
  const at = value.indexOf('=');
  const [name, list] = [value.slice(0, at), value.slice(at + 1)];
  if (at < 1 || list === '') {
    throw new UringReplayError('UR_USAGE', `--sweep: "${value}" is not valid`, 'Accepted: a name and its values, as in batch=1,2,4,8,all.');
  }
  const parameter = oneOf('--sweep', name, SWEEP_PARAMETERS);
  if (parameter === 'batch') return { parameter, values: batches(list, '--sweep batch') };
  const max = parameter === 'workers' ? WORKERS_MAX : THREADS_MAX;
  const values = list.split(',').map((item) => wholeNumber(`--sweep ${parameter}`, item.trim(), 1, max));
  return { parameter, values: [...new Set(values)] };
}

const OPTIONS = {
  batch: '--batch', window: '--window', ringSetup: '--ring-setup', ringWorkers: '--ring-workers', ringAffinity: '--ring-affinity', threads: '--threads', pool: '--pool',
} as const satisfies Partial<Record<keyof RunFlags, string>>;
type ArmFlag = keyof typeof OPTIONS;
const PARAMETER_OF: Readonly<Record<ArmFlag, ArmParameter>> = {
  batch: 'batch', window: 'window', ringSetup: 'setup', ringWorkers: 'workers', ringAffinity: 'affinity', threads: 'threads', pool: 'pool',
};
const SWEPT: Readonly<Record<Sweep['parameter'], readonly ArmFlag[]>> = {
  batch: ['batch'], workers: ['ringWorkers'], threads: ['threads'], depth: ['batch', 'ringWorkers', 'threads', 'pool'],
};

function refuseTwice(flags: RunFlags, sweep: Sweep | null): void {
  const twice = sweep === null ? undefined : SWEPT[sweep.parameter].find((flag) => flags[flag] !== undefined);
  if (sweep === null || twice === undefined) return;
  throw new UringReplayError('UR_USAGE', `${OPTIONS[twice]}: --sweep ${sweep.parameter} sets it already`, `Leave out ${OPTIONS[twice]} or --sweep.`);
}

/** An option that none of the engines looks at would be taken for one that did something. */
function refuseIdle(flags: RunFlags, chosen: readonly EngineName[]): void {
  for (const flag of Object.keys(OPTIONS) as ArmFlag[]) {
    if (flags[flag] === undefined) continue;
    const has = (engine: EngineName): boolean => ARM_KINDS[engine].parameters.includes(PARAMETER_OF[flag]);
    if (chosen.some(has)) continue;
    throw new UringReplayError(
      'UR_USAGE',
      `${OPTIONS[flag]} ${flags[flag]}: none of the engines asked for has it (--engine ${chosen.join(',')})`,
      `Leave it out, or add one of ${ENGINES.filter(has).join(', ')} to --engine.`,
    );
  }
}
