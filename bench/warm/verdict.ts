/** What a measurement of warming says, in one sentence for each state of the cache. */
import { conditions } from '../conditions/verdict.js';
import type { StorageConditions } from '../conditions/storage.js';
import { interval, milliseconds, times } from '../judge/verdict.js';
import type { WarmingPhase } from './document.js';

/** `name`: of the program. */
export function warmingVerdict(name: string, phases: readonly WarmingPhase[], storage: StorageConditions | null): string {
  return phases.map((phase) => sentence(name, phase, storage, phases.length > 1)).join(' ');
}

function sentence(name: string, phase: WarmingPhase, storage: StorageConditions | null, both: boolean): string {
  const under = conditions(phase.cache, storage, both) ?? 'with everything cached';
  return `${under[0].toUpperCase()}${under.slice(1)}, ${finding(name, phase)}.`;
}

function finding(name: string, { alone, warmed, speedup, addedNs, cpuRatio, verdict }: WarmingPhase): string {
  const cpu = `${times(cpuRatio)} the CPU time`;
  const walls = `${milliseconds(alone.wallNs.median)} alone, ${milliseconds(warmed.wallNs.median)} with it`;
  const fast = `${name} starts ${times(speedup)} as fast ${interval(speedup)}`;
  switch (verdict) {
    case 'faster':
      return `warming pays: ${fast} (${walls}) with ${cpu}`;
    case 'slower':
      return `warming costs ${milliseconds(addedNs.median)} ${added(addedNs)} of ${milliseconds(alone.wallNs.median)}, and takes ${cpu}`;
    case 'same':
      return `warming makes no difference to ${name} (${walls}), and takes ${cpu}`;
    case 'undecided':
      return `it is undecided whether warming pays: ${fast} (${walls}) with ${cpu}; more rounds are needed to tell`;
  }
}

function added({ low, high }: { readonly low: number; readonly high: number }): string {
  return `[${milliseconds(low)}, ${milliseconds(high)}]`;
}
