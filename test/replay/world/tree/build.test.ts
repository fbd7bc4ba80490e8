import assert from 'node:assert/strict';
import { Buffer } from 'node:buffer';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { deflateSync } from 'node:zlib';
import { UringReplayError } from '../../../../replay/errors.js';
import { buildTree } from '../../../../replay/world/tree/build.js';
import { treeDigest, walkTree } from '../../../../replay/world/tree/digest.js';
import { MARKER_NAME } from '../../../../replay/world/tree/marker.js';
import { FileTree } from '../../../../replay/world/tree/model.js';
import { direntBytes } from '../../../../replay/world/tree/names.js';
import { removeTree } from '../../../../replay/world/tree/remove.js';
import type { TreeModel, TreeNode } from '../../../../replay/world/types.js';
import { scratch } from './scratch.js';

const base = scratch();
let count = 0;
const fresh = (): string => path.join(base, `d${count++}`);
const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** A tree that no log can tell, for what the builder itself must refuse. */
function treeOf(entries: Record<string, TreeNode>): TreeModel {
  const root = { type: 'dir', mode: 0o755, entries: new Map(Object.entries(entries)), listing: null, line: 0 };
  return Object.defineProperty(new FileTree(), 'root', { value: root });
}

describe('buildTree', () => {
  it('makes files, directories and symlinks as told', async () => {
    const tree = new FileTree();
    tree.exists('/bin/tool', { follow: true, type: 'file', size: 12_345, mode: 0o4755 }, 1);
    tree.exists('/ro', { follow: true, type: 'dir', mode: 0o555 }, 2);
    tree.exists('/ro/secret', { follow: true, type: 'file', size: 3, mode: 0o400 }, 3);
    tree.symlink('/lib', bytes('usr/lib'), 4);
    tree.exists('/lib/caf\xe9\xff', { follow: true, type: 'file', size: 10 }, 5);
    tree.exists('/tmp', { follow: true, type: 'dir', mode: 0o1777 }, 6);
    const dir = fresh();
    const report = await buildTree(tree, dir);
    assert.deepEqual(report, { directories: 5, files: 3, symlinks: 1, bytes: 12_358 });
    const tool = fs.statSync(`${dir}/bin/tool`);
    assert.equal(tool.size, 12_345);
    assert.equal(tool.mode & 0o7777, 0o755, 'made-up content gets no set-id bits');
    assert.equal(fs.statSync(`${dir}/ro`).mode & 0o7777, 0o555);
    assert.equal(fs.statSync(`${dir}/ro/secret`).mode & 0o7777, 0o400);
    assert.equal(fs.statSync(`${dir}/tmp`).mode & 0o7777, 0o1777);
    assert.equal(fs.readlinkSync(`${dir}/lib`), 'usr/lib');
    const names = fs.readdirSync(Buffer.from(`${dir}/usr/lib`), { encoding: 'buffer' });
    assert.deepEqual(names, [Buffer.from('caf\xe9\xff', 'latin1')]);
  });

  it('fills files with data that is all there and does not compress', async () => {
    const tree = new FileTree();
    tree.exists('/small', { follow: true, type: 'file', size: 50_000 }, 1);
    tree.exists('/large', { follow: true, type: 'file', size: 3_000_001 }, 2);
    const dir = fresh();
    await buildTree(tree, dir);
    for (const name of ['small', 'large']) {
      const content = fs.readFileSync(`${dir}/${name}`);
      assert.ok(deflateSync(content).length > content.length * 0.99, `${name} compresses`);
      assert.ok(fs.statSync(`${dir}/${name}`).blocks * 512 >= content.length || fs.statfsSync(dir).type === 0x01021994, `${name} has holes`);
    }
    assert.notDeepEqual(fs.readFileSync(`${dir}/large`).subarray(0, 50_000), fs.readFileSync(`${dir}/small`));
  });

  it('makes the same tree of the same facts', async () => {
    const tree = new FileTree();
    tree.exists('/a/f', { follow: true, type: 'file', size: 70_000 }, 1);
    tree.symlink('/a/l', bytes('f'), 2);
    const [one, other] = [fresh(), fresh()];
    await buildTree(tree, one);
    await buildTree(tree, other);
    const digest = treeDigest(one, { content: true });
    assert.equal(treeDigest(other, { content: true }), digest);
    fs.appendFileSync(`${other}/a/f`, 'x');
    assert.notEqual(treeDigest(other), treeDigest(one));
    fs.truncateSync(`${other}/a/f`, 70_000);
    assert.equal(treeDigest(other, { content: true }), digest);
    fs.writeSync(fs.openSync(`${other}/a/f`, 'r+'), 'x');
    assert.equal(treeDigest(other), treeDigest(one));
    assert.notEqual(treeDigest(other, { content: true }), digest);
    fs.chmodSync(`${other}/a`, 0o700);
    assert.notEqual(treeDigest(other), treeDigest(one));
  });

  it('lists as many entries and bytes as the log, the root included', async () => {
    const names = ['.', '..', 'known', 'x', 'a-name-of-middling-length', 'n'.repeat(255), 'other', MARKER_NAME];
    const total = names.reduce((sum, name) => sum + direntBytes(name.length), 0);
    for (const at of ['', '/d']) {
      const tree = new FileTree();
      tree.exists(`${at}/known`, { follow: true, type: 'dir' }, 1);
      tree.listing(at === '' ? '/' : at, { entries: names.length, bytes: total }, 2);
      const dir = fresh();
      await buildTree(tree, dir);
      const listed = ['.', '..', ...fs.readdirSync(dir + at)];
      assert.equal(listed.length, names.length);
      assert.equal(listed.reduce((sum, name) => sum + direntBytes(name.length), 0), total);
    }
  });

  it('makes trees deeper than any path can be', async () => {
    const tree = new FileTree();
    const name = 'deep'.repeat(60);
    const deep = `/${name}`.repeat(40);
    tree.exists(`${deep}/end`, { follow: true, type: 'file', size: 9 }, 1);
    const dir = fresh();
    await buildTree(tree, dir);
    const found = [...walkTree(dir)].at(-1);
    assert.equal(found?.name, `${deep}/end`);
    assert.equal(found.size, 9);
    removeTree(dir);
    assert.ok(!fs.existsSync(dir));
  });

  it('refuses what is too large before creating anything, naming line and file', async () => {
    const tree = new FileTree();
    tree.exists('/small', { follow: true, type: 'file', size: 10 }, 1);
    tree.exists('/var/huge', { follow: true, type: 'file', size: 2 ** 42 }, 77);
    const dir = fresh();
    await assert.rejects(buildTree(tree, dir), (error) => {
      assert.ok(error instanceof UringReplayError);
      assert.equal(error.code, 'UR_TREE_TOO_LARGE');
      assert.match(error.message, /\/var\/huge \(line 77\)/);
      assert.match(error.remedy ?? '', /--max-tree-size/);
      return true;
    });
    assert.ok(!fs.existsSync(dir));
    await assert.rejects(buildTree(tree, dir, { maxBytes: Infinity }), { code: 'UR_DISK_FULL' });
    assert.ok(!fs.existsSync(dir));
  });

  it('leaves a directory alone that is not empty, and the one it was given empty on failure', async () => {
    const tree = treeOf({
      a: { type: 'file', mode: 0o644, size: 1, line: 3 },
      ['n'.repeat(256)]: { type: 'file', mode: 0o644, size: 1, line: 4 },
    });
    const full = fresh();
    fs.mkdirSync(full);
    fs.writeFileSync(`${full}/mine`, 'x');
    await assert.rejects(buildTree(tree, full), { code: 'UR_SANDBOX_NOT_EMPTY' });
    assert.deepEqual(fs.readdirSync(full), ['mine']);
    const empty = fresh();
    fs.mkdirSync(empty, { mode: 0o750 });
    await assert.rejects(buildTree(tree, empty), { code: 'UR_TREE_NAME', message: /line 4 of the log.*ENAMETOOLONG/ });
    assert.deepEqual(fs.readdirSync(empty), []);
    assert.equal(fs.statSync(empty).mode & 0o777, 0o750);
    await assert.rejects(buildTree(tree, `${full}/mine`), { code: 'UR_SANDBOX_DIRECTORY' });
    await assert.rejects(buildTree(tree, fresh(), { signal: AbortSignal.abort(new Error('enough')) }), /enough/);
  });

  it('never leaves its directory, whatever the names', async () => {
    const outside = fresh();
    fs.mkdirSync(outside);
    fs.writeFileSync(`${outside}/untouched`, 'before');
    const before = treeDigest(base, { content: true });
    const dir = path.join(outside, 'in');
    const tree = new FileTree();
    tree.exists('/../../untouched', { follow: true, type: 'file', size: 5 }, 1);
    tree.exists('/a/../../../untouched2', { follow: true, type: 'file', size: 5 }, 2);
    tree.symlink('/out', bytes(outside), 3);
    tree.exists('/out/untouched', { follow: true, type: 'file', size: 99 }, 4);
    tree.symlink('/up', bytes('../../..'), 5);
    tree.exists('/up/escaped', { follow: true, type: 'dir' }, 6);
    tree.exists('/proc/self/root/escaped', { follow: true, type: 'dir' }, 7);
    tree.symlink('/proc/self/cwd', bytes('/'), 8);
    tree.exists(`/${'/..'.repeat(1300)}/x`, { follow: true, type: 'file', size: 1 }, 9);
    await buildTree(tree, dir);
    assert.equal(fs.readFileSync(`${outside}/untouched`, 'utf8'), 'before');
    assert.equal(fs.statSync(`${dir}/untouched`).size, 5);
    assert.equal(fs.statSync(`${dir}${outside}/untouched`).size, 99);
    assert.ok(fs.statSync(`${dir}/escaped`).isDirectory());
    removeTree(dir);
    assert.equal(treeDigest(base, { content: true }), before);
    for (const name of ['', '.', '..', 'a/b', 'a\0b', '../x']) {
      const hostile = treeOf({ [name]: { type: 'dir', mode: 0o755, entries: new Map(), listing: null, line: 5 } });
      await assert.rejects(buildTree(hostile, dir), { code: 'UR_TREE_NAME' });
    }
    assert.equal(treeDigest(base, { content: true }), before);
  });

  it('keeps confined symlinks inside', async () => {
    const tree = new FileTree();
    tree.symlink('/etc/abs', bytes('/etc/passwd'), 1);
    tree.symlink('/etc/up', bytes('../../../../etc/passwd'), 2);
    tree.symlink('/etc/near', bytes('../etc/passwd'), 3);
    tree.exists('/etc/passwd', { follow: true, type: 'file', size: 17 }, 4);
    const dir = fresh();
    await buildTree(tree, dir, { confined: true });
    assert.equal(fs.readlinkSync(`${dir}/etc/abs`), `${dir}/etc/passwd`);
    assert.equal(fs.readlinkSync(`${dir}/etc/near`), '../etc/passwd');
    for (const link of ['abs', 'up', 'near']) assert.equal(fs.statSync(`${dir}/etc/${link}`).size, 17);
  });
});

describe('removeTree', () => {
  it('removes unreadable directories and follows no symlink', () => {
    const dir = fresh();
    const kept = fresh();
    fs.mkdirSync(kept);
    fs.writeFileSync(`${kept}/f`, '');
    fs.mkdirSync(`${dir}/a/b`, { recursive: true });
    fs.writeFileSync(`${dir}/a/b/f`, '');
    fs.symlinkSync(kept, `${dir}/a/link`);
    fs.chmodSync(`${dir}/a/b`, 0);
    fs.chmodSync(`${dir}/a`, 0o500);
    removeTree(dir);
    assert.ok(!fs.existsSync(dir));
    assert.deepEqual(fs.readdirSync(kept), ['f']);
  });
});
