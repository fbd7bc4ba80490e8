import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import { FileTree } from '../../../../replay/world/tree/model.js';
import { createSandbox, SANDBOX_PREFIX, staleSandboxes } from '../../../../replay/world/tree/sandbox.js';
import { scratch } from './scratch.js';

const base = scratch();
process.env.TMPDIR = base;
const OWNER = fileURLToPath(new URL('sandbox-owner.js', import.meta.url));

function sampleTree(): FileTree {
  const tree = new FileTree();
  tree.exists('/etc/passwd', { follow: true, type: 'file', size: 100 }, 1);
  return tree;
}

/** Runs a process that owns a sandbox; sends it `signal` once the sandbox stands. */
async function own(end: string, signal?: NodeJS.Signals): Promise<{ path: string; code: number | null; signal: string | null }> {
  const child = spawn(process.execPath, [OWNER, end], { stdio: ['ignore', 'pipe', 'ignore'] });
  const exited = once(child, 'exit') as Promise<[number | null, string | null]>;
  const [chunk] = (await once(child.stdout, 'data')) as [Buffer];
  const dir = chunk.toString().trim();
  assert.ok(path.basename(dir).startsWith(SANDBOX_PREFIX));
  if (signal !== undefined) {
    assert.equal(fs.statSync(`${dir}/etc/passwd`).size, 100);
    child.kill(signal);
  }
  const [code, by] = await exited;
  return { path: dir, code, signal: by };
}

describe('createSandbox', () => {
  it('removes what it made, once', async () => {
    const sandbox = await createSandbox(sampleTree());
    assert.equal(fs.statSync(`${sandbox.path}/etc/passwd`).size, 100);
    assert.equal(fs.statSync(sandbox.path).mode & 0o077, 0, 'nobody else may look in');
    assert.equal(sandbox.kept, false);
    sandbox.remove();
    sandbox.remove();
    assert.ok(!fs.existsSync(sandbox.path));
    assert.equal(process.listenerCount('SIGINT'), 0);
  });

  it('leaves nothing behind when building fails', async () => {
    await assert.rejects(createSandbox(sampleTree(), { maxBytes: 10 }), { code: 'UR_TREE_TOO_LARGE' });
    assert.deepEqual(fs.readdirSync(base), []);
    assert.equal(process.listenerCount('SIGTERM'), 0);
  });

  it('says what to do when there is no temporary directory', async () => {
    process.env.TMPDIR = `${base}/missing`;
    try {
      await assert.rejects(createSandbox(sampleTree()), { code: 'UR_TMPDIR' });
    } finally {
      process.env.TMPDIR = base;
    }
  });

  it('goes with its process: at the end, on an error, on a signal', async () => {
    for (const [end, signal] of [['return'], ['throw'], ['wait', 'SIGINT'], ['wait', 'SIGTERM'], ['wait', 'SIGHUP']] as const) {
      const owner = await own(end, signal);
      assert.ok(!fs.existsSync(owner.path), `${end} ${signal ?? ''} left ${owner.path}`);
      assert.equal(owner.signal, signal ?? null);
    }
    assert.deepEqual(fs.readdirSync(base), []);
  });

  it('lets another handler of the signal decide when to end', async () => {
    const owner = await own('own-handler', 'SIGINT');
    assert.equal(owner.code, 7);
    assert.ok(!fs.existsSync(owner.path));
  });

  it('is kept on request', async () => {
    const owner = await own('keep');
    assert.equal(fs.statSync(`${owner.path}/etc/passwd`).size, 100);
    assert.deepEqual(staleSandboxes(base), [], 'kept on purpose is no leftover');
    fs.rmSync(owner.path, { recursive: true });
  });

  it('is recognised when its process was killed', async () => {
    const owner = await own('wait', 'SIGKILL');
    const mine = await createSandbox(sampleTree());
    assert.deepEqual(staleSandboxes(base), [owner.path]);
    mine.remove();
    fs.rmSync(owner.path, { recursive: true });
  });

  it('fills a directory that is new or empty, keeps it, and uses it again as it is', async () => {
    const dir = path.join(base, 'given');
    const first = await createSandbox(sampleTree(), { dir });
    first.remove();
    assert.equal(first.kept, true);
    assert.equal(first.built?.files, 1);
    fs.writeFileSync(`${dir}/etc/passwd`, 'changed');
    const again = await createSandbox(sampleTree(), { dir });
    assert.equal(again.built, null);
    assert.equal(again.path, first.path);
    assert.equal(fs.readFileSync(`${dir}/etc/passwd`, 'utf8'), 'changed');
    const empty = path.join(base, 'empty');
    fs.mkdirSync(empty);
    assert.equal((await createSandbox(sampleTree(), { dir: empty })).built?.files, 1);
  });

  it('refuses a directory that is not empty and not ours, or cut off', async () => {
    const dir = path.join(base, 'theirs');
    fs.mkdirSync(dir);
    fs.writeFileSync(`${dir}/thesis`, 'years of work');
    await assert.rejects(createSandbox(sampleTree(), { dir }), { code: 'UR_SANDBOX_NOT_EMPTY' });
    fs.writeFileSync(`${dir}/.uring-replay-tree`, 'not JSON');
    await assert.rejects(createSandbox(sampleTree(), { dir }), { code: 'UR_SANDBOX_NOT_EMPTY' });
    fs.writeFileSync(`${dir}/.uring-replay-tree`, JSON.stringify({ schema: 'uring-replay/tree@1', complete: false }));
    await assert.rejects(createSandbox(sampleTree(), { dir }), /cut off/);
    assert.equal(fs.readFileSync(`${dir}/thesis`, 'utf8'), 'years of work');
  });
});
