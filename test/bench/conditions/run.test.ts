import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { statLog } from '../../../bench/figures/stat-log.js';
import { parseResult } from '../../../bench/result/read-result.js';
import type { ResultDocument } from '../../../bench/result/result.js';
import type { RunSettings } from '../../../bench/settings.js';
import { ImageStorage } from '../../../bench/conditions/image.js';
import { DEFAULTS } from '../../../bench/settings.js';
import { processesWith, runReal, type Outcome } from '../real.js';
import { isRoot, noFuse, withDirectory } from './host.js';

const NOBODY = 65534;
const FILES = 250;
const QUICK = { ...DEFAULTS, orders: ['deps'], batches: [0], workers: 64, rounds: 3, seed: 1 } satisfies Partial<RunSettings>;
const skipFuse = await noFuse();
const skipImage = await noImage();

async function noImage(): Promise<string | false> {
  if (!isRoot) return 'only root can mount an image';
  return withDirectory(async (dir) => {
    try {
      await (await ImageStorage.open({ dir, writable: false })).close();
      return false;
    } catch (error) {
      return (error as Error).message;
    }
  });
}

async function runStats(settings: Partial<RunSettings>, launch: Parameters<typeof runReal>[1] = {}): Promise<Outcome> {
  return withDirectory(async (dir) => {
    const file = path.join(dir, 'stats.strace');
    writeFileSync(file, statLog(FILES), { mode: 0o644 });
    chmodSync(dir, 0o755);
    return runReal({ ...QUICK, ...settings, file }, launch);
  });
}

/** As read from a file: checked against the schema and its digest. */
function checked({ result, error, left }: Outcome): ResultDocument {
  assert.equal(error, null);
  assert.deepEqual(left, []);
  const document = parseResult(JSON.stringify(result), 'result');
  for (const arm of document.arms) assert.equal(arm.divergences, 0);
  return document;
}

test('a cold image lists its root as the log has it', { skip: skipImage }, async () => {
  await withDirectory(async (dir) => {
    const file = path.join(dir, 'root.strace');
    // With room for what the sandbox itself has there, its marker and the directory to start in.
    writeFileSync(file, [
      '1 openat(AT_FDCWD, "/", O_RDONLY|O_DIRECTORY) = 3',
      '1 getdents64(3, 0x55d0c0de /* 12 entries */, 32768) = 328',
      '1 getdents64(3, 0x55d0c0de /* 0 entries */, 32768) = 0',
      '1 close(3) = 0',
      '1 newfstatat(AT_FDCWD, "/a", {st_mode=S_IFREG|0644, st_size=5, ...}, 0) = 0',
      '1 +++ exited with 0 +++', '',
    ].join('\n'));
    const { arms } = checked(await runReal({ ...QUICK, engines: ['serial'], cache: 'cold', rounds: 1, file }));
    assert.equal(arms[0].calls, 5);
  });
});

test('--latency: cold passes ask for every name, and the ring waits for many at once', { skip: skipFuse }, async () => {
  const { arms, conditions, comparisons, verdict } = checked(await runStats({ latencyNs: 2e6, cache: 'cold' }));
  assert.equal(conditions.storage?.kind, 'latency');
  assert.equal(conditions.storage.latencyNs, 2e6);
  assert.ok(conditions.storage.servedNs!.mean >= 0.99 * 2e6);
  for (const arm of arms) {
    assert.equal(arm.cache, 'cold');
    assert.equal(arm.storage?.passes, 4);
    assert.ok(arm.storage.requests!.lookup >= FILES);
  }
  // At least FILES times the latency, one after another.
  assert.ok(arms[0].wallNs.median > FILES * 2e6);
  assert.ok(comparisons[0].speedup.median > 2, `${comparisons[0].speedup.median}`);
  assert.match(verdict, /^With a cold cache and 2 ms per lookup and read, /);
});

test('--latency as an ordinary user, in a user namespace', { skip: skipFuse !== false ? skipFuse : isRoot ? false : 'only root can become another user' }, async () => {
  const outcome = await runStats({ latencyNs: 1e6, cache: 'cold', engines: ['serial'] }, { uid: NOBODY });
  if (outcome.error?.code === 'UR_NO_LATENCY') {
    assert.notEqual(outcome.error.remedy, null);
    return;
  }
  const { conditions, arms } = checked(outcome);
  assert.match(conditions.storage!.how, /user namespace/);
  assert.ok(arms[0].storage!.requests!.lookup >= FILES);
});

test('--latency with --cache both: warm arms ask for nothing', { skip: skipFuse }, async () => {
  const { arms, comparisons, conditions } = checked(await runStats({ latencyNs: 1e6, cache: 'both' }));
  assert.equal(conditions.cache, 'both');
  assert.deepEqual(arms.map(({ id }) => id), ['serial@warm', 'ring/deps/all/workers=64@warm', 'serial@cold', 'ring/deps/all/workers=64@cold']);
  for (const { cache, storage } of arms) {
    if (cache === 'warm') assert.ok(!(storage!.requests!.lookup > 0));
    else assert.ok(storage!.requests!.lookup >= FILES);
  }
  assert.deepEqual(comparisons.map(({ baseline, arm }) => [baseline, arm]), [['serial@warm', 'ring/deps/all/workers=64@warm'], ['serial@cold', 'ring/deps/all/workers=64@cold']]);
});

test('--cache cold as root: an image of its own, where each stat costs a device read', { skip: skipImage }, async () => {
  const { arms, conditions } = checked(await runStats({ cache: 'cold' }));
  assert.equal(conditions.storage?.kind, 'image');
  for (const arm of arms) {
    assert.ok(arm.storage!.deviceReads!.min >= FILES, JSON.stringify(arm.storage));
    assert.equal(arm.storage!.requests, null);
  }
});

test('--cache cold as an ordinary user is refused with the way out', { skip: isRoot ? false : 'only root can become another user' }, async () => {
  const { error, left } = await runStats({ cache: 'cold' }, { uid: NOBODY });
  assert.equal(error?.code, 'UR_NO_COLD_CACHE');
  assert.match(error.message, /^--cache cold: /);
  assert.match(error.remedy ?? '', /--latency/);
  assert.deepEqual(left, []);
});

test('--latency with --live is refused', async () => {
  const { error } = await runStats({ live: true, latencyNs: 1e6 });
  assert.equal(error?.code, 'UR_USAGE');
  assert.match(error.message, /--latency.*--live/);
});

test('an interrupt in a cold run leaves nothing behind', { skip: skipFuse }, async () => {
  let stopped = false;
  const outcome = await runStats({ latencyNs: 20e6, cache: 'cold' }, {
    onProgress: (line, child) => {
      if (stopped || !line.includes('warming up')) return;
      stopped = true;
      setTimeout(() => child.kill('SIGINT'), 100);
    },
  });
  assert.equal(outcome.error?.code, 'UR_INTERRUPTED');
  assert.deepEqual(outcome.left, []);
  assert.deepEqual(processesWith('uring-latency-fs'), []);
});
