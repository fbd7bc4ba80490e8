/**
 * What the log's own calls changed, and in which order calls must run because of it: which names exist since when,
 * which file stands behind a name, who looked at it and who wrote it.
 *
 * Paths here are absolute and symlinks are followed. A name or file that no call has changed is as the tree has it
 * from the start; facts about it may be told to the tree. All others are of the log's own making.
 */
import type { Dependencies } from './dependencies.js';
import { Doubts, type Entries } from './doubts.js';
import { Inode } from './inode.js';
import { initialFrom, Name } from './name.js';
import { NO_OPS, type OpList } from './oplists.js';
import { direntBytes } from './tree/names.js';

/** One change to the tree, for putting it back. */
export type Change =
  | { readonly kind: 'made'; readonly path: string; readonly directory: boolean }
  | { readonly kind: 'removed'; readonly path: string; readonly inode: Inode | null }
  | { readonly kind: 'moved'; readonly from: string; readonly to: string; readonly inode: Inode; readonly replaced: Inode | null }
  | { readonly kind: 'exchanged'; readonly names: readonly [Exchanged, Exchanged] };

/** One of two names that were exchanged, and what it stood for before. */
export interface Exchanged {
  readonly path: string;
  readonly inode: Inode;
}

/** How the entries of a directory differ from the start. */
export interface EntriesDelta {
  entries: number;
  bytes: number;
}

/** What the log's calls did to what is below a directory, by the path from there. */
interface Below {
  readonly inodes: readonly (readonly [string, Inode | null])[];
  readonly deltas: readonly (readonly [string, EntriesDelta])[];
}

export class Changes {
  /** In the order of the log. */
  readonly log: Change[] = [];
  /** Initial paths of what was removed, moved, replaced, written or had its mode changed. */
  readonly touched = new Map<string, { written: boolean }>();
  private readonly names = new Map<string, Name>();
  private readonly deltas = new Map<string, EntriesDelta>();
  private readonly doubts = new Doubts();
  private readonly deps: Dependencies;
  /** The one in which a name was new last. */
  private lastDirectory: Name | null = null;
  /** A call asks for its name more than once. At first one that no path has. */
  private lastName = new Name('', null);
  private mutations = 0;
  private fifos = false;

  constructor(deps: Dependencies) {
    this.deps = deps;
  }

  /** Nothing has changed so far. */
  get pristine(): boolean {
    return this.mutations === 0;
  }

  /** The path before the first call of what is at `path` now; null when the log made it, or removed what was there. */
  initialOf(path: string): string | null {
    return this.mutations === 0 ? path : initialFrom(this.lastName.path === path ? this.lastName : this.nearest(path), path);
  }

  /** What is at `path` now; null when a call of the log removed it, or it lies in a directory that the log made. */
  inodeAt(path: string): Inode | null {
    return this.inodeOf(this.nameOf(path));
  }

  /** Whether there is a FIFO that the log made at `path`, whatever it was called then. */
  isFifo(path: string): boolean {
    return this.fifos && this.inodeAt(path)?.fifo === true;
  }

  /** Whether there is something at `path` now, as far as the log has shown; undefined: it has not. */
  existsNow(path: string): boolean | undefined {
    const name = this.names.get(path);
    if (name?.inode === null) return false;
    if (name?.inode?.seen === true) return true;
    if (name?.inode === undefined && name?.seenMissing === true) return false;
    return this.initialOf(path) === null ? false : undefined;
  }

  /** The op looks `path` up. `found`: what came of it, undefined where the error says neither. */
  lookUp(path: string, found: boolean | undefined): void {
    const name = this.nameOf(path);
    this.waitForNames(name);
    name.users = this.add(name.users);
    if (found === true) {
      const inode = this.inodeOf(name);
      if (inode !== null) {
        inode.seen = true;
        this.observe(inode);
      }
    } else if (found === false && name.inode === undefined) {
      name.seenMissing = true;
    }
  }

  /** The op looks at size, mode or content. */
  observe(inode: Inode): void {
    this.deps.after(inode.writerOp);
    inode.readers = this.add(inode.readers);
  }

  /** The op changes size, content or mode. */
  modify(inode: Inode, what: 'content' | 'mode'): void {
    this.mutations++;
    this.deps.after(inode.writerOp);
    this.deps.afterAll(inode.readers);
    this.deps.lists.release(inode.readers);
    inode.readers = NO_OPS;
    inode.writerOp = this.deps.current;
    if (what === 'mode') inode.modeChanged = true;
    else inode.written = true;
    if (inode.initial !== null) this.touch(inode.initial, what === 'content');
  }

  /** A call that is not replayed writes it. */
  spoil(inode: Inode): void {
    this.mutations++;
    inode.written = inode.spoiled = true;
    if (inode.initial !== null) this.touch(inode.initial, true);
  }

  /** Whether size and content of what is at `path` are other than in the log. */
  isSpoiled(path: string): boolean {
    return this.mutations > 0 && this.names.get(path)?.inode?.spoiled === true;
  }

  /** The op lists the entries of a directory. */
  list(path: string): void {
    const name = this.nameOf(path);
    this.waitForNames(name);
    if (name.changers >= 0) {
      this.deps.afterAll(name.changers);
      this.deps.lists.release(name.changers);
      this.deps.lists.release(name.listers);
      name.changers = name.listers = NO_OPS;
      name.listedOp = this.deps.current;
    } else {
      this.deps.after(name.listedOp);
      name.listers = this.add(name.listers);
    }
  }

  /** Whether something is known to be in a directory now. */
  hasEntries(path: string): boolean {
    if (this.deltaOf(path).entries > 0) return true;
    return this.names.get(path)?.children().some((name) => name.inode?.seen === true) === true;
  }

  /** Entries made minus entries removed so far in a directory that was there from the start. */
  deltaOf(path: string): Readonly<EntriesDelta> {
    return this.deltas.get(path) ?? { entries: 0, bytes: 0 };
  }

  /**
   * What a directory with these entries now held at the start. `found`: names that must have been there then, which
   * was not clear before.
   */
  listed(path: string, { entries, bytes }: Entries): Entries & { readonly found: readonly string[] } {
    if (this.mutations === 0) return { entries, bytes, found: this.doubts.settle(path, { entries, bytes }) };
    const delta = this.deltaOf(path);
    const found = this.doubts.settle(path, { entries: entries - delta.entries, bytes: bytes - delta.bytes });
    for (const name of found) {
      const inode = this.names.get(name)?.inode;
      if (inode != null) inode.doubtful = false;
      this.count(name, -1);
      this.touch(name, true);
    }
    const { entries: more, bytes: moreBytes } = this.deltaOf(path);
    return { entries: entries - more, bytes: bytes - moreBytes, found };
  }

  /** The op makes `path`, which was not there. Returns the new inode. */
  make(path: string, directory: boolean, fifo = false): Inode {
    const inode = new Inode(null, directory);
    inode.seen = true;
    inode.fifo = fifo;
    this.fifos ||= fifo;
    this.put(path, inode);
    this.log.push({ kind: 'made', path, directory });
    return inode;
  }

  /** The op gives `inode` one more name. */
  link(path: string, inode: Inode): void {
    this.put(path, inode);
    this.log.push({ kind: 'made', path, directory: false });
  }

  /** The op may have made `path`, or found it there and cut it to nothing. Returns what is there now. */
  makeOrTruncate(path: string): Inode {
    this.doubts.add(parentOf(path), path);
    return this.make(path, false);
  }

  /** It was there at the start: more than a new one has was found in it. */
  wasThere(inode: Inode): void {
    inode.doubtful = false;
    if (inode.initial === null) return;
    this.count(inode.initial, -1);
    this.doubts.drop(parentOf(inode.initial), inode.initial);
  }

  /** The op may have made `path`, or found it there. Returns what is there now. */
  makeOrFind(path: string): Inode {
    const found = this.inodeAt(path)!;
    found.doubtful = found.initial !== null && !found.seen;
    if (found.doubtful) {
      this.doubts.add(parentOf(path), path);
      this.count(path, 1);
    }
    found.seen = true;
    this.mutateName(path);
    this.log.push({ kind: 'made', path, directory: false });
    if (found.initial !== null) this.touch(found.initial, false);
    return found;
  }

  /** The op removes the name. */
  remove(path: string): void {
    const inode = this.inodeAt(path);
    if (inode?.initial != null) this.touch(inode.initial, false);
    this.mutateName(path);
    this.nameOf(path).inode = null;
    this.count(path, -1);
    this.log.push({ kind: 'removed', path, inode });
  }

  /** The op moves `from`, with everything below it, to `to`. `free`: nothing was there; otherwise it is replaced. */
  move(from: string, to: string, free = false): void {
    const moved = this.inodeAt(from) ?? new Inode(null);
    const there = free ? false : this.existsNow(to);
    const replaced = there === false ? null : this.inodeAt(to);
    for (const initial of [moved.initial, replaced?.initial]) if (initial != null) this.touch(initial, false);
    this.mutateName(from);
    this.mutateName(to);
    this.takeBelow(to);
    this.putBelow(to, this.takeBelow(from)); // what is not named there is covered by the absence of `from`
    this.nameOf(from).inode = null;
    this.nameOf(to).inode = moved;
    this.count(from, -1);
    if (there === undefined) this.doubts.add(parentOf(to), to);
    if (there !== true) this.count(to, 1);
    this.log.push({ kind: 'moved', from, to, inode: moved, replaced });
  }

  /** The op exchanges what is at `a` and at `b`, each with everything below it. */
  exchange(a: string, b: string): void {
    const [first, second] = [a, b].map((path): Exchanged => ({ path, inode: this.inodeAt(path) ?? new Inode(null) }));
    for (const { inode } of [first, second]) if (inode.initial !== null) this.touch(inode.initial, false);
    this.mutateName(a);
    this.mutateName(b);
    const [belowA, belowB] = [this.takeBelow(a), this.takeBelow(b)];
    this.putBelow(a, belowB);
    this.putBelow(b, belowA);
    this.nameOf(a).inode = second.inode;
    this.nameOf(b).inode = first.inode;
    this.log.push({ kind: 'exchanged', names: [first, second] });
  }

  /** Forgets what the log's calls did below `directory`, and returns it; paths from there on. */
  private takeBelow(directory: string): Below {
    const inodes: [string, Inode | null][] = [];
    const deltas: [string, EntriesDelta][] = [];
    const top = this.nameOf(directory);
    for (const name of [top, ...top.below()]) {
      const path = name.path.slice(directory.length);
      const delta = this.deltas.get(name.path);
      if (delta !== undefined) deltas.push([path, delta]);
      this.deltas.delete(name.path);
      if (name === top) continue;
      if (name.inode !== undefined) inodes.push([path, name.inode]);
      name.inode = undefined;
      name.seenMissing = false;
    }
    return { inodes, deltas };
  }

  private putBelow(directory: string, { inodes, deltas }: Below): void {
    for (const [path, inode] of inodes) this.nameOf(directory + path).inode = inode;
    for (const [path, delta] of deltas) this.deltas.set(directory + path, delta);
  }

  touch(initial: string, written: boolean): void {
    const known = this.touched.get(initial);
    if (known === undefined) this.touched.set(initial, { written });
    else if (written) known.written = true;
  }

  private put(path: string, inode: Inode): void {
    this.mutateName(path);
    this.nameOf(path).inode = inode;
    this.count(path, 1);
  }

  /** The op changes what `path` stands for: after everyone who used the name, or anything below it. */
  private mutateName(path: string): void {
    this.mutations++;
    const name = this.nameOf(path);
    this.waitForNames(name);
    this.waitForUsers(name);
    name.mutated = true;
    for (const used of name.below()) {
      used.mutated = true;
      this.waitForUsers(used);
    }
    name.mutatorOp = this.deps.current;
    this.deps.lists.release(name.users);
    name.users = NO_OPS;
    const directory = this.nameOf(parentOf(path));
    this.deps.after(directory.listedOp);
    this.deps.afterAll(directory.listers);
    directory.changers = this.add(directory.changers);
  }

  private waitForUsers(name: Name): void {
    this.deps.after(name.mutatorOp);
    this.deps.afterAll(name.users);
    this.deps.after(name.listedOp);
    this.deps.afterAll(name.listers);
  }

  /** The op needs the name and all directories above it as they are now. */
  private waitForNames(named: Name): void {
    if (!named.mutated) return;
    for (let name: Name | null = named; name !== null; name = name.parent) this.deps.after(name.mutatorOp);
  }

  private count(path: string, sign: 1 | -1): void {
    const directory = parentOf(path);
    const delta = this.deltas.get(directory) ?? { entries: 0, bytes: 0 };
    const nameBytes = path.length - path.lastIndexOf('/') - 1;
    delta.entries += sign;
    delta.bytes += sign * direntBytes(nameBytes);
    this.deltas.set(directory, delta);
  }

  private add(list: OpList): OpList {
    return this.deps.lists.add(list, this.deps.current);
  }

  private inodeOf(name: Name): Inode | null {
    if (name.inode === undefined) {
      const initial = this.mutations === 0 ? name.path : initialFrom(name, name.path);
      if (initial !== null) name.inode = new Inode(initial);
    }
    return name.inode ?? null;
  }

  /** The name of the path (its first `from` bytes), or of the lowest directory on the way to it that has been named. */
  private nearest(path: string, from = path.length): Name | null {
    for (let end = from; end > 0; end = path.lastIndexOf('/', end - 1)) {
      const name = this.names.get(end === path.length ? path : path.slice(0, end));
      if (name !== undefined) return name;
    }
    return null;
  }

  private nameOf(path: string): Name {
    if (this.lastName.path === path) return this.lastName;
    const known = this.names.get(path);
    if (known !== undefined) return (this.lastName = known);
    const directoryEnd = path.lastIndexOf('/');
    let name = this.lastDirectory;
    if (name?.path.length !== directoryEnd || !path.startsWith(name.path)) name = this.nearest(path, directoryEnd);
    for (let end = name?.path.length ?? 0; end < path.length; ) {
      end = path.indexOf('/', end + 1);
      if (end < 0) end = path.length;
      const below: Name = new Name(path.slice(0, end), name);
      this.names.set(below.path, below);
      this.lastDirectory = name;
      name = below;
    }
    return name!;
  }
}

export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
