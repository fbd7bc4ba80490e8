import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import { describe, it } from 'node:test';
import { FileTree } from '../../../../replay/world/tree/model.js';
import { direntBytes } from '../../../../replay/world/tree/names.js';
import type { TreeNode } from '../../../../replay/world/types.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** The node at a path, without following symlinks. */
function at(tree: FileTree, path: string): TreeNode | null {
  let node: TreeNode = tree.root;
  for (const name of path.split('/').filter((part) => part !== '')) {
    const next: TreeNode | undefined = node.type === 'dir' ? node.entries.get(name) : undefined;
    if (next === undefined) return null;
    node = next;
  }
  return node;
}

function targetOf(tree: FileTree, path: string): string {
  const node = at(tree, path);
  assert.equal(node?.type, 'symlink');
  return Buffer.from(node.target).toString('latin1');
}

function sizeOf(tree: FileTree, path: string): number {
  const node = at(tree, path);
  assert.equal(node?.type, 'file');
  return node.size;
}

describe('FileTree', () => {
  it('takes types, sizes and modes from the first fact', () => {
    const tree = new FileTree();
    tree.exists('/etc/passwd', { follow: true, type: 'file', size: 1234, mode: 0o640 }, 1);
    tree.exists('/etc/passwd', { follow: true, type: 'file', size: 1300 }, 2);
    const node = at(tree, '/etc/passwd');
    assert.deepEqual(node, { type: 'file', mode: 0o640, size: 1234, line: 1 });
    assert.deepEqual(tree.conflicts, [{ line: 2, path: '/etc/passwd', what: 'has 1300 bytes, but had 1234 at line 1' }]);
  });

  it('applies a symlink to paths used before it was seen', () => {
    const tree = new FileTree();
    tree.exists('/lib/x', { follow: true, type: 'file', size: 7 }, 1);
    tree.missing('/lib/y', 'ENOENT', 2);
    tree.symlink('/lib', bytes('usr/lib'), 3);
    assert.equal(targetOf(tree, '/lib'), 'usr/lib');
    assert.equal(sizeOf(tree, '/usr/lib/x'), 7);
    assert.equal(at(tree, '/usr/lib/y'), null);
    assert.deepEqual(tree.conflicts, []);
  });

  it('applies symlinks whose own path leads through symlinks', () => {
    const tree = new FileTree();
    tree.exists('/a/b/c/f', { follow: true, type: 'file', size: 3 }, 1);
    tree.symlink('/a/b/c', bytes('../real'), 2);
    tree.symlink('/a/b', bytes('/q/b2'), 3);
    tree.symlink('/a', bytes('z'), 4);
    assert.equal(targetOf(tree, '/a'), 'z');
    assert.equal(targetOf(tree, '/z/b'), '/q/b2');
    assert.equal(targetOf(tree, '/q/b2/c'), '../real');
    assert.equal(sizeOf(tree, '/q/real/f'), 3);
  });

  it('makes up the target of a symlink of which only the size is known', () => {
    for (const size of [1, 2, 9, 255, 256, 257, 1000]) {
      const tree = new FileTree();
      tree.exists('/d/l', { follow: false, type: 'symlink', size, mode: 0o777 }, 1);
      tree.exists('/d/l/inner', { follow: true, type: 'file', size: 5 }, 2);
      const target = targetOf(tree, '/d/l');
      assert.equal(target.length, size);
      assert.equal(sizeOf(tree, `/d/${target.replaceAll('./', '')}/inner`), 5);
    }
  });

  it('lets a symlink dangle or loop as the log says', () => {
    const tree = new FileTree();
    tree.exists('/d/dangling', { follow: false, type: 'symlink', size: 6 }, 1);
    tree.missing('/d/dangling', 'ENOENT', 2);
    tree.exists('/d/loop', { follow: false, type: 'symlink', size: 5 }, 3);
    tree.missing('/d/loop', 'ELOOP', 4);
    assert.equal(at(tree, `/d/${targetOf(tree, '/d/dangling')}`), null);
    const loop = targetOf(tree, '/d/loop');
    assert.equal(loop.length, 5);
    assert.equal(targetOf(tree, `/d/${loop}`), loop);
    assert.deepEqual(tree.conflicts, []);
  });

  it('reads sizes from content', () => {
    const tree = new FileTree();
    tree.content('/f', 0, 4096, false, 1);
    tree.content('/f', 4096, 100, false, 2);
    tree.content('/f', 4196, 0, true, 3);
    tree.content('/empty', 0, 0, true, 4);
    assert.equal(sizeOf(tree, '/f'), 4196);
    assert.equal(sizeOf(tree, '/empty'), 0);
  });

  it('makes an intermediate component a file for ENOTDIR', () => {
    const tree = new FileTree();
    tree.missing('/usr/lib/python311.zip/encodings', 'ENOTDIR', 3);
    tree.exists('/usr/lib/x', { follow: true, type: 'dir' }, 2);
    assert.equal(sizeOf(tree, '/usr/lib/python311.zip'), 0);
    assert.deepEqual(tree.conflicts, []);
  });

  it('keeps what was seen first where facts contradict', () => {
    const tree = new FileTree();
    tree.missing('/a/b', 'ENOENT', 1);
    tree.exists('/a/b/c', { follow: true, type: 'file' }, 2);
    tree.exists('/f', { follow: true, type: 'file', size: 1 }, 3);
    tree.exists('/f/g', { follow: true }, 4);
    tree.missing('/f', 'ENOENT', 5);
    tree.exists('/' + 'n'.repeat(256), { follow: true }, 6);
    tree.exists('/d'.repeat(20_000), { follow: true }, 7);
    assert.equal(at(tree, '/a/b'), null);
    assert.equal(sizeOf(tree, '/f'), 1);
    assert.deepEqual(tree.conflicts.map((c) => `${c.line} ${c.what}`), [
      '2 there, but /a/b was missing at line 1',
      '4 /f is used as a directory, but was a file at line 3',
      '5 missing, but there at line 3',
      '6 there, but a name on its way is longer than 255 bytes',
      '7 there, but more than 2048 directories deep, further than a path reaches',
    ]);
  });

  it('does not contradict itself over missing/..', () => {
    const tree = new FileTree();
    tree.missing('/usr/local/x/../lib', 'ENOENT', 1);
    tree.exists('/usr/local/lib', { follow: true, type: 'dir' }, 2);
    assert.deepEqual(tree.conflicts, []);
    assert.equal(at(tree, '/usr/local/x'), null);
    assert.equal(at(tree, '/usr/local/lib')?.type, 'dir');
  });

  it('ignores facts about what the program itself changed', () => {
    const tree = new FileTree();
    tree.missing('/w', 'ENOENT', 1);
    tree.changed('/w');
    tree.exists('/w/f', { follow: true, type: 'file', size: 3 }, 2);
    assert.equal(at(tree, '/w'), null);
    assert.deepEqual(tree.conflicts, []);
  });

  it('completes a listing with names that nobody asks for', () => {
    const tree = new FileTree();
    const names = ['.', '..', 'known', 'b'.repeat(30), 'c'.repeat(255), 'd', 'eeeeeeeee'];
    const total = names.reduce((sum, name) => sum + direntBytes(name.length), 0);
    tree.exists('/d/known', { follow: true, type: 'file', size: 0 }, 1);
    tree.missing('/d/aaaa', 'ENOENT', 2);
    tree.listing('/d', { entries: names.length, bytes: total }, 3);
    const dir = at(tree, '/d');
    assert.equal(dir?.type, 'dir');
    assert.equal(dir.entries.size, names.length - 2);
    assert.equal([...dir.entries.keys()].reduce((sum, name) => sum + direntBytes(name.length), 48), total);
    assert.ok(dir.entries.has('known') && !dir.entries.has('aaaa'));
  });

  it('resolves paths through the symlinks known so far', () => {
    const tree = new FileTree();
    assert.equal(tree.resolve('/a/../b/./c//', true), '/b/c');
    assert.equal(tree.resolve('/../..', true), '/');
    assert.equal(tree.resolve('/lib/x', true), '/lib/x');
    tree.symlink('/lib', bytes('usr/lib'), 1);
    tree.symlink('/loop', bytes('loop'), 1);
    assert.equal(tree.resolve('/lib/x', true), '/usr/lib/x');
    assert.equal(tree.resolve('/lib', false), '/lib');
    assert.equal(tree.resolve('/lib/', false), '/usr/lib');
    assert.equal(tree.resolve('/lib/..', true), '/usr');
    assert.equal(tree.resolve('/loop', true), null);
    assert.equal(tree.resolve('relative', true), null);
  });
});
