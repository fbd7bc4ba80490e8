/** The names that a log's calls looked up or changed, each below its directory. */
import type { Inode } from './inode.js';
import { NO_OPS, type OpList } from './oplists.js';

/** A path that a call named, or a directory on the way to one. */
export class Name {
  readonly path: string;
  /** The directory it is in; null right below the root, and of the root. */
  readonly parent: Name | null;
  /** Names below, chained. */
  firstChild: Name | null = null;
  readonly sibling: Name | null;
  /** undefined: as in the tree; null: there is nothing now. */
  inode: Inode | null | undefined = undefined;
  /** A call found nothing here, and none has changed that since. */
  seenMissing = false;
  /** The op that made, removed or replaced the entry last. */
  mutatorOp = -1;
  /** A call changed the name, or that of a directory above. */
  mutated: boolean;
  /** Ops since then that looked the name up. */
  users: OpList = NO_OPS;
  /** Of a directory: ops that changed its entries since it was listed. */
  changers: OpList = NO_OPS;
  /** Ops that listed it since `listedOp`, which waited for all changers before it, and they for all earlier listers. */
  listers: OpList = NO_OPS;
  listedOp = -1;

  constructor(path: string, parent: Name | null) {
    this.path = path;
    this.parent = parent;
    this.mutated = parent?.mutated === true;
    this.sibling = parent?.firstChild ?? null;
    if (parent !== null) parent.firstChild = this;
  }

  /** Everything below. */
  below(): Name[] {
    const found = this.children();
    for (let i = 0; i < found.length; i++) for (const child of found[i].children()) found.push(child);
    return found;
  }

  /** Right below. */
  children(): Name[] {
    const children: Name[] = [];
    for (let child = this.firstChild; child !== null; child = child.sibling) children.push(child);
    return children;
  }
}

/** Where `path`, of which `name` is the lowest part that was named, was before the first call. */
export function initialFrom(name: Name | null, path: string): string | null {
  for (; name !== null; name = name.parent) {
    if (name.inode === undefined) continue;
    const initial = name.inode?.initial ?? null;
    if (initial === null) return null;
    if (initial === name.path) return path; // it has stayed where it was
    return name.path === path ? initial : initial + path.slice(name.path.length);
  }
  return path;
}
