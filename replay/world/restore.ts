/**
 * Puts the tree back before each pass: setup ops that undo whatever of the program's changes is there. They work
 * from any state in between (a cancelled pass, the untouched tree), so that none of them is checked.
 *
 * 1. Files that the program will remove, replace or write are kept aside, once: by a second name, or by a copy
 *    where the program writes them.
 * 2. What the program made is removed, newest first; directories that it moved are moved back.
 * 3. What was there at the start is made again, from what was kept aside.
 */
import { createHash } from 'node:crypto';
import type { ProgramBuilder } from '../plan/encode.js';
import { CHECK_NONE, HEADER_WRITES } from '../plan/format.js';
import { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY } from './constants.js';
import type { Changes } from './changes.js';
import type { TreeModel, TreeNode } from './types.js';

/** Holds what is kept aside; lies in the root of the tree. */
export const RESTORE_NAME = '.uring-replay-restore';
const DIRECTORY = `/${RESTORE_NAME}`;
/** copy_file_range needs no buffer, but the program's header promises one for any length. */
const COPY_BYTES = 1 << 20;

/** Appends the ops to the start of the program's setup section. */
export function addRestore(builder: ProgramBuilder, changes: Changes, tree: TreeModel): void {
  if (changes.log.length === 0 && changes.touched.size === 0) return;
  new Restorer(builder, changes, tree).run();
}

class Restorer {
  private readonly builder: ProgramBuilder;
  private readonly changes: Changes;
  private readonly tree: TreeModel;

  constructor(builder: ProgramBuilder, changes: Changes, tree: TreeModel) {
    this.builder = builder;
    this.changes = changes;
    this.tree = tree;
  }

  run(): void {
    if (this.changes.touched.size > 0) this.tree.exists(DIRECTORY, { follow: false, type: 'dir', mode: 0o700 }, 0);
    const nodes = [...this.changes.touched]
      .sort(([a], [b]) => (a < b ? -1 : 1)) // parents first
      .map(([path, how]) => ({ path, written: how.written, node: nodeAt(this.tree.root, path) }));
    for (const { path, written, node } of nodes) if (node?.type === 'file') this.keep(path, node.size, node.mode, written);
    for (const change of [...this.changes.log].reverse()) {
      if (change.kind === 'made') this.unmake(change.path, change.directory);
      else if (this.movedDirectory(change.inode)) this.add({ code: 'rename', path: change.to, path2: change.from });
      else this.unmake(change.to, false);
    }
    for (const { path, written, node } of nodes) if (node !== null) this.remake(path, node, written);
  }

  private movedDirectory(inode: { readonly initial: string | null; readonly directory: boolean }): boolean {
    if (inode.initial === null) return inode.directory;
    return nodeAt(this.tree.root, inode.initial)?.type === 'dir';
  }

  private unmake(path: string, directory: boolean): void {
    this.add(directory ? { code: 'rmdir', path } : { code: 'unlink', path });
  }

  private keep(path: string, size: number, mode: number, written: boolean): void {
    if (written) this.copy(path, aside(path, written), size, mode);
    else this.add({ code: 'link', path, path2: aside(path, written) });
  }

  private remake(path: string, node: TreeNode, written: boolean): void {
    if (node.type === 'dir') {
      this.add({ code: 'mkdir', path, b: node.mode });
      this.add({ code: 'chmod', path, b: node.mode });
    } else if (node.type === 'symlink') {
      this.add({ code: 'symlink', path: Buffer.from(node.target).toString('latin1'), path2: path });
    } else if (written) {
      this.add({ code: 'unlink', path });
      this.copy(aside(path, written), path, node.size, node.mode);
      this.add({ code: 'chmod', path, b: node.mode });
    } else {
      this.add({ code: 'link', path: aside(path, written), path2: path });
      this.add({ code: 'chmod', path, b: node.mode });
    }
  }

  /** Copies a file to a name that must be free; where it is not, the open fails and so does all that follows. */
  private copy(from: string, to: string, size: number, mode: number): void {
    const source = this.builder.newSlot();
    const target = this.builder.newSlot();
    this.add({ code: 'open', path: from, a: O_RDONLY, out: source });
    this.add({ code: 'open', path: to, a: O_WRONLY | O_CREAT | O_EXCL, b: mode, out: target });
    for (let left = size; left > 0; left -= COPY_BYTES) {
      this.add({ code: 'copy_file_range', fd: source, fd2: target, len: Math.min(left, COPY_BYTES) });
    }
    this.add({ code: 'close', fd: target });
    this.add({ code: 'close', fd: source });
  }

  private add(op: Omit<Parameters<ProgramBuilder['addPrelude']>[0], 'check' | 'line'>): void {
    this.builder.flags |= HEADER_WRITES;
    this.builder.addPrelude({ ...op, check: CHECK_NONE, line: 0 });
  }
}

function aside(path: string, written: boolean): string {
  const digest = createHash('sha256').update(path, 'latin1').digest('hex').slice(0, 32);
  return `${DIRECTORY}/${digest}${written ? '.copy' : ''}`;
}

function nodeAt(root: TreeNode, path: string): TreeNode | null {
  let node: TreeNode | undefined = root;
  for (const name of path.split('/')) {
    if (name === '') continue;
    if (node?.type !== 'dir') return null;
    node = node.entries.get(name);
  }
  return node ?? null;
}
