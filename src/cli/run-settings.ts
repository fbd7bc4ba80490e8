/** From the flags of `run` to the settings of the experiment. */
import { ENGINES } from '../../replay/engine.js';
import type { RunSettings } from '../../bench/settings.js';
import { DEFAULTS } from '../../bench/settings.js';
import { UringReplayError } from '../../replay/errors.js';
import { byteSize, cpuList, duration, listOf, oneOf, positiveNumber, wholeNumber } from './options.js';
import type { RunFlags } from './run.js';

/** The largest submission queue io_uring grants (IORING_MAX_ENTRIES in io_uring/io_uring.h). */
const BATCH_MAX = 32768;

/** `8,32,all` -> [8, 32, 0]. */
/** Shorter ones are lost in what a request to a file system in user space takes anyway. */
const LATENCY_MIN_NS = 10_000;
const LATENCY_MAX_NS = 60e9;
const NICE_MAX = 39;

function niceness(value: string): number {
  const number = Number(value);
  if (/^-?\d+$/.test(value) && Math.abs(number) <= NICE_MAX) return number;
  throw new UringReplayError('UR_USAGE', `--nice: "${value}" is not valid`, `Accepted: a whole number from -${NICE_MAX} to ${NICE_MAX}.`);
}

export function batches(value: string): number[] {
  const sizes = value.split(',').map((item) => (item.trim() === 'all' ? 0 : wholeNumber('--batch', item.trim(), 1, BATCH_MAX)));
  return [...new Set(sizes)];
}

/** Every flag checked; throws UR_USAGE naming the option. */
export function settingsOf(log: string, flags: RunFlags): RunSettings {
  if (flags.rounds !== undefined) refuseLimits(flags);
  return {
    file: log,
    engines: listOf('--engine', flags.engine!, ENGINES),
    orders: listOf('--order', flags.order!, ['trace', 'deps']),
    batches: batches(flags.batch!),
    window: oneOf('--window', flags.window!, ['sliding', 'barrier']),
    setup: oneOf('--ring-setup', flags.ringSetup!, ['auto', 'defer', 'coop', 'default', 'sqpoll']),
    workers: wholeNumber('--ring-workers', flags.ringWorkers!, 0, 65536),
    // Behind a latency everything warm would show nothing of it.
    cache: flags.cache === undefined ? (flags.latency === undefined ? 'warm' : 'cold') : oneOf('--cache', flags.cache, ['warm', 'cold', 'both']),
    latencyNs: flags.latency === undefined ? null : duration('--latency', flags.latency, LATENCY_MIN_NS, LATENCY_MAX_NS),
    pin: flags.pin === undefined ? null : cpuList('--pin', flags.pin),
    nice: flags.nice === undefined ? null : niceness(flags.nice),
    live: flags.live ?? false,
    sandboxDir: flags.sandbox ?? null,
    keep: flags.keep ?? false,
    rounds: flags.rounds === undefined ? null : wholeNumber('--rounds', flags.rounds, 1),
    timeSeconds: flags.time === undefined ? DEFAULTS.timeSeconds : positiveNumber('--time', flags.time),
    precision: flags.precision === undefined ? DEFAULTS.precision : positiveNumber('--precision', flags.precision.replace(/ ?%$/, '')) / 100,
    seed: flags.seed === undefined ? null : wholeNumber('--seed', flags.seed, 0, 2 ** 32 - 1),
    pids: flags.pid === undefined ? null : flags.pid.map((pid) => wholeNumber('--pid', pid, 0, 2 ** 31 - 1)),
    partial: flags.partial ?? false,
    maxTreeBytes: byteSize('--max-tree-size', flags.maxTreeSize!),
  };
}

function refuseLimits({ time, precision }: RunFlags): void {
  const other = time !== undefined ? '--time' : precision !== undefined ? '--precision' : null;
  if (other === null) return;
  throw new UringReplayError('UR_USAGE', `--rounds asks for an exact number of rounds, so ${other} cannot end them`, `Leave out --rounds or ${other}.`);
}
