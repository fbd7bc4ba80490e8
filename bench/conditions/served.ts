/** How long the delayed requests took behind a set latency, as the file system counts it. */

/** What it counted since it was asked last. */
export interface ServedCount {
  readonly replies: number;
  readonly totalNs: number;
  readonly maxNs: number;
  /** Pairs: thousandths of the set latency, and how many replies were that much later (up to the next thousandth; the last step holds all from 1,000 on). */
  readonly lateness: readonly (readonly [number, number])[];
}

/** Of requests from their arrival at the file system until their reply was handed to the kernel. */
export interface ServedLatency {
  readonly mean: number;
  /** 99 % of the requests took no longer; to a thousandth of the latency. Not in results of earlier versions, as `late`. */
  readonly p99?: number;
  readonly max: number;
  /** Replies more than 2 % later than set, of `replies`. */
  readonly late?: { readonly count: number; readonly replies: number };
}

const THOUSANDTHS_LATE = 20;
const THOUSANDTHS_MAX = 1000;

export class Served {
  #replies = 0;
  #totalNs = 0;
  #maxNs = 0;
  readonly #lateness = new Map<number, number>();

  add({ replies, totalNs, maxNs, lateness }: ServedCount): void {
    this.#replies += replies;
    this.#totalNs += totalNs;
    this.#maxNs = Math.max(this.#maxNs, maxNs);
    for (const [step, count] of lateness) this.#lateness.set(step, (this.#lateness.get(step) ?? 0) + count);
  }

  /** null without any reply. */
  describe(latencyNs: number): ServedLatency | null {
    if (this.#replies === 0) return null;
    let late = 0;
    for (const [step, count] of this.#lateness) if (step >= THOUSANDTHS_LATE) late += count;
    return { mean: this.#totalNs / this.#replies, p99: this.#p99(latencyNs), max: this.#maxNs, late: { count: late, replies: this.#replies } };
  }

  #p99(latencyNs: number): number {
    let within = 0;
    for (const [step, count] of [...this.#lateness].sort(([a], [b]) => a - b)) {
      within += count;
      if (within >= 0.99 * this.#replies) return step === THOUSANDTHS_MAX ? this.#maxNs : Math.min((latencyNs * (THOUSANDTHS_MAX + step + 1)) / THOUSANDTHS_MAX, this.#maxNs);
    }
    return this.#maxNs;
  }
}
