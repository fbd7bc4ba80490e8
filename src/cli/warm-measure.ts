/** `warm --measure`: what warming does to a command, cold and warm. */
import type { WarmingSettings } from '../../bench/warm/measure.js';
import { UringReplayError } from '../../replay/errors.js';
import { interruptible } from './interruptible.js';
import { latency, oneOf, positiveNumber, wholeNumber } from './options.js';

export interface MeasureFlags {
  readonly latency?: string;
  readonly cache?: string;
  readonly rounds?: string;
  readonly time?: string;
  readonly precision?: string;
  readonly seed?: string;
}

export type MeasureSettings = Pick<WarmingSettings, 'latencyNs' | 'cache' | 'rounds' | 'timeSeconds' | 'precision' | 'seed'>;

/** Throws UR_USAGE for options that mean nothing without --measure. */
export function refuseWithoutMeasure(flags: MeasureFlags): void {
  const named = (['latency', 'cache', 'rounds', 'time', 'precision', 'seed'] as const).find((name) => flags[name] !== undefined);
  if (named === undefined) return;
  throw new UringReplayError('UR_USAGE', `--${named} is about how to measure, and nothing is to be measured`, 'Add --measure, or leave it out.');
}

/** The command that a log was recorded of. Throws UR_USAGE where it does not tell all of it. */
export async function commandOfLog(log: string, isPlan: boolean): Promise<readonly string[]> {
  const { loadTrace } = await import('../../replay/strace/load.js');
  const { commandOf } = await import('../../bench/warm/command-of.js');
  const command = isPlan || log === '-' ? null : commandOf(await loadTrace(log));
  if (command !== null) return command;
  const reason = isPlan ? 'a plan does not say which program it is for' : log === '-' ? 'standard input can be read only once' : `${log} does not hold the whole command that was traced`;
  throw new UringReplayError('UR_USAGE', `--measure: ${reason}`, 'Name the command after --.');
}

/** Everything that is wrong with the flags is said before anything starts. Throws UR_USAGE naming the option. */
export async function measureSettings(flags: MeasureFlags): Promise<MeasureSettings> {
  const { WARMING_DEFAULTS } = await import('../../bench/warm/measure.js');
  if (flags.rounds !== undefined && (flags.time !== undefined || flags.precision !== undefined)) {
    throw new UringReplayError('UR_USAGE', '--rounds asks for an exact number of rounds, so neither --time nor --precision can end them', 'Leave out --rounds, or the other option.');
  }
  return {
    latencyNs: flags.latency === undefined ? null : latency(flags.latency),
    cache: flags.cache === undefined ? WARMING_DEFAULTS.cache : oneOf('--cache', flags.cache, ['cold', 'warm', 'both']),
    rounds: flags.rounds === undefined ? null : wholeNumber('--rounds', flags.rounds, 1, 1000),
    timeSeconds: flags.time === undefined ? WARMING_DEFAULTS.timeSeconds : positiveNumber('--time', flags.time),
    precision: flags.precision === undefined ? WARMING_DEFAULTS.precision : positiveNumber('--precision', flags.precision.replace(/ ?%$/, '')) / 100,
    seed: flags.seed === undefined ? null : wholeNumber('--seed', flags.seed, 0, 2 ** 32 - 1),
  };
}

/** Measures and prints; Ctrl-C keeps the rounds finished until then. */
export async function measureAndPrint(settings: WarmingSettings, json: boolean): Promise<void> {
  const { measureWarming } = await import('../../bench/warm/measure.js');
  const { renderWarming } = await import('../report/warming.js');
  const document = await interruptible((signal, progress) => measureWarming({ ...settings, signal, onProgress: progress.update }));
  process.stdout.write(json ? `${JSON.stringify(document, null, 2)}\n` : renderWarming(document));
}
