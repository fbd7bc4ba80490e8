/** Symlink targets for a replay that cannot make the tree its root: they must not lead out of the directory. */
import { Buffer } from 'node:buffer';
import type { TreeNode } from '../types.js';
import { canonicalPath } from './path.js';

type DirNode = TreeNode & { readonly type: 'dir' };

/**
 * Returns a function from the path of a symlink in the tree and its target to the target on disk: absolute
 * targets get `prefix` (the real path of the directory), and so do relative ones that climb above the root, where
 * `..` would stay at the root if it were one.
 */
export function confiner(root: DirNode, prefix: string): (name: string, target: Uint8Array) => Uint8Array {
  const linkOf = (path: string): string | undefined => {
    let node: TreeNode | undefined = root;
    for (const part of path.split('/')) {
      if (part !== '') node = node?.type === 'dir' ? node.entries.get(part) : undefined;
    }
    return node?.type === 'symlink' ? Buffer.from(node.target).toString('latin1') : undefined;
  };
  return (name, target) => {
    const text = Buffer.from(target).toString('latin1');
    const way = { climbs: false };
    const path = text.startsWith('/') ? text : `${name.slice(0, name.lastIndexOf('/'))}/${text}`;
    const end = canonicalPath(path, true, linkOf, (atRoot) => {
      way.climbs ||= atRoot;
    });
    if (way.climbs) return Buffer.from(prefix + (end ?? '/'), 'latin1');
    return text.startsWith('/') ? Buffer.from(prefix + text, 'latin1') : target;
  };
}
