/** What a tree comes to, and whether it can be put anywhere at all. */
import { UringReplayError } from '../../errors.js';
import type { TreeNode } from '../types.js';
import { printable } from './place.js';

export const TREE_BYTES_MAX = 2 * 2 ** 30;

export interface TreeSize {
  readonly directories: number;
  readonly files: number;
  readonly symlinks: number;
  /** In the regular files. */
  readonly bytes: number;
}

type DirNode = TreeNode & { readonly type: 'dir' };

/**
 * Counts, before anything is created. Throws UringReplayError: UR_TREE_TOO_LARGE, naming the largest file and its
 * log line, UR_TREE_NAME for a name that would lead out of its directory.
 */
export function measureTree(root: DirNode, maxBytes = TREE_BYTES_MAX): TreeSize {
  let directories = 0;
  let files = 0;
  let symlinks = 0;
  let bytes = 0;
  let largest = { size: -1, name: '', line: 0 };
  const todo: { node: DirNode; name: string }[] = [{ node: root, name: '' }];
  for (let dir = todo.pop(); dir !== undefined; dir = todo.pop()) {
    for (const [entry, node] of dir.node.entries) {
      checkName(entry, `${dir.name}/${entry}`, node.line);
      if (node.type === 'dir') {
        directories++;
        todo.push({ node, name: `${dir.name}/${entry}` });
      } else if (node.type === 'symlink') {
        symlinks++;
      } else {
        files++;
        bytes += node.size;
        if (node.size > largest.size) largest = { size: node.size, name: `${dir.name}/${entry}`, line: node.line };
      }
    }
  }
  if (bytes > maxBytes) {
    throw new UringReplayError(
      'UR_TREE_TOO_LARGE',
      `the files of this log hold ${mebibytes(bytes)}, more than the ${mebibytes(maxBytes)} allowed; the largest, ` +
        `${printable(largest.name)} (line ${largest.line}), holds ${mebibytes(largest.size)}`,
      'allow more with --max-tree-size, and choose a file system with enough room with --sandbox DIR',
    );
  }
  return { directories, files, symlinks, bytes };
}

/** The model gives single components only; a tree from elsewhere must not lead out of the directory. */
function checkName(entry: string, name: string, line: number): void {
  if (entry === '' || entry === '.' || entry === '..' || /[/\0]/.test(entry)) {
    throw new UringReplayError('UR_TREE_NAME', `line ${line}: ${printable(name)} cannot be created: ${JSON.stringify(entry)} is no file name`);
  }
}

export function mebibytes(bytes: number): string {
  return bytes < 2 ** 20 ? `${bytes} bytes` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
