/** The mutable tree that facts are attached to; turned into plain TreeNodes at the end. */
import type { DirListing } from '../types.js';

export type NodeType = 'dir' | 'file' | 'symlink' | 'other';

export class Node {
  readonly name: string;
  readonly parent: Node | null;
  readonly depth: number;
  readonly children = new Map<string, Node>();
  /** Position among the facts, and log line, of the first one that says it exists / it does not. */
  existsAt = Infinity;
  existsLine = 0;
  missingAt = Infinity;
  missingLine = 0;
  /** A lookup beyond it said ENOENT: it is no file and no loop of symlinks. */
  passed = false;
  type: NodeType | null = null;
  typeLine = 0;
  mode: number | null = null;
  /** Permission bits (rwx as 4, 2, 1) that calls which worked prove for the one who replays. */
  needs = 0;
  /** Exact size from stat; sizeMin from reads; sizeMax from reads at the end of the file. */
  size: number | null = null;
  sizeLine = 0;
  sizeMin = 0;
  sizeMax = Infinity;
  /** Symlinks: where it leads. A made-up target is a private child of the parent, see PRIVATE. */
  link: string | null = null;
  linkBytes: number | null = null;
  listing: DirListing | null = null;
  listingLine = 0;

  constructor(name: string, parent: Node | null) {
    this.name = name;
    this.parent = parent;
    this.depth = parent === null ? 0 : parent.depth + 1;
  }

  get exists(): boolean {
    return this.existsAt !== Infinity;
  }

  /** A fact says that it exists: the one `at` its position, from `line`. */
  exist(at: number, line: number): void {
    if (!this.exists) {
      this.existsAt = at;
      this.existsLine = line;
    }
    if (this.link !== null) this.type = 'symlink';
  }

  child(name: string): Node {
    let child = this.children.get(name);
    if (child === undefined) {
      child = new Node(name, this);
      this.children.set(name, child);
    }
    return child;
  }

  path(): string {
    if (this.parent === null) return '/';
    return `${this.parent.parent === null ? '' : this.parent.path()}/${this.name}`;
  }
}

/**
 * First char of the name of a node that stands for the unknown target of a symlink until it gets a name of
 * its own. It is no byte, so that no path of a log can hold it.
 */
export const PRIVATE = '\u0100';
