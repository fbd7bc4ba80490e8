import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { KernelCache, sha256 } from '../../../bench/kernels/cache.js';
import type { KernelRecord } from '../../../bench/kernels/cache.js';

function temporary(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
  t.after(() => { rmSync(dir, { recursive: true }); });
  return dir;
}

const record = (id: string): KernelRecord => ({
  id, spec: 'debian:6.1', release: '6.1.0-50-amd64', sources: [], files: { image: sha256(Buffer.from('kernel')) }, modules: {}, missing: [],
});

test('a kernel is found under its spec, and stays the one it was', async (t) => {
  const cache = new KernelCache(temporary(t));
  assert.equal(await cache.find('debian:6.1'), null);
  const published = await cache.publish(async (dir) => {
    await writeFile(join(dir, 'image'), 'kernel');
    return record('debian-6.1');
  });
  assert.deepEqual((await cache.find('debian:6.1'))?.record, published.record);
  assert.deepEqual((await cache.list()).map(({ specs }) => specs), [['debian:6.1']]);
});

test('a fetch that fails leaves nothing', async (t) => {
  const cache = new KernelCache(temporary(t));
  const half = cache.publish(async (dir) => {
    await writeFile(join(dir, 'image'), 'ker');
    throw new Error('the network is gone');
  });
  await assert.rejects(half, /network is gone/);
  assert.deepEqual(readdirSync(cache.dir), []);
  assert.equal(await cache.find('debian:6.1'), null);
});

test('a changed file is refused, with what to do', async (t) => {
  const cache = new KernelCache(temporary(t));
  const { image } = await cache.publish(async (dir) => {
    await writeFile(join(dir, 'image'), 'kernel');
    return record('debian-6.1');
  });
  writeFileSync(image, 'kernul');
  await assert.rejects(cache.find('debian:6.1'), { code: 'UR_CACHE_DAMAGED' });
});
