/** From the flags of `run` to the settings of the experiment. */
import type { RunSettings } from '../../bench/settings.js';
import { DEFAULTS } from '../../bench/settings.js';
import { UringReplayError } from '../../replay/errors.js';
import { armSettings } from './arm-options.js';
import { byteSize, cpuList, latency, oneOf, positiveNumber, wholeNumber } from './options.js';
import type { RunFlags } from './run-flags.js';

const NICE_MAX = 39;

function niceness(value: string): number {
  const number = Number(value);
  if (/^-?\d+$/.test(value) && Math.abs(number) <= NICE_MAX) return number;
  throw new UringReplayError('UR_USAGE', `--nice: "${value}" is not valid`, `Accepted: a whole number from -${NICE_MAX} to ${NICE_MAX}.`);
}

/** Every flag checked; throws UR_USAGE naming the option. */
export function settingsOf(log: string, flags: RunFlags): RunSettings {
  if (flags.rounds !== undefined) refuseLimits(flags);
  return {
    file: log,
    ...armSettings(flags),
    // Behind a latency everything warm would show nothing of it.
    cache: flags.cache === undefined ? (flags.latency === undefined ? 'warm' : 'cold') : oneOf('--cache', flags.cache, ['warm', 'cold', 'both']),
    latencyNs: flags.latency === undefined ? null : latency(flags.latency),
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
    ...(flags.timeline === true && { timeline: true }),
    maxTreeBytes: byteSize('--max-tree-size', flags.maxTreeSize!),
  };
}

function refuseLimits({ time, precision }: RunFlags): void {
  const other = time !== undefined ? '--time' : precision !== undefined ? '--precision' : null;
  if (other === null) return;
  throw new UringReplayError('UR_USAGE', `--rounds asks for an exact number of rounds, so ${other} cannot end them`, `Leave out --rounds or ${other}.`);
}
