/**
 * Bootstrap intervals of medians and means. Two processes of one and the same arm differ by about 1 % for as long as
 * they live (where their memory came to lie, mostly), so rounds are not independent values: an experiment restarts its
 * arms, and the rounds between two restarts are a block. Resampling follows that structure, first blocks with
 * replacement, then rounds within each drawn block with replacement: the hierarchical bootstrap of Davison and Hinkley
 * 1997, "Bootstrap methods and their application", section 3.8, which Kalibera and Jones 2013, "Rigorous benchmarking
 * in reasonable time" (ISMM), use for benchmarks that are restarted. Resampling rounds alone called one of five
 * comparisons of an arm with itself a difference; leaving the rounds of a drawn block as they are, 6 to 7 %.
 *
 * Nor are short blocks independent of each other: what disturbs lasts for some of them. So neighbours are drawn together
 * where there are many, a stretch of them from a place of chance on (Künsch 1989, "The jackknife and the bootstrap for
 * general stationary observations", Annals of Statistics 17; circular, as Politis and Romano 1992 have it).
 */
import { normalBelow, studentT95 } from './normal.js';
import { Random } from './random.js';
import { median, quantileOfSorted } from './statistics.js';

/** Median with its 95 % bootstrap interval, over the rounds. */
export interface Estimate {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

const RESAMPLES = 4000;
/** Fewer would make the interval itself a matter of luck; of 10 s, each is then 0.1 to 0.2 s. */
const STRETCHES_MIN = 50;

/** Rounds per block, in order of time: their sum is the number of values. */
export type Blocks = readonly number[];

export interface BootstrapOptions {
  /** Without it every value is a block of its own, and the bootstrap the ordinary one. */
  readonly blocks?: Blocks;
  readonly resamples?: number;
}

/**
 * The mean and its 95 % interval, for the CPU times of short commands: kernels that account by ticks
 * (CONFIG_TICK_CPU_ACCOUNTING) give all of a run's time to user or to system, whichever a tick happened to meet, so
 * that single runs are 0 or everything. Only their mean is an estimate; their median is a coin toss.
 */
export interface MeanEstimate {
  readonly mean: number;
  readonly low: number;
  readonly high: number;
}

/**
 * The median of `values` with its percentile interval (Efron and Tibshirani 1993, chapter 13), 95 %, expanded for few
 * blocks. The same seed gives the same interval. With one value the interval is that value: no information.
 */
export function bootstrapMedian(values: ArrayLike<number>, seed: number, options: BootstrapOptions = {}): Estimate {
  const medians = resampledMedians(values, seed, options).sort();
  const tail = expandedTail(options.blocks?.length ?? values.length, values.length);
  return { median: median(values), low: quantileOfSorted(medians, tail), high: quantileOfSorted(medians, 1 - tail) };
}

/** The mean of `values` with its interval. */
export function bootstrapMean(values: ArrayLike<number>, seed: number, resamples = RESAMPLES): MeanEstimate {
  const n = values.length;
  if (n === 0) throw new RangeError('interval of no values');
  const random = new Random(seed);
  const means = Float64Array.from({ length: resamples }, () => {
    let sum = 0;
    for (let i = 0; i < n; i++) sum += values[random.below(n)];
    return sum / n;
  }).sort();
  const tail = expandedTail(n, n);
  const mean = Float64Array.from(values).reduce((sum, value) => sum + value, 0) / n;
  return { mean, low: quantileOfSorted(means, tail), high: quantileOfSorted(means, 1 - tail) };
}

/** Values of an arm, as in bootstrapMedian. */
export interface Sampled {
  readonly values: ArrayLike<number>;
  readonly blocks: Blocks;
}

/** median(a) / median(b) of two arms that were measured apart, so that their rounds are no pairs. */
export function ratioOfMedians(a: Sampled, b: Sampled, seed: number): Estimate {
  const [above, below] = [resampledMedians(a.values, seed, a), resampledMedians(b.values, seed + 1, b)];
  const ratios = above.map((value, i) => value / below[i]).sort();
  const tail = Math.min(...[a, b].map(({ values, blocks }) => expandedTail(blocks.length, values.length)));
  return { median: median(a.values) / median(b.values), low: quantileOfSorted(ratios, tail), high: quantileOfSorted(ratios, 1 - tail) };
}

/** The median of each resample, unsorted. */
export function resampledMedians(values: ArrayLike<number>, seed: number, options: BootstrapOptions = {}): Float64Array {
  const { blocks = new Array<number>(values.length).fill(1), resamples = RESAMPLES } = options;
  const n = values.length;
  if (n === 0) throw new RangeError('interval of no values');
  const starts = startsOf(blocks, n);
  const byValue = Uint32Array.from({ length: n }, (_, i) => i).sort((a, b) => values[a] - values[b]);
  const sorted = Float64Array.from(byValue, (i) => values[i]);
  const rankOf = new Uint32Array(n);
  byValue.forEach((i, rank) => (rankOf[i] = rank));
  const medians = new Float64Array(resamples);
  const random = new Random(seed);
  // A resample's median depends only on how often each order statistic was drawn, so drawing ranks and
  // walking to the middle replaces sorting every resample.
  const drawn = new Uint32Array(n);
  const stretch = stretchOf(blocks.length);
  for (let r = 0; r < resamples; r++) {
    drawn.fill(0);
    let total = 0;
    let block = 0;
    for (let b = 0; b < blocks.length; b++) {
      block = b % stretch === 0 ? random.below(blocks.length) : (block + 1) % blocks.length;
      for (let i = 0; i < blocks[block]; i++) drawn[rankOf[starts[block] + random.below(blocks[block])]]++;
      total += blocks[block];
    }
    medians[r] = medianOfDrawn(sorted, drawn, total);
  }
  return medians;
}

/** How many neighbouring blocks are drawn together. */
function stretchOf(blocks: number): number {
  return Math.max(Math.floor(blocks / STRETCHES_MIN), 1);
}

/** The blocks as they are drawn: for what takes a value each that is to be independent of the others. */
export function stretches(blocks: Blocks): Blocks {
  const length = stretchOf(blocks.length);
  const whole = Math.floor(blocks.length / length);
  // What is left over belongs to the last one.
  return Array.from({ length: whole }, (_, i) => blocks.slice(i * length, i === whole - 1 ? undefined : (i + 1) * length).reduce((sum, rounds) => sum + rounds, 0));
}

/** Where each block begins; throws RangeError where the blocks do not add up to the values. */
function startsOf(blocks: Blocks, values: number): Uint32Array {
  let total = 0;
  const starts = Uint32Array.from(blocks, (rounds) => (total += rounds) - rounds);
  if (total !== values || blocks.some((rounds) => rounds < 1)) throw new RangeError(`${values} rounds in blocks of ${blocks.join(' + ')}`);
  return starts;
}

/** The values of each block. */
export function splitBlocks(values: ArrayLike<number>, blocks: Blocks): Float64Array[] {
  const all = Float64Array.from(values);
  return [...startsOf(blocks, all.length)].map((start, i) => all.subarray(start, start + blocks[i]));
}

function medianOfDrawn(sorted: Float64Array, drawn: Uint32Array, total: number): number {
  const lowerRank = (total - 1) >> 1;
  const upperRank = total >> 1;
  let seen = 0;
  let i = 0;
  while (seen + drawn[i] <= lowerRank) seen += drawn[i++];
  const lower = sorted[i];
  while (seen + drawn[i] <= upperRank) seen += drawn[i++];
  return (lower + sorted[i]) / 2;
}

/**
 * How much to cut off each end. The plain 2.5 % gives intervals that are too narrow for few values (a null
 * experiment of 11 to 20 rounds came out "different" in 6 to 8 % of simulations); Hesterberg 2015, "What
 * teachers should know about the bootstrap", section 5.3, cuts Phi(-sqrt(n / (n - 1)) t) instead. n counts stretches,
 * which are what is independent; with a single block there are only its rounds.
 */
function expandedTail(blocks: number, values: number): number {
  const n = blocks > 1 ? blocks / stretchOf(blocks) : values;
  if (n < 2) return 0;
  return normalBelow(-Math.sqrt(n / (n - 1)) * studentT95(n - 1));
}
