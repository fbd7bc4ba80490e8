/** A sweep: the same experiment over several values of one parameter, all arms in the same rounds. */
import { UringReplayError } from '../replay/errors.js';
import { ARM_KINDS, chooseArms, type ArmParameter, type ArmSpec } from './arms/arms.js';
import type { ArmChoice } from './arms/choice.js';

export const SWEEP_PARAMETERS = ['batch', 'workers', 'threads', 'depth'] as const;
export type SweepParameter = (typeof SWEEP_PARAMETERS)[number];

export interface Sweep {
  /** depth: calls in flight at most, whatever carries them: batch, io-wq workers, threads and libuv's pool together. */
  readonly parameter: SweepParameter;
  /** Whole numbers; of batch, 0 = all. */
  readonly values: readonly number[];
}

/** One line of a sweep: an engine in one order, its arms by value. */
export interface SweepCurve {
  /** 'ring/trace', 'threads/deps', ... */
  readonly series: string;
  readonly points: readonly { readonly value: number; readonly arm: string }[];
}

const SETS: Readonly<Record<SweepParameter, readonly ArmParameter[]>> = {
  batch: ['batch'],
  workers: ['workers'],
  threads: ['threads'],
  depth: ['batch', 'workers', 'threads', 'pool'],
};

function choiceAt(choice: ArmChoice, { parameter }: Sweep, value: number): ArmChoice {
  switch (parameter) {
    case 'batch':
      return { ...choice, batches: [value] };
    case 'workers':
      return { ...choice, workers: value };
    case 'threads':
      return { ...choice, threads: value };
    case 'depth':
      return { ...choice, batches: [value], workers: value, threads: value, pool: value };
  }
}

/** All arms of a sweep; those that the parameter does not concern are there once. Throws UR_USAGE where it concerns none. */
export function sweepArms(choice: ArmChoice, sweep: Sweep): { readonly arms: ArmSpec[]; readonly curves: SweepCurve[] } {
  const concerned = choice.engines.filter((engine) => ARM_KINDS[engine].parameters.some((name) => SETS[sweep.parameter].includes(name)));
  if (concerned.every((engine) => engine === 'nop')) {
    const able = (Object.keys(ARM_KINDS) as (keyof typeof ARM_KINDS)[]).filter((engine) => ARM_KINDS[engine].parameters.some((name) => SETS[sweep.parameter].includes(name)));
    throw new UringReplayError(
      'UR_USAGE',
      `--sweep ${sweep.parameter}: it changes nothing for --engine ${choice.engines.join(',')}`,
      `Add an engine that has it: ${able.join(', ')}.`,
    );
  }
  const arms = new Map<string, ArmSpec>();
  const curves = new Map<string, { value: number; arm: string }[]>();
  for (const value of sweep.values) {
    for (const arm of chooseArms(choiceAt(choice, sweep, value))) {
      arms.set(arm.id, arm);
      const { engine, order } = arm.options;
      if (!concerned.includes(engine) || engine === 'nop' || order === undefined) continue;
      const series = `${engine}/${order}`;
      curves.set(series, [...(curves.get(series) ?? []), { value, arm: arm.id }]);
    }
  }
  return { arms: [...arms.values()], curves: [...curves].map(([series, points]) => ({ series, points })) };
}
