/** What the log says about paths, in log order, without repetitions. */
import type { DirListing } from '../types.js';
import type { NodeType } from './node.js';

interface FactBase {
  readonly path: string;
  /** Position among all facts; the smaller one wins a contradiction. */
  readonly at: number;
  readonly line: number;
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
  readonly #byPath = new Map<string, Fact[]>();
  #count = 0;

  /** Number of facts kept. */
  get length(): number {
    return this.#count;
  }

  add(fact: Fact): boolean {
    const facts = this.#byPath.get(fact.path);
    if (facts === undefined) {
      this.#byPath.set(fact.path, [fact]);
    } else {
      for (const known of facts) if (same(known, fact)) return false;
      if (facts.length >= FACTS_PER_PATH_MAX) return false;
      facts.push(fact);
    }
    this.#count++;
    return true;
  }

  /** The fact about the reads of `path`, if there is one yet. */
  content(path: string): ContentFact | undefined {
    return this.#byPath.get(path)?.find((fact) => fact.kind === 'content');
  }

  inOrder(): Fact[] {
    return [...this.#byPath.values()].flat().sort((a, b) => a.at - b.at);
  }
}

function same(a: Fact, b: Fact): boolean {
  switch (a.kind) {
    case 'exists':
      return (
        b.kind === 'exists' &&
        a.follow === b.follow &&
        (b.type === null || a.type === b.type) &&
        (b.size === null || a.size === b.size) &&
        (b.mode === null || a.mode === b.mode) &&
        (a.may & b.may) === b.may
      );
    case 'missing':
      return b.kind === 'missing' && a.follow === b.follow && a.errno === b.errno;
    case 'symlink':
      return b.kind === 'symlink' && a.target === b.target;
    case 'content':
      return false;
    case 'listing':
      return b.kind === 'listing' && a.listing.entries === b.listing.entries && a.listing.bytes === b.listing.bytes;
  }
}
