/**
 * A tree as a tar archive, straight from the model: the same facts give the same bytes. GNU format, because names
 * are bytes there and may have any length (pax wants UTF-8); GNU tar, bsdtar, busybox and Python read it.
 * https://www.gnu.org/software/tar/manual/html_node/Standard.html
 */
import { Buffer } from 'node:buffer';
import type { TreeModel, TreeNode } from '../types.js';
import { contentPieces, type ContentSource } from './content.js';
import { MARKER_NAME, markerText } from './marker.js';
import { measureTree } from './measure.js';

export const RECORD_BYTES = 512;
const NAME_FIELD_BYTES = 100;
/** Archives end on a whole block of 20 records. */
const BLOCK_BYTES = 20 * RECORD_BYTES;
/** The time of every entry: 2000-01-01, since the log's times are not those of its files. */
const TIME = 946_684_800;

const TYPES = { file: '0', symlink: '2', dir: '5', longTarget: 'K', longName: 'L' } as const;

/** Yields the archive in pieces. Throws as measureTree does, before the first piece. */
export function* tarOf(tree: TreeModel, maxBytes?: number, content: ContentSource | null = null): Generator<Buffer, void> {
  measureTree(tree.root, maxBytes);
  let total = 0;
  for (const piece of records(tree.root, content)) {
    total += piece.length;
    yield piece;
  }
  yield tarEnd(total);
}

/** What ends an archive of so many bytes: at least two empty records. */
export function tarEnd(total: number): Buffer {
  return Buffer.alloc(Math.ceil((total + 2 * RECORD_BYTES) / BLOCK_BYTES) * BLOCK_BYTES - total);
}

/** What stands before the content of a regular file. */
export function tarFileHeader(name: string, mode: number, size: number): Buffer {
  return Buffer.concat([...entry({ name, type: TYPES.file, mode, size, target: '' })]);
}

/** Bytes between a content of `size` bytes and the next header. */
export function tarPadding(size: number): number {
  return (RECORD_BYTES - (size % RECORD_BYTES)) % RECORD_BYTES;
}

function* records(root: TreeNode & { readonly type: 'dir' }, source: ContentSource | null): Generator<Buffer, void> {
  const marker = Buffer.from(markerText({ complete: true, pid: 0, date: new Date(TIME * 1000).toISOString(), keep: true }));
  yield* entry({ name: MARKER_NAME, type: TYPES.file, mode: 0o644, size: marker.length, target: '' });
  yield* padded([marker], marker.length);
  const todo: { name: string; node: TreeNode }[] = [];
  const later = (dir: string, entries: ReadonlyMap<string, TreeNode>): void => {
    for (const [name, node] of [...entries].reverse()) todo.push({ name: `${dir}${name}`, node });
  };
  later('', root.entries);
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    const { name, node } = next;
    if (name === MARKER_NAME) continue;
    if (node.type === 'dir') {
      yield* entry({ name: `${name}/`, type: TYPES.dir, mode: node.mode, size: 0, target: '' });
      later(`${name}/`, node.entries);
    } else if (node.type === 'symlink') {
      const target = Buffer.from(node.target).toString('latin1');
      yield* entry({ name, type: TYPES.symlink, mode: 0o777, size: 0, target });
    } else {
      yield* entry({ name, type: TYPES.file, mode: node.mode, size: node.size, target: '' });
      yield* padded(contentPieces(`/${name}`, node.size, source), node.size);
    }
  }
}

interface Entry {
  readonly name: string;
  readonly type: (typeof TYPES)[keyof typeof TYPES];
  readonly mode: number;
  readonly size: number;
  readonly target: string;
}

/** The header, behind records with the whole name and target where they do not fit into it. */
function* entry(what: Entry): Generator<Buffer, void> {
  if (what.target.length > NAME_FIELD_BYTES) yield* long(TYPES.longTarget, what.target);
  if (what.name.length > NAME_FIELD_BYTES) yield* long(TYPES.longName, what.name);
  yield header(what);
}

function* long(type: Entry['type'], text: string): Generator<Buffer, void> {
  const content = Buffer.from(`${text}\0`, 'latin1');
  yield header({ name: '././@LongLink', type, mode: 0o644, size: content.length, target: '' });
  yield* padded([content], content.length);
}

function* padded(pieces: Iterable<Buffer>, size: number): Generator<Buffer, void> {
  yield* pieces;
  if (size % RECORD_BYTES > 0) yield Buffer.alloc(tarPadding(size));
}

function header({ name, type, mode, size, target }: Entry): Buffer {
  const record = Buffer.alloc(RECORD_BYTES);
  record.write(name.slice(0, NAME_FIELD_BYTES), 0, 'latin1');
  octal(record, 100, 8, mode);
  octal(record, 108, 8, 0); // uid
  octal(record, 116, 8, 0); // gid
  number(record, 124, 12, size);
  octal(record, 136, 12, TIME);
  record.fill(' ', 148, 156); // the checksum counts itself as blanks
  record.write(type, 156, 'latin1');
  record.write(target.slice(0, NAME_FIELD_BYTES), 157, 'latin1');
  record.write('ustar  \0', 257, 'latin1');
  let sum = 0;
  for (const byte of record) sum += byte;
  record.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return record;
}

function octal(record: Buffer, offset: number, bytes: number, value: number): void {
  record.write(value.toString(8).padStart(bytes - 1, '0'), offset, 'latin1');
}

/** Sizes from 8 GiB on are binary, with the top bit of the field set. */
function number(record: Buffer, offset: number, bytes: number, value: number): void {
  if (value < 8 ** (bytes - 1)) {
    octal(record, offset, bytes, value);
    return;
  }
  record.writeBigUInt64BE(BigInt(value), offset + bytes - 8);
  record[offset] = 0x80;
}
