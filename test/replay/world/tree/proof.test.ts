import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { it } from 'node:test';
import { buildTree } from '../../../../replay/world/tree/build.js';
import { treeDigest } from '../../../../replay/world/tree/digest.js';
import { FileTree } from '../../../../replay/world/tree/model.js';
import { TreeProof } from '../../../../replay/world/tree/proof.js';
import { scratch } from './scratch.js';

it('tells what is not as it was, and what is after all', async () => {
  const dir = path.join(scratch(), 'tree');
  const tree = new FileTree();
  tree.exists('/a/kept', { follow: true, type: 'file', size: 1000 }, 1);
  tree.exists('/a/removed', { follow: true, type: 'file', size: 10 }, 2);
  tree.exists('/a/written', { follow: true, type: 'file', size: 10 }, 3);
  tree.symlink('/link', Buffer.from('a'), 4);
  await buildTree(tree, dir);
  const proof = new TreeProof(dir);
  assert.equal(proof.digest, treeDigest(dir, { content: true }));
  assert.deepEqual(proof.differences(), []);

  const content = fs.readFileSync(`${dir}/a/written`);
  fs.rmSync(`${dir}/a/removed`);
  fs.writeFileSync(`${dir}/a/written`, 'ten bytes!');
  fs.mkdirSync(`${dir}/new\x1b[31m`);
  fs.unlinkSync(`${dir}/link`);
  fs.symlinkSync('b', `${dir}/link`);
  assert.deepEqual(proof.differences(), [
    { name: '/a/removed', what: 'gone' },
    { name: '/a/written', what: 'changed' },
    { name: '/link', what: 'changed' },
    { name: '/new\\x1b[31m', what: 'made' },
  ]);

  // Put back by other inodes at another time: equal all the same.
  fs.rmdirSync(`${dir}/new\x1b[31m`);
  fs.unlinkSync(`${dir}/link`);
  fs.symlinkSync('a', `${dir}/link`);
  fs.writeFileSync(`${dir}/a/written`, content);
  await buildTree(tree, `${dir}2`);
  fs.copyFileSync(`${dir}2/a/removed`, `${dir}/a/removed`);
  assert.deepEqual(proof.differences(), []);
});
