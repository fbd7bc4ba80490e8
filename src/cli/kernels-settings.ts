/** From the flags of `kernels` to the settings of the comparison. */
import { availableParallelism } from 'node:os';
import { FILE_SYSTEMS } from '../../bench/kernels/image.js';
import type { KernelsSettings } from '../../bench/kernels/settings.js';
import { TIERS } from '../../bench/kernels/tier.js';
import type { Tier } from '../../bench/kernels/tier.js';
import { UringReplayError } from '../../replay/errors.js';
import type { KernelsFlags } from './kernels-flags.js';
import { listOf, oneOf, positiveNumber, wholeNumber } from './options.js';
import { batches } from './arm-options.js';

const UNITS_NS: Readonly<Record<string, number>> = { ns: 1, us: 1e3, 'µs': 1e3, ms: 1e6, s: 1e9 };
/** Timers of null_blk: seconds would only be waited for. */
const LATENCY_NS_MAX = 1e9;

/** `1ms` -> 1e6. */
export function latencyNs(value: string): number {
  if (value === '0') return 0;
  const match = /^(\d*\.?\d+)(ns|us|µs|ms|s)$/.exec(value);
  const ns = match === null ? NaN : Math.round(Number(match[1]) * UNITS_NS[match[2]]);
  if (!(ns > 0 && ns <= LATENCY_NS_MAX)) throw new UringReplayError('UR_USAGE', `--latency: "${value}" is not valid`, 'Accepted: 0, or a time with its unit up to 1s, such as 500us or 1ms.');
  return ns;
}

/** Every flag checked; throws UR_USAGE naming the option. */
export function kernelsSettings(log: string, flags: KernelsFlags): KernelsSettings {
  return {
    file: log,
    kernels: flags.kernel ?? [],
    commandLines: flags.cmdline ?? [''],
    tier: flags.tier === undefined ? null : oneOf('--tier', flags.tier, Object.keys(TIERS) as Tier[]),
    engines: listOf('--engine', flags.engine, ['serial', 'ring']),
    orders: listOf('--order', flags.order, ['trace', 'deps']),
    batches: batches(flags.batch),
    window: oneOf('--window', flags.window, ['sliding', 'barrier']),
    setup: oneOf('--ring-setup', flags.ringSetup, ['auto', 'defer', 'coop', 'default', 'sqpoll']),
    workers: wholeNumber('--ring-workers', flags.ringWorkers, 0, 65536),
    cache: oneOf('--cache', flags.cache, ['warm', 'cold']),
    latencyNs: latencyNs(flags.latency),
    fileSystem: oneOf('--fs', flags.fs, FILE_SYSTEMS),
    scattered: flags.scattered ?? false,
    pids: flags.pid === undefined ? null : flags.pid.map((pid) => wholeNumber('--pid', pid, 0, 2 ** 31 - 1)),
    parallel: flags.parallel === undefined ? availableParallelism() : wholeNumber('--parallel', flags.parallel, 1, 1024),
    deadlineSeconds: positiveNumber('--deadline', flags.deadline),
    node: flags.node,
  };
}
