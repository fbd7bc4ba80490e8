/**
 * The ceiling of an arm on the ring: the largest speed-up that saving kernel entries alone could give on this host.
 * The plain calls take what their work takes plus one kernel entry each; a pass of getppid calls shows the entries, a
 * pass of ring NOPs in the same schedule shows what the ring takes instead. Were all else equal, the ring would need
 *
 *   serial - (getppid in a loop) + (NOPs in the ring's schedule)
 *
 * An arm can beat its ceiling only by doing calls at the same time, and falls short of it by what its calls cost more.
 */
import type { EngineOptions } from '../../replay/engine.js';
import { armId } from './arms.js';

/** Nanoseconds of paired rounds. */
type Rounds = ArrayLike<number>;

/** Of each round: serial / (serial - entries + queues). A round in which entries were noise gives no figure. */
export function ceilingRatios(serial: Rounds, plainNops: Rounds, ringNops: Rounds): Float64Array {
  const ratios = Array.from(serial, (ns, i) => ns / (ns - plainNops[i] + ringNops[i]));
  return Float64Array.from(ratios.filter((ratio) => ratio > 0 && Number.isFinite(ratio)));
}

/** The no-op arm that has the arm's schedule; null for arms that do not use the ring. */
export function floorOf(options: EngineOptions): string | null {
  if (options.engine !== 'ring' && options.engine !== 'hybrid') return null;
  return armId({ ...options, engine: 'nop', variant: 'ring' });
}

export const PLAIN_FLOOR = armId({ engine: 'nop', variant: 'serial' });
