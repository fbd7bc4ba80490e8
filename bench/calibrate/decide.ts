/**
 * How the hybrid engine decides: it tries ways to carry out this very program, under the conditions that it will be
 * measured under, and takes another way than the plain calls only where that was clearly faster, twice: the best of
 * many tries is the luckiest, too, so its figure is measured anew before it counts.
 */
import { bootstrapMedian } from '../statistics/bootstrap.js';
import { median } from '../statistics/statistics.js';
import { lanesOf, nameOf, type CallClass } from './classes.js';

/** One way to carry out the whole program. */
export interface Way {
  readonly name: string;
  readonly kind: 'direct' | 'ring' | 'threads';
  /** kind ring: a Lane per op. */
  readonly lanes: Uint8Array;
  /** kind ring: io-wq workers at most; 0 = the kernel's default. */
  readonly workers: number;
  /** kind threads: how many. */
  readonly threads: number;
}

/** Nanoseconds of one pass, a value per round; the ways in one call share their rounds. */
export type Measure = (ways: readonly Way[]) => Promise<readonly (readonly number[])[]>;

export interface Limits {
  readonly ops: number;
  readonly cpus: number;
  /** Calls in flight at most; 0 = all. */
  readonly batch: number;
  /** As asked for; 0 = the kernel's default. */
  readonly workers: number;
  /** Whether there is io_uring. */
  readonly ring: boolean;
}

export interface Tried {
  readonly way: string;
  /** Its time / that of the plain calls, median over the rounds. */
  readonly ratio: number;
}

export interface Decision {
  readonly way: Way;
  readonly reason: string;
  readonly tried: readonly Tried[];
  /** One call on the ring, nanoseconds, of the classes that were tried on their own; by nameOf(). */
  readonly ringNs: ReadonlyMap<string, number>;
}

/** Gains below are not worth the doubt: the goal is never to be slower than the plain calls. */
const WORTH = 0.97;
/** The end of the second figure's interval must stay below. */
const SURE = 0.99;
const HALF = 0.5;
/** Ways that a few quick rounds cannot tell apart are all measured anew. */
const CLOSE = 1.25;
const CLOSE_MAX = 3;
/** How often what seems to pay is measured anew before it is given up. */
const LOOKS_MAX = 3;
const CLASSES_TRIED_MAX = 4;
/** Classes that take less of a pass cannot change it much. */
const SHARE_TRIED_MIN = 0.05;
/** As native/threads.cc has it, and what is sensible where no width was given. */
const WIDTH_MAX = 1024;
const WIDTH_OF_ALL = 128;

/** How ways are measured: quickly, to find one; anew, in processes of their own, to believe it. */
export interface Measures {
  readonly quickly: Measure;
  readonly anew: Measure;
}

/** `plain`: calls that have no opcode. */
export async function decide(classes: readonly CallClass[], plain: ReadonlySet<string>, limits: Limits, measures: Measures): Promise<Decision> {
  return new Decider(classes.filter(({ call }) => !plain.has(call)), classes, limits, measures).decide();
}

class Decider {
  readonly #ringable: readonly CallClass[];
  readonly #classes: readonly CallClass[];
  readonly #limits: Limits;
  readonly #measures: Measures;
  readonly #direct: Way;
  readonly #ratios = new Map<Way, number>();
  readonly #ringNs = new Map<string, number>();

  constructor(ringable: readonly CallClass[], classes: readonly CallClass[], limits: Limits, measures: Measures) {
    this.#ringable = ringable;
    this.#classes = classes;
    this.#limits = limits;
    this.#measures = measures;
    this.#direct = { name: 'direct', kind: 'direct', lanes: lanesOf([], limits.ops), workers: 0, threads: 0 };
  }

  async decide(): Promise<Decision> {
    await this.#try(this.#wholes());
    if (this.#limits.ring) await this.#trySelections();
    const byRatio = [...this.#ratios].sort((a, b) => a[1] - b[1]);
    const best = byRatio.at(0);
    if (best === undefined || best[1] >= WORTH) {
      const what = best === undefined ? 'there is no other way' : `the best other way, ${best[0].name}, took ${best[1].toFixed(2)} times as long`;
      return this.#decision(this.#direct, what);
    }
    const close = byRatio.filter(([, ratio]) => ratio < Math.min(WORTH, CLOSE * best[1])).slice(0, CLOSE_MAX);
    return this.#confirm(close.map(([way]) => way));
  }

  #wholes(): Way[] {
    const { batch, workers, ring, cpus } = this.#limits;
    const width = Math.min(batch === 0 ? WIDTH_OF_ALL : batch, WIDTH_MAX);
    // What waits wants many threads, what computes no more than there are CPUs.
    const threads = [...new Set([width, Math.min(width, cpus)])]
      .filter((count) => count > 1)
      .map((count): Way => ({ ...this.#direct, name: `all by ${count} threads`, kind: 'threads', threads: count }));
    if (!ring || this.#ringable.length === 0) return threads;
    const all = this.#ring('all on the ring', this.#ringable);
    // Where calls wait for storage, more workers than the kernel's default few let more of them wait at once.
    const waits = this.#classes.some(({ state }) => state === 'slow');
    const wide = workers === 0 && waits ? [{ ...all, name: `all on the ring, ${width} workers`, workers: width }] : [];
    return [all, ...wide, ...threads];
  }

  /** Single classes, those that wait, and all that paid on their own. */
  async #trySelections(): Promise<void> {
    // Where all together halves the time, one class alone will not come near it.
    const halved = [...this.#ratios.values()].some((ratio) => ratio < HALF);
    const wholeNs = this.#classes.reduce((sum, { totalNs }) => sum + totalNs, 0);
    const some = this.#ringable.filter(({ totalNs }) => totalNs >= SHARE_TRIED_MIN * wholeNs).slice(0, CLASSES_TRIED_MAX);
    const singles = !halved && (some.length < this.#ringable.length || some.length > 1) ? some.map((one) => this.#ring(`${nameOf(one)} on the ring`, [one])) : [];
    const slow = this.#ringable.filter(({ state }) => state === 'slow');
    const waiting = slow.length > 1 && slow.length < this.#ringable.length ? [this.#ring('what waits on the ring', slow)] : [];
    const directNs = await this.#try([...singles, ...waiting]);
    for (const [i, way] of singles.entries()) {
      const { ops, totalNs } = some[i];
      const saved = directNs * (1 - this.#ratios.get(way)!);
      this.#ringNs.set(nameOf(some[i]), Math.max((totalNs - saved) / ops.length, 0));
    }
    const paid = some.filter((_, i) => i < singles.length && this.#ratios.get(singles[i])! < SURE);
    if (paid.length > 1 && paid.length < this.#ringable.length) await this.#try([this.#ring('all that paid on the ring', paid)]);
  }

  #ring(name: string, classes: readonly CallClass[]): Way {
    const best = [...this.#ratios].filter(([way]) => way.kind === 'ring').sort((a, b) => a[1] - b[1]).at(0);
    return { ...this.#direct, name, kind: 'ring', lanes: lanesOf(classes, this.#limits.ops), workers: best?.[0].workers ?? this.#limits.workers };
  }

  /** Measures beside the plain calls; returns what those took. */
  async #try(ways: readonly Way[]): Promise<number> {
    if (ways.length === 0) return 0;
    const [direct, ...others] = await this.#measures.quickly([this.#direct, ...ways]);
    for (const [i, ns] of others.entries()) this.#ratios.set(ways[i], median(ns.map((one, round) => one / direct[round])));
    return median(direct);
  }

  /** The faster of `ways` in fresh rounds, or none of them; looked at again where it seems to be worth it and is not sure. */
  async #confirm(ways: readonly Way[]): Promise<Decision> {
    const ratios = ways.map((): number[] => []);
    for (let look = 1; ; look++) {
      const [direct, ...others] = await this.#measures.anew([this.#direct, ...ways]);
      for (const [i, ns] of others.entries()) ratios[i].push(...ns.map((one, round) => one / direct[round]));
      const figures = ratios.map((values, i) => ({ way: ways[i], ...bootstrapMedian(values, 1) }));
      const [{ way, median: ratio, high }] = figures.sort((a, b) => a.median - b.median);
      if (high < SURE && ratio < WORTH) return this.#decision(way, `it took ${ratio.toFixed(2)} times as long as the plain calls, in fresh rounds`);
      if (ratio < WORTH && look < LOOKS_MAX) continue;
      const doubt = ratio < WORTH ? `, but not surely so (up to ${high.toFixed(2)})` : '';
      return this.#decision(this.#direct, `the best other way, ${way.name}, took ${ratio.toFixed(2)} times as long in fresh rounds${doubt}`);
    }
  }

  #decision(way: Way, reason: string): Decision {
    const tried = [...this.#ratios].map(([{ name }, ratio]) => ({ way: name, ratio })).sort((a, b) => a.ratio - b.ratio);
    return { way, reason, tried, ringNs: this.#ringNs };
  }
}
