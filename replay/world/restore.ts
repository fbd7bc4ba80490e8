/**
 * Puts the tree back before each pass: setup ops that undo whatever of the program's changes is there. None of them is
 * checked: a pass may have been cut off. Where no pass has run since the last time, there is nothing to undo.
 *
 * 1. Files that the program will remove, replace or write are kept aside, once: by a second name, or by a copy
 *    where the program writes them.
 * 2. What the program made is removed, newest first; directories that it moved are moved back.
 * 3. What was there at the start is made again, from what was kept aside.
 *
 * Directories that changed places cannot be made again, and do not show it: their inode numbers are written down.
 */
import { createHash } from 'node:crypto';
import type { ProgramBuilder } from '../plan/encode.js';
import { CHECK_NONE, CWD, HEADER_WRITES, OP_BEFORE_PASS } from '../plan/format.js';
import { O_CREAT, O_EXCL, O_RDONLY, O_WRONLY, RENAME_EXCHANGE, RENAME_NOREPLACE } from './constants.js';
import type { Change, Changes, Exchanged } from './changes.js';
import type { Inode } from './inode.js';
import type { TreeModel, TreeNode } from './types.js';

/** Holds what is kept aside; lies in the root of the tree. */
export const RESTORE_NAME = '.uring-replay-restore';
const DIRECTORY = `/${RESTORE_NAME}`;
/** There from before a pass until the tree has been put back. */
const CHANGED = `${DIRECTORY}/changed`;

/** Appends the ops to the start of the program's setup section. */
export function addRestore(builder: ProgramBuilder, changes: Changes, tree: TreeModel): void {
  if (changes.log.length === 0 && changes.touched.size === 0) return;
  builder.flags |= HEADER_WRITES;
  for (const op of new Restorer(builder, changes, tree).run()) builder.addPrelude({ ...op, check: CHECK_NONE, line: 0 });
}

type SetupOp = Omit<Parameters<ProgramBuilder['addPrelude']>[0], 'check' | 'line'>;

class Restorer {
  private readonly builder: ProgramBuilder;
  private readonly changes: Changes;
  private readonly tree: TreeModel;
  /** Initial paths of directories that are told apart by their inode numbers. */
  private readonly noted = new Set<string>();
  private ops: SetupOp[] = [];

  constructor(builder: ProgramBuilder, changes: Changes, tree: TreeModel) {
    this.builder = builder;
    this.changes = changes;
    this.tree = tree;
  }

  run(): readonly SetupOp[] {
    this.tree.exists(DIRECTORY, { follow: false, type: 'dir', mode: 0o700 }, 0);
    const nodes = [...this.changes.touched]
      .sort(([a], [b]) => (a < b ? -1 : 1)) // parents first
      .map(([path, how]) => ({ path, written: how.written, node: nodeAt(this.tree.root, path) }));
    for (const { path, written, node } of nodes) if (node?.type === 'file') this.keep(path, node.size, node.mode, written);
    this.provided({ path: CHANGED }, () => {
      for (const change of [...this.changes.log].reverse()) {
        if (change.kind === 'made') this.unmake(change.path, change.directory);
        else if (change.kind === 'removed') this.makeAgain(change.path, change.inode);
        else if (change.kind === 'exchanged') this.exchangeBack(...change.names);
        else this.moveBack(change);
      }
      for (const { path, written, node } of nodes) if (node !== null) this.remake(path, node, written);
      this.add({ code: 'rmdir', path: CHANGED });
    });
    for (const path of this.noted) this.add({ code: 'note_inode', path, path2: note(path) });
    this.add({ code: 'mkdir', path: CHANGED, b: 0o700, flags: OP_BEFORE_PASS });
    return this.ops;
  }

  /** What `then` adds is issued only if there is something at `path`, and the inode noted in `path2`. */
  private provided(condition: { readonly path: string; readonly path2?: string }, then: () => void): void {
    const outer = this.ops;
    this.ops = [];
    then();
    outer.push({ code: 'setup_if', ...condition, len: this.ops.length }, ...this.ops);
    this.ops = outer;
  }

  private isDirectory(inode: Inode): boolean {
    if (inode.initial === null) return inode.directory;
    return nodeAt(this.tree.root, inode.initial)?.type === 'dir';
  }

  /** Directories that what is undone next may lie in; files come at the end. */
  private makeAgain(path: string, inode: Inode | null): void {
    if (inode !== null && this.isDirectory(inode)) this.add({ code: 'mkdir', path, b: 0o700 });
  }

  private moveBack({ from, to, inode, replaced }: Change & { kind: 'moved' }): void {
    if (this.isDirectory(inode)) this.add({ code: 'rename', path: to, path2: from });
    else this.unmake(to, false);
    this.makeAgain(to, replaced);
  }

  /** Names that stand for what they did before only if the exchange was made, and nothing was put in their place since. */
  private exchangeBack(a: Exchanged, b: Exchanged): void {
    const [directoryA, directoryB] = [this.isDirectory(a.inode), this.isDirectory(b.inode)];
    if (directoryA && directoryB) this.exchangeDirectories(a, b);
    else if (directoryA) this.exchangeBackFile(b.path, a.path);
    else if (directoryB) this.exchangeBackFile(a.path, b.path);
    else for (const { path } of [a, b]) this.unmake(path, false);
  }

  /** `directory` is where a directory was and a file may be now. The way through `..` exists only where one is. */
  private exchangeBackFile(file: string, directory: string): void {
    const moved = `${file}/../${file.slice(file.lastIndexOf('/') + 1)}`;
    this.rename(moved, directory, RENAME_EXCHANGE);
    this.rename(moved, directory, RENAME_NOREPLACE); // the file has been removed since
    this.unmake(directory, false); // the directory has
  }

  /** Which of them is where tells the inode number that was written down when the tree was as it was at the start. */
  private exchangeDirectories(a: Exchanged, b: Exchanged): void {
    for (const [{ inode }, now, before] of [[a, b.path, a.path], [b, a.path, b.path]] as const) {
      if (inode.initial === null) continue;
      this.noted.add(inode.initial);
      for (const how of [RENAME_EXCHANGE, RENAME_NOREPLACE]) {
        this.provided({ path: now, path2: note(inode.initial) }, () => { this.rename(now, before, how); });
      }
    }
    // Both were made by the program: they are there only after the exchange, unless a pass was cut off between.
    if (a.inode.initial === null && b.inode.initial === null) this.rename(a.path, b.path, RENAME_EXCHANGE);
  }

  private rename(path: string, path2: string, how: number): void {
    this.add({ code: 'renameat2', fd: CWD, path, fd2: CWD, path2, a: how });
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
    if (size > 0) this.add({ code: 'copy_file_range', fd: source, fd2: target, len: size });
    this.add({ code: 'close', fd: target });
    this.add({ code: 'close', fd: source });
  }

  private add(op: SetupOp): void {
    this.ops.push(op);
  }
}

function aside(path: string, written: boolean): string {
  return keptFor(path, written ? '.copy' : '');
}

function note(path: string): string {
  return keptFor(path, '.inode');
}

function keptFor(path: string, suffix: string): string {
  return `${DIRECTORY}/${createHash('sha256').update(path, 'latin1').digest('hex').slice(0, 32)}${suffix}`;
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
