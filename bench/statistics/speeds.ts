/**
 * Whether an arm has two speeds: passes that take either about so long or about so much longer, with hardly any between.
 * Requests that io_uring hands to a worker thread do that, because the kernel wakes the worker on the CPU of the one that
 * submits or on another, and stays with either for a while. A median of such passes is one of the two, or jumps between
 * them; so both are told, with their shares.
 */
import { quantileOfSorted } from './statistics.js';

export interface Speed {
  /** Median of the passes at this speed, nanoseconds. */
  readonly ns: number;
  /** Of all passes, 0 to 1. */
  readonly share: number;
}

export interface TwoSpeeds {
  readonly fast: Speed;
  readonly slow: Speed;
}

const PASSES_MIN = 50;
/** Fewer than this share are outliers. */
const SHARE_MIN = 0.1;
/** A difference smaller than this is of no interest. */
const RATIO_MIN = 1.1;
/**
 * Distance of the two middles in standard deviations: D of Ashman, Bird and Zepf 1994, "Detecting bimodality in
 * astronomical datasets", Astronomical Journal 108. They ask for 2 of known components; but halves of one hill lie 2 to
 * 3 apart by themselves.
 */
const SEPARATION_MIN = 4;
/** A share of the passes in the middle third between the two that speaks against a gap. */
const BETWEEN_MAX = 0.1;
/** Logarithms are cut off here and at the other end, so that outliers do not decide where the two are parted. */
const TAIL = 0.02;
/** Interquartile range of a normal distribution, in standard deviations. */
const NORMAL_IQR = 1.349;

/** `passesNs`: one value per pass. null: one speed, or too few passes to tell. */
export function twoSpeeds(passesNs: ArrayLike<number>): TwoSpeeds | null {
  const n = passesNs.length;
  if (n < PASSES_MIN) return null;
  const sorted = Float64Array.from(passesNs, Math.log).sort();
  const at = parting(sorted.map((value) => Math.min(Math.max(value, quantileOfSorted(sorted, TAIL)), quantileOfSorted(sorted, 1 - TAIL))));
  const [fast, slow] = [sorted.subarray(0, at), sorted.subarray(at)];
  if (Math.min(fast.length, slow.length) < SHARE_MIN * n) return null;
  const [low, high] = [fast, slow].map((part) => quantileOfSorted(part, 0.5));
  const distance = high - low;
  const deviation = Math.sqrt((deviationOf(fast) ** 2 + deviationOf(slow) ** 2) / 2);
  const between = sorted.reduce((count, value) => (value > low + distance / 3 && value < high - distance / 3 ? count + 1 : count), 0);
  if (distance < Math.log(RATIO_MIN) || distance < SEPARATION_MIN * deviation || between > BETWEEN_MAX * n) return null;
  return { fast: { ns: Math.exp(low), share: fast.length / n }, slow: { ns: Math.exp(high), share: slow.length / n } };
}

/** Where to part ascending values so that the two sides differ most: Otsu 1979, "A threshold selection method". */
function parting(sorted: Float64Array): number {
  const total = sorted.reduce((sum, value) => sum + value, 0);
  let [best, bestAt, sum] = [0, 0, 0];
  for (let at = 1; at < sorted.length; at++) {
    sum += sorted[at - 1];
    const rest = sorted.length - at;
    const between = at * rest * (sum / at - (total - sum) / rest) ** 2;
    if (between > best) [best, bestAt] = [between, at];
  }
  return bestAt;
}

function deviationOf(sorted: Float64Array): number {
  return (quantileOfSorted(sorted, 0.75) - quantileOfSorted(sorted, 0.25)) / NORMAL_IQR;
}
