/**
 * Facts to nodes: absences first, then what exists, in log order; a fact that contradicts an earlier one is
 * dropped and recorded. What the kernel would do on the way is in path_resolution(7).
 */
import type { Conflict } from '../types.js';
import type { ContentFact, ExistsFact, Fact, ListingFact, MissingFact } from './facts.js';
import { findLinks } from './links.js';
import { Node, type NodeType, PRIVATE } from './node.js';
import { componentsReversed, DEPTH_MAX, endsAsDirectory, isRegular, LINKS_MAX, NAME_BYTES_MAX } from './path.js';

interface Walk {
  /** Directories and symlinks passed, in this order, the last node not included. */
  readonly through: readonly Node[];
  /** How many of them are passed before the first `..`, from when on the last node may lie elsewhere. */
  readonly direct: number;
  /** There was a `..`. */
  readonly winding: boolean;
  readonly node: Node;
  /** The path ends in `/` or `/.` or `..`: the last node is a directory. */
  readonly asDirectory: boolean;
  /** Given up after too many symlinks, which is ELOOP unless something on the way is missing. */
  readonly loops: boolean;
}

/** The root of a tree in which every fact holds that no earlier one contradicts. */
export function attachFacts(facts: readonly Fact[], conflicts: Conflict[]): Node {
  return new Attacher(conflicts).attach(facts);
}

class Attacher {
  readonly #root = new Node('', null);
  readonly #conflicts: Conflict[];
  /** The last way into a directory, while no link changes: facts about what is in one mostly come in a row. */
  #lastWay: { readonly directory: string; readonly walk: Walk } | null = null;

  constructor(conflicts: Conflict[]) {
    this.#conflicts = conflicts;
    this.#root.existsAt = -1;
    this.#root.type = 'dir';
  }

  attach(facts: readonly Fact[]): Node {
    const later: MissingFact[] = [];
    const links = findLinks(facts, this.#conflicts);
    for (const [path, link] of links) {
      let node = this.#root;
      for (const rest = componentsReversed(path); rest.length > 0; ) node = node.child(rest.pop()!);
      node.link = link.target;
      node.linkBytes = link.bytes;
    }
    for (const fact of facts) if (fact.kind === 'missing' && !this.#absent(fact)) later.push(fact);
    for (const fact of facts) this.#present(fact);
    for (const fact of later) if (fact.errno === 'ENOENT') this.#missingSomewhere(fact);
    // Shallow ones first: what makes `/l` a loop does so for `/l/x`.
    const loops = later.filter((fact) => fact.errno === 'ELOOP').map((fact) => ({ fact, depth: this.#loopPlaces(fact).at(-1)?.depth ?? 0 }));
    for (const { fact } of loops.sort((a, b) => a.depth - b.depth)) this.#loops(fact);
    const files = later
      .filter((fact) => fact.errno !== 'ELOOP' && fact.errno !== 'ENOENT')
      .map((fact) => ({ fact, places: this.#walk(fact.path, fact.follow).through.length }));
    for (const { fact } of files.sort((a, b) => a.places - b.places)) this.#notDirectory(fact);
    return this.#root;
  }

  /** Follows `path`, making nodes of unknown existence on the way. */
  #walk(path: string, follow: boolean): Walk {
    if (isRegular(path)) {
      const end = path.lastIndexOf('/');
      const way = this.#wayInto(path, end);
      const node = way.loops ? null : way.node.child(path.slice(end + 1));
      if (node !== null && (node.link === null || !follow)) return { ...way, node };
    }
    return this.#walkAll(path, follow);
  }

  /** The walk to what is in the directory that `path` names before `end`; its node is the directory. */
  #wayInto(path: string, end: number): Walk {
    if (end === this.#lastWay?.directory.length && path.startsWith(this.#lastWay.directory)) return this.#lastWay.walk;
    const directory = path.slice(0, end);
    const into = this.#walkAll(directory, true);
    const through = [...into.through, into.node];
    const walk = { ...into, through, direct: into.winding ? into.direct : through.length, asDirectory: false };
    this.#lastWay = { directory, walk };
    return walk;
  }

  #setLink(node: Node, link: string | null): void {
    node.link = link;
    this.#lastWay = null;
  }

  #walkAll(path: string, follow: boolean): Walk {
    const asDirectory = endsAsDirectory(path) || path.endsWith('/..');
    const followLast = follow || asDirectory;
    const through: Node[] = [];
    let direct = -1;
    const rest = componentsReversed(path);
    let node = this.#root;
    let links = 0;
    const end = (loops: boolean): Walk => {
      return { through, direct: direct < 0 ? through.length : direct, winding: direct >= 0, node, asDirectory, loops };
    };
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === '..') {
        if (node.parent !== null) {
          through.push(node);
          if (direct < 0) direct = through.length;
        }
        node = node.parent ?? node;
        continue;
      }
      through.push(node);
      const child = node.child(name);
      if (child.link === null || (rest.length === 0 && !followLast)) {
        node = child;
        continue;
      }
      if (++links > LINKS_MAX) return end(true);
      through.push(child);
      if (child.link.startsWith('/')) node = this.#root;
      rest.push(...componentsReversed(child.link));
    }
    return end(false);
  }

  /** Notes an absence. False when it can be judged only after everything that exists is known. */
  #absent(fact: MissingFact): boolean {
    if (fact.errno === 'ENAMETOOLONG') return true; // follows from the path alone
    if (fact.errno !== 'ENOENT') return false;
    const walk = this.#walk(fact.path, fact.follow);
    // Of those behind the first `..` nothing is known: what is left by it may be what is missing.
    for (const node of walk.through.slice(0, walk.direct)) node.passed = true;
    // `missing/..`: one of several nodes is absent, the log does not say which.
    if (walk.loops || walk.winding) return false;
    if (walk.node.missingAt > fact.at) {
      walk.node.missingAt = fact.at;
      walk.node.missingLine = fact.line;
    }
    return true;
  }

  #present(fact: Fact): void {
    const { path, line, at } = fact;
    if (fact.kind === 'missing') {
      this.#checkAbsent(fact);
      return;
    }
    const walk = this.#walk(path, fact.kind === 'exists' ? fact.follow : fact.kind !== 'symlink');
    if (walk.loops) {
      this.#conflict(line, path, 'used, but leads through too many symlinks');
      return;
    }
    if (!this.#mark(walk, path, at, line)) return;
    const { node } = walk;
    if (node.link !== null) {
      node.type = 'symlink';
    } else if (fact.kind === 'exists') {
      this.#applyExists(node, fact);
    } else if (fact.kind === 'content') {
      this.#applyContent(node, fact);
    } else if (fact.kind === 'listing') {
      this.#applyListing(node, fact);
    }
  }

  /** An absence known from the start: does something that exists since earlier contradict it? */
  #checkAbsent(fact: MissingFact): void {
    if (fact.errno !== 'ENOENT') return;
    const walk = this.#walk(fact.path, fact.follow);
    if (walk.loops || walk.winding || !walk.node.exists) return;
    this.#conflict(fact.line, fact.path, `missing, but there at line ${walk.node.existsLine}`);
  }

  /** Makes everything on the way exist; false (and a conflict) when an earlier fact speaks against it. */
  #mark(walk: Walk, path: string, at: number, line: number): boolean {
    const { through, node, asDirectory } = walk;
    for (const passed of through) if (!this.#mayBeThere(passed, path, at, line)) return false;
    if (!this.#mayBeThere(node, path, at, line)) return false;
    for (const passed of through) if (passed.link === null && !this.#setType(passed, 'dir', path, line)) return false;
    if (asDirectory && node.link === null && !this.#setType(node, 'dir', path, line)) return false;
    for (const passed of through) {
      passed.exist(at, line);
      passed.needs |= 1;
    }
    node.exist(at, line);
    if (asDirectory) node.needs |= 1;
    return true;
  }

  #mayBeThere(node: Node, path: string, at: number, line: number): boolean {
    if (node.missingAt < Math.min(node.existsAt, at)) {
      this.#conflict(line, path, `there, but ${nameOf(node)} was missing at line ${node.missingLine}`);
    } else if (node.name.length > NAME_BYTES_MAX && !node.name.startsWith(PRIVATE)) {
      this.#conflict(line, path, `there, but a name on its way is longer than ${NAME_BYTES_MAX} bytes`, true);
    } else if (node.depth > DEPTH_MAX) {
      this.#conflict(line, path, `there, but more than ${DEPTH_MAX} directories deep, further than a path reaches`, true);
    } else if (node.name.includes('\0')) {
      this.#conflict(line, path, 'there, but a name on its way holds a NUL byte', true);
    } else {
      return true;
    }
    return false;
  }

  #setType(node: Node, type: NodeType, path: string, line: number): boolean {
    if (node.type === null) {
      node.type = type;
      node.typeLine = line;
    }
    if (node.type === type) return true;
    this.#conflict(line, path, `${nameOf(node)} is used as ${TYPE_NAMES[type]}, but was ${TYPE_NAMES[node.type]} at line ${node.typeLine}`);
    return false;
  }

  #applyExists(node: Node, fact: ExistsFact): void {
    const { line, path } = fact;
    if (fact.type === 'symlink') return; // contradicts an earlier fact, see findLinks
    if (fact.type !== null && !this.#setType(node, fact.type, path, line)) return;
    node.mode ??= fact.mode;
    node.needs |= fact.may;
    if (fact.size === null || node.type === 'dir') return;
    if (node.size === null) {
      node.size = fact.size;
      node.sizeLine = line;
    } else if (node.size !== fact.size) {
      this.#conflict(line, path, `has ${fact.size} bytes, but had ${node.size} at line ${node.sizeLine}`);
    }
  }

  #applyContent(node: Node, fact: ContentFact): void {
    if (!this.#setType(node, 'file', fact.path, fact.line)) return;
    node.needs |= 4;
    if (fact.min > node.sizeMin && node.sizeMin === 0) node.sizeLine ||= fact.line;
    node.sizeMin = Math.max(node.sizeMin, fact.min);
    if (node.size !== null && node.size < node.sizeMin) {
      this.#conflict(fact.line, fact.path, `${node.sizeMin} bytes were read, but it had ${node.size} at line ${node.sizeLine}`);
    } else if (node.size !== null && fact.max < node.size) {
      this.#conflict(fact.line, fact.path, `ends at ${fact.max} bytes, but had ${node.size} at line ${node.sizeLine}`);
    }
  }

  #applyListing(node: Node, fact: ListingFact): void {
    if (!this.#setType(node, 'dir', fact.path, fact.line)) return;
    node.needs |= 4;
    if (node.listing === null) {
      node.listing = fact.listing;
      node.listingLine = fact.line;
    } else if (node.listing.entries !== fact.listing.entries || node.listing.bytes !== fact.listing.bytes) {
      this.#conflict(fact.line, fact.path, `lists other entries than at line ${node.listingLine}`);
    }
  }

  /** Where a loop may be: a call that does not follow a last symlink meets none there. */
  #loopPlaces(fact: MissingFact): readonly Node[] {
    const walk = this.#walk(fact.path, fact.follow);
    return fact.follow || walk.asDirectory ? [...walk.through, walk.node] : walk.through;
  }

  /** ELOOP of a path of which nothing tells where the loop is: the last component that can be one. */
  #loops(fact: MissingFact): void {
    const { path, line, at } = fact;
    const walk = this.#walk(path, fact.follow);
    if (walk.loops) {
      this.#mark(walk, path, at, line);
      return;
    }
    const choice = this.#loopPlaces(fact).findLast((node) => !node.exists && node.missingAt === Infinity && !node.passed);
    if (choice === undefined) {
      this.#conflict(line, path, 'ELOOP, but it leads to no loop of symlinks');
      return;
    }
    this.#setLink(choice, choice.name);
    if (!this.#mark(upTo(walk, choice), path, at, line)) this.#setLink(choice, null);
  }

  /** ENOENT of a path with `..` or a loop in it: something on the way is missing, after what is known to be there. */
  #missingSomewhere(fact: MissingFact): void {
    const { path, line } = fact;
    const walk = this.#walk(path, fact.follow);
    for (const node of [...walk.through, walk.node]) {
      if (!node.exists) return;
      if (node !== walk.node) node.passed = true;
    }
    this.#conflict(line, path, 'missing, but every component of it is there');
  }

  /** ENOTDIR: the first component that may be a file is one; the last only where no other can be (O_DIRECTORY). */
  #notDirectory(fact: MissingFact): void {
    const { path, line, at, errno } = fact;
    if (errno !== 'ENOTDIR') {
      this.#conflict(line, path, `${errno} cannot be rebuilt`);
      return;
    }
    const walk = this.#walk(path, fact.follow);
    const way = walk.through.filter((node) => node.link === null);
    const choice = way.find(isExistingFile) ?? way.find(mayBeFile) ?? [walk.node].find((node) => isExistingFile(node) || mayBeFile(node));
    if (choice === undefined) {
      this.#conflict(line, path, 'ENOTDIR, but every component that is there is a directory');
    } else if (this.#mark(upTo(walk, choice), path, at, line)) {
      if (choice.type === null) this.#setType(choice, 'file', path, line);
    }
  }

  #conflict(line: number, path: string, what: string, impossible = false): void {
    this.#conflicts.push({ line, path, what, ...(impossible && { impossible }) });
  }
}

const TYPE_NAMES: Readonly<Record<NodeType, string>> = {
  dir: 'a directory',
  file: 'a file',
  symlink: 'a symlink',
  other: 'a special file',
};

/** The part of a walk that ends at `node`, which is on it. */
function upTo(walk: Walk, node: Node): Walk {
  const index = walk.through.indexOf(node);
  return { ...walk, through: index < 0 ? walk.through : walk.through.slice(0, index), node, asDirectory: false };
}

function nameOf(node: Node): string {
  return node.name.startsWith(PRIVATE) ? `what ${node.parent?.child(node.name.slice(1)).path() ?? ''} leads to` : node.path();
}

function isExistingFile(node: Node): boolean {
  return node.exists && (node.type === 'file' || node.type === 'other' || mayBeFile(node));
}

function mayBeFile(node: Node): boolean {
  return node.type === null && node.link === null && node.missingAt === Infinity && !node.passed && !hasExisting(node);
}

function hasExisting(node: Node): boolean {
  for (const child of node.children.values()) if (child.exists) return true;
  return false;
}
