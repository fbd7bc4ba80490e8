/** Proof that a replay which changes files has put everything back. */
import { createHash } from 'node:crypto';
import { describeEntry, walkTree } from './digest.js';
import { printable } from './place.js';

export interface Difference {
  readonly name: string;
  readonly what: 'made' | 'gone' | 'changed';
}

/** A tree as it stood at one time: every entry with type, mode, size, target and content. */
export class TreeProof {
  /** sha256 (hex) of the whole: the same as treeDigest() with content. */
  readonly digest: string;
  readonly #dir: string;
  readonly #entries: ReadonlyMap<string, string>;

  constructor(dir: string) {
    this.#dir = dir;
    this.#entries = describe(dir);
    const hash = createHash('sha256');
    for (const text of this.#entries.values()) hash.update(text, 'latin1');
    this.digest = hash.digest('hex');
  }

  /** How the tree differs now, in the order of names. */
  differences(): Difference[] {
    const now = describe(this.#dir);
    const found: Difference[] = [];
    for (const [name, text] of this.#entries) {
      const other = now.get(name);
      if (other !== text) found.push({ name: printable(name), what: other === undefined ? 'gone' : 'changed' });
    }
    for (const name of now.keys()) if (!this.#entries.has(name)) found.push({ name: printable(name), what: 'made' });
    return found.sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}

function describe(dir: string): Map<string, string> {
  return new Map([...entriesOf(dir)]);
}

function* entriesOf(dir: string): Generator<[string, string], void> {
  for (const entry of walkTree(dir)) yield [entry.name, describeEntry(entry, true)];
}
