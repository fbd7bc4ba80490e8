/** What the log says about paths, in log order, without repetitions. */
import type { DirListing } from '../types.js';
import type { NodeType } from './node.js';

interface FactBase {
  readonly path: string;
  /** Position among all facts; the smaller one wins a contradiction. */
  readonly at: number;
  readonly line: number;
  /** The one before it about the same path. */
  readonly before: Fact | null;
}
export interface ExistsFact extends FactBase {
  readonly kind: 'exists';
  readonly follow: boolean;
  readonly type: NodeType | null;
  readonly size: number | null;
  readonly mode: number | null;
  readonly may: number;
}
export interface MissingFact extends FactBase {
  readonly kind: 'missing';
  readonly follow: boolean;
  readonly errno: string;
}
export interface SymlinkFact extends FactBase {
  readonly kind: 'symlink';
  readonly target: string;
}
/** All reads of one path together: it holds at least `min` bytes, and at most `max`. */
export interface ContentFact extends FactBase {
  readonly kind: 'content';
  min: number;
  max: number;
}
export interface ListingFact extends FactBase {
  readonly kind: 'listing';
  readonly listing: DirListing;
}
export type Fact = ExistsFact | MissingFact | SymlinkFact | ContentFact | ListingFact;

/** Different facts kept per path; a log file that grows at each of a million stats needs no million facts. */
const FACTS_PER_PATH_MAX = 16;

export class FactList {
  readonly #inOrder: Fact[] = [];
  /** The newest of each path; the others are chained to it. */
  readonly #byPath = new Map<string, Fact>();

  /** As they were told. */
  get inOrder(): readonly Fact[] {
    return this.#inOrder;
  }

  /** The newest one about `path`, if there is one. */
  of(path: string): Fact | null {
    return this.#byPath.get(path) ?? null;
  }

  /** Keeps a fact that none of those before it says; false: there are too many of this path. */
  add(fact: Fact): boolean {
    let count = 0;
    for (let known = fact.before; known !== null; known = known.before) count++;
    if (count >= FACTS_PER_PATH_MAX) return false;
    this.#byPath.set(fact.path, fact);
    this.#inOrder.push(fact);
    return true;
  }
}
