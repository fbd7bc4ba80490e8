/** Nodes to the tree that will be built: names for made-up things, entries that complete a listing, sizes, modes. */
import { Buffer } from 'node:buffer';
import type { TreeNode } from '../types.js';
import type { Conflict } from '../types.js';
import { direntBytes, DOT_BYTES, DOT_ENTRIES, longestName, NameMaker, splitRecords } from './names.js';
import { type Node, PRIVATE } from './node.js';
import { MARKER_NAME } from './marker.js';
import { NAME_BYTES_MAX } from './path.js';

type DirNode = TreeNode & { readonly type: 'dir' };

const DIR_MODE = 0o755;
const FILE_MODE = 0o644;
/** Set-id bits stay out: made-up content must not run as somebody else. */
const MODE_MASK = 0o1777;
/** When only the existence of a symlink is known. */
const LINK_BYTES = 8;

export function emitTree(root: Node, conflicts: Conflict[]): DirNode {
  return emitDir(root, '/', conflicts);
}

function emitDir(node: Node, path: string, conflicts: Conflict[]): DirNode {
  const entries = new Map<string, TreeNode>();
  // Names that the log asks for and finds missing must not be made up.
  const names = new NameMaker((name) => node.children.has(name) || entries.has(name));
  for (const child of node.children.values()) {
    if (!child.exists || child.name.startsWith(PRIVATE)) continue;
    const childPath = path === '/' ? `/${child.name}` : `${path}/${child.name}`;
    if (child.link !== null) {
      emitLink(child, childPath, node, names, entries, conflicts);
    } else {
      const emitted = emitNode(child, childPath, conflicts);
      if (emitted !== null) entries.set(child.name, emitted);
    }
  }
  if (node.listing !== null) complete(node, path, names, entries, conflicts);
  return { type: 'dir', mode: modeOf(node, DIR_MODE), entries, listing: node.listing, line: node.existsLine };
}

function emitNode(node: Node, path: string, conflicts: Conflict[]): TreeNode | null {
  if (node.type === 'other') {
    conflicts.push({ line: node.typeLine, path, what: 'is a special file; it is left out of the tree' });
    return null;
  }
  if (node.type === 'dir' || (node.type === null && node.passed)) return emitDir(node, path, conflicts);
  // Reads show the least size, and with the end of the file the exact one.
  return { type: 'file', mode: modeOf(node, FILE_MODE), size: node.size ?? node.sizeMin, line: node.sizeLine || node.existsLine };
}

function modeOf(node: Node, otherwise: number): number {
  return ((node.mode ?? otherwise) | (node.needs << 6)) & MODE_MASK;
}

/** A symlink, and what it leads to when only this link leads there. */
function emitLink(
  link: Node,
  path: string,
  dir: Node,
  names: NameMaker,
  entries: Map<string, TreeNode>,
  conflicts: Conflict[],
): void {
  const line = link.existsLine;
  if (link.link !== PRIVATE + link.name) {
    entries.set(link.name, { type: 'symlink', target: Buffer.from(link.link!, 'latin1'), line });
    return;
  }
  const bytes = link.linkBytes !== null && link.linkBytes > 0 ? link.linkBytes : LINK_BYTES;
  // Targets longer than a name can be start with some `./`.
  const nameBytes = bytes <= NAME_BYTES_MAX ? bytes : NAME_BYTES_MAX - ((NAME_BYTES_MAX - bytes) & 1);
  const name = names.make(nameBytes);
  if (name === null) {
    conflicts.push({ line, path, what: `no free name of ${nameBytes} bytes for the target of this symlink` });
    return;
  }
  const target = './'.repeat((bytes - nameBytes) / 2) + name;
  entries.set(link.name, { type: 'symlink', target: Buffer.from(target, 'latin1'), line });
  const follow = dir.children.get(link.link);
  if (follow === undefined || !follow.exists) return;
  if (follow.link !== null) {
    // ELOOP: the target leads to itself.
    entries.set(name, { type: 'symlink', target: Buffer.from(name, 'latin1'), line });
    return;
  }
  const emitted = emitNode(follow, path, conflicts);
  if (emitted !== null) entries.set(name, emitted);
}

/** Adds empty files until the directory lists as many entries and bytes as in the log. */
function complete(node: Node, path: string, names: NameMaker, entries: Map<string, TreeNode>, conflicts: Conflict[]): void {
  const listing = node.listing!;
  let count = listing.entries - DOT_ENTRIES - entries.size;
  let bytes = listing.bytes - DOT_BYTES;
  for (const name of entries.keys()) bytes -= direntBytes(name.length);
  if (node.parent === null) {
    // The marker of the sandbox lies in its root.
    count--;
    bytes -= direntBytes(MARKER_NAME.length);
  }
  const records = splitRecords(count, bytes);
  if (records === null) {
    const what = `lists ${listing.entries} entries of ${listing.bytes} bytes, which the ${entries.size} known ones do not fit`;
    conflicts.push({ line: node.listingLine, path, what });
    return;
  }
  for (const record of records) {
    const name = names.make(longestName(record));
    if (name !== null) entries.set(name, { type: 'file', mode: FILE_MODE, size: 0, line: 0 });
  }
}
