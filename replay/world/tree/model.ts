/** The file tree that the traced program saw, rebuilt from the facts that its calls revealed. */
import { Buffer } from 'node:buffer';
import type { Conflict, DirListing, TreeModel, TreeNode } from '../types.js';
import { attachFacts } from './attach.js';
import { emitTree } from './emit.js';
import { type Fact, FactList } from './facts.js';
import { canonicalPath, endsAsDirectory, isRegular } from './path.js';

/**
 * Facts are kept as they are told and become a tree when `root` or `conflicts` is read: symlinks seen late in the
 * log hold for paths used early. The first fact about a node wins, contradictions go to `conflicts`. Facts told
 * after that are taken up at the next reading.
 */
export class FileTree implements TreeModel {
  readonly #facts = new FactList();
  /** Symlinks known so far: canonical path -> target, for resolve(). */
  readonly #links = new Map<string, string>();
  readonly #changed = new Set<string>();
  readonly #relative: Conflict[] = [];
  #at = 0;
  #built: { root: TreeNode & { type: 'dir' }; conflicts: Conflict[] } | null = null;

  exists(
    path: string,
    fact: { follow: boolean; type?: 'dir' | 'file' | 'symlink' | 'other'; size?: number; mode?: number; may?: number },
    line: number,
  ): void {
    if (!this.#wanted(path, fact.follow, line)) return;
    const { follow, type = null, size = null, mode = null, may = 0 } = fact;
    const before = this.#facts.of(path);
    for (let known = before; known !== null; known = known.before) {
      if (known.kind === 'exists' && known.follow === follow && (type === null || known.type === type) &&
        (size === null || known.size === size) && (mode === null || known.mode === mode) && (known.may & may) === may) return;
    }
    this.#add({ kind: 'exists', path, at: this.#at++, line, before, follow, type, size, mode, may });
  }

  missing(path: string, errno: string, line: number, follow = true): void {
    if (!this.#wanted(path, follow, line)) return;
    const before = this.#facts.of(path);
    for (let known = before; known !== null; known = known.before) {
      if (known.kind === 'missing' && known.follow === follow && known.errno === errno) return;
    }
    this.#add({ kind: 'missing', path, at: this.#at++, line, before, follow, errno });
  }

  symlink(path: string, target: Uint8Array, line: number): void {
    if (!this.#wanted(path, false, line)) return;
    const text = Buffer.from(target).toString('latin1');
    const before = this.#facts.of(path);
    for (let known = before; known !== null; known = known.before) if (known.kind === 'symlink' && known.target === text) return;
    if (!this.#add({ kind: 'symlink', path, at: this.#at++, line, before, target: text })) return;
    const canonical = this.resolve(path, false);
    if (canonical !== null && !this.#links.has(canonical)) this.#links.set(canonical, text);
  }

  content(path: string, offset: number, bytes: number, eof: boolean, line: number): void {
    if (!this.#wanted(path, true, line)) return;
    const end = offset + bytes;
    const min = bytes > 0 ? end : 0;
    const max = eof ? end : Infinity;
    const before = this.#facts.of(path);
    let known = before;
    while (known !== null && known.kind !== 'content') known = known.before;
    if (known === null) {
      this.#add({ kind: 'content', path, at: this.#at++, line, before, min, max });
    } else if (min > known.max || max < known.min) {
      // The file grew or shrank during the log; what was seen first stands.
    } else if (min > known.min || max < known.max) {
      known.min = Math.max(min, known.min);
      known.max = Math.min(max, known.max);
      this.#built = null;
    }
  }

  listing(path: string, { entries, bytes }: DirListing, line: number): void {
    if (!this.#wanted(path, true, line)) return;
    const before = this.#facts.of(path);
    for (let known = before; known !== null; known = known.before) {
      if (known.kind === 'listing' && known.listing.entries === entries && known.listing.bytes === bytes) return;
    }
    this.#add({ kind: 'listing', path, at: this.#at++, line, before, listing: { entries, bytes } });
  }

  changed(path: string): void {
    const canonical = this.resolve(path, false);
    if (canonical !== null) this.#changed.add(canonical);
  }

  resolve(path: string, follow: boolean): string | null {
    // Nearly all paths of nearly all logs are plain; they are their own answer.
    if (this.#links.size === 0 && isRegular(path)) return path;
    return canonicalPath(path, follow, (canonical) => this.#links.get(canonical));
  }

  get root(): TreeNode & { type: 'dir' } {
    return this.#build().root;
  }

  get conflicts(): readonly Conflict[] {
    return this.#build().conflicts;
  }

  #build(): { root: TreeNode & { type: 'dir' }; conflicts: Conflict[] } {
    if (this.#built === null) {
      const conflicts = [...this.#relative];
      const root = emitTree(attachFacts(this.#facts.inOrder, conflicts), conflicts);
      conflicts.sort((a, b) => a.line - b.line);
      this.#built = { root, conflicts };
    }
    return this.#built;
  }

  #add(fact: Fact): boolean {
    const added = this.#facts.add(fact);
    if (added) this.#built = null;
    return added;
  }

  /** Whether a fact told now about `path` is about the tree before the first call. */
  #wanted(path: string, follow: boolean, line: number): boolean {
    if (!path.startsWith('/')) {
      this.#relative.push({ line, path, what: 'is not an absolute path' });
      this.#built = null;
      return false;
    }
    if (this.#changed.size === 0) return true;
    let canonical = this.resolve(path, follow || endsAsDirectory(path));
    while (canonical !== null && canonical !== '') {
      if (this.#changed.has(canonical)) return false;
      canonical = canonical.slice(0, canonical.lastIndexOf('/'));
    }
    return true;
  }
}
