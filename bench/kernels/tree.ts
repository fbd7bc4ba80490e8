/** Packs the tree that a log needs for a guest to build; native/guest/tree.h describes the bytes. */
import { UringReplayError } from '../../replay/errors.js';
import { MARKER_NAME } from '../../replay/world/tree/marker.js';
import type { TreeNode } from '../../replay/world/types.js';

export interface PackedTree {
  readonly data: Buffer;
  readonly entries: number;
  /** What its files take on a disk of 4096-byte blocks. */
  readonly fileBytes: number;
}

/** The guest holds the tree in memory, twice (device and page cache). */
export const TREE_BYTES_MAX = 2 ** 30;
const BLOCK_BYTES = 4096;

/** Throws UR_TREE_TOO_LARGE. */
export function packTree(root: TreeNode & { readonly type: 'dir' }): PackedTree {
  const parts: Buffer[] = [];
  let entries = 0;
  let fileBytes = 0;
  const put = (type: string, mode: number, size: number, path: string, target: Uint8Array): void => {
    const name = Buffer.from(path, 'latin1');
    parts.push(Buffer.from(`${type} ${mode.toString(8)} ${size} ${name.length} ${target.length}\n`), name, Buffer.from(target));
    entries++;
    fileBytes += Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES;
  };
  const visit = (node: TreeNode, path: string): void => {
    if (node.type === 'symlink') { put('l', 0o777, 0, path, node.target); return; }
    if (node.type === 'file') { put('f', node.mode, node.size, path, Buffer.alloc(0)); return; }
    put('d', node.mode, 0, path, Buffer.alloc(0));
    for (const [name, child] of node.entries) visit(child, path === '.' ? name : `${path}/${name}`);
  };
  visit(root, '.');
  // The sandbox's marker counts among the entries of the root, so it has to be here too.
  put('f', 0o644, 0, MARKER_NAME, Buffer.alloc(0));
  if (fileBytes > TREE_BYTES_MAX) {
    throw new UringReplayError('UR_TREE_TOO_LARGE', `the log needs a tree of ${Math.ceil(fileBytes / 2 ** 20)} MiB, and a guest holds ${TREE_BYTES_MAX / 2 ** 20} MiB at most`,
      'Replay a part of the log: --pid PID.');
  }
  return { data: Buffer.concat(parts), entries, fileBytes };
}
