/**
 * What the figures mean for the traced program (Amdahl's law): the replayed calls, one by one, are the most
 * that any treatment of them could save.
 */
import type { Comparison, Estimate, Impact, Recording } from '../result/result.js';
import type { RoundValues } from './judge.js';
import { bootstrapMedian } from '../statistics/bootstrap.js';

export function impactOf(
  recording: Recording,
  serial: RoundValues,
  others: readonly RoundValues[],
  comparisons: readonly Comparison[],
  seed: number,
): Impact {
  const programNs = scale(recording.wall, 1e9);
  const blocks = serial.blocks && { blocks: serial.blocks };
  const callsNs = bootstrapMedian(serial.wallNs, seed, blocks);
  const best = bestOf(comparisons);
  const arm = others.find(({ id }) => id === best?.arm);
  const savedNs =
    arm === undefined ? null : bootstrapMedian(Float64Array.from(arm.wallNs, (ns, i) => serial.wallNs[i] - ns), seed, blocks);
  return {
    programNs,
    callsNs,
    callsPercent: percentOf(callsNs, programNs),
    bestArm: arm?.id ?? null,
    savedNs,
    savedPercent: savedNs && percentOf(savedNs, programNs),
  };
}

/** The comparison with the largest speed-up. */
export function bestOf<T extends Pick<Comparison, 'speedup'>>(comparisons: readonly T[]): T | undefined {
  return comparisons.reduce<T | undefined>(
    (best, one) => (best === undefined || one.speedup.median > best.speedup.median ? one : best),
    undefined,
  );
}

function percentOf(part: Estimate, whole: Estimate): Estimate {
  const ends = [part.low, part.high].flatMap((p) => [whole.low, whole.high].map((w) => (100 * p) / w));
  return { median: (100 * part.median) / whole.median, low: Math.min(...ends), high: Math.max(...ends) };
}

function scale({ median, low, high }: Estimate, factor: number): Estimate {
  return { median: median * factor, low: low * factor, high: high * factor };
}
