import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { buildTree } from '../../../../replay/world/tree/build.js';
import { treeDigest } from '../../../../replay/world/tree/digest.js';
import { FileTree } from '../../../../replay/world/tree/model.js';
import { createSandbox } from '../../../../replay/world/tree/sandbox.js';
import { tarOf } from '../../../../replay/world/tree/tar.js';
import { scratch } from './scratch.js';

const base = scratch();

it('unpacks to the tree that would be built', async () => {
  const tree = new FileTree();
  tree.exists('/bin/tool', { follow: true, type: 'file', size: 2_000_000, mode: 0o755 }, 1);
  tree.exists('/empty', { follow: true, type: 'file', size: 0 }, 2);
  tree.exists('/exact', { follow: true, type: 'file', size: 512 }, 3);
  tree.exists('/ro', { follow: true, type: 'dir', mode: 0o555 }, 4);
  tree.exists('/ro/inner', { follow: true, type: 'file', size: 5, mode: 0o400 }, 5);
  tree.exists(`/${'long'.repeat(60)}/${'name'.repeat(60)}/caf\xe9\xff\x01`, { follow: true, type: 'file', size: 7 }, 6);
  tree.symlink('/link', Buffer.from('x/'.repeat(400), 'latin1'), 7);
  tree.symlink('/lib', Buffer.from('usr/lib'), 8);
  tree.listing('/listed', { entries: 100, bytes: 4000 }, 9);
  const [built, unpacked, tar] = ['built', 'unpacked', 'a.tar'].map((name) => path.join(base, name));
  await buildTree(tree, built);
  const archive = Buffer.concat([...tarOf(tree)]);
  assert.equal(archive.length % 10_240, 0);
  assert.deepEqual(Buffer.concat([...tarOf(tree)]), archive);
  fs.writeFileSync(tar, archive);
  fs.mkdirSync(unpacked);
  execFileSync('tar', ['-xpf', tar, '-C', unpacked]);
  assert.equal(treeDigest(unpacked, { content: true }), treeDigest(built, { content: true }));
  assert.equal((await createSandbox(tree, { dir: unpacked })).built, null, 'the archive holds the marker');
});

it('writes sizes beyond the octal field', () => {
  const tree = new FileTree();
  const size = 8 ** 11 + 5;
  tree.exists('/huge', { follow: true, type: 'file', size }, 1);
  const pieces = tarOf(tree, Infinity);
  const head = Array.from({ length: 4 }, () => pieces.next().value as Buffer);
  fs.writeFileSync(path.join(base, 'huge.tar'), Buffer.concat(head));
  // tar lists the entry before it finds the archive cut off.
  const listing = execFileSync('sh', ['-c', 'tar -tvf huge.tar 2>/dev/null || true'], { cwd: base, encoding: 'utf8' });
  assert.match(listing, new RegExp(` ${size} .* huge\n`));
});
