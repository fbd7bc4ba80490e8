import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test, type TestContext } from 'node:test';
import path from 'node:path';
import { measureWarming, WARMING_DEFAULTS, type WarmingSettings } from '../../../bench/warm/measure.js';
import { noFuse } from '../conditions/host.js';
import { ownTmpdir } from '../own-tmpdir.js';
import { assertWarming } from './schema.js';

const skip = await noFuse();
ownTmpdir();

const FILES = 20;

/** Files behind the latency (/tmp is not), a command that reads them, and a warmer that does so before. */
function scene(context: TestContext, warmer: string): WarmingSettings & { readonly dir: string } {
  const dir = mkdtempSync('/var/tmp/uring-replay-test-');
  context.after(() => { rmSync(dir, { recursive: true, force: true }); });
  mkdirSync(path.join(dir, 'files'));
  const names = Array.from({ length: FILES }, (_, i) => path.join(dir, 'files', `f${i}`));
  for (const name of names) writeFileSync(name, `${name}\n`);
  const [plan, runner] = ['plan', 'runner'].map((name) => path.join(dir, name));
  writeFileSync(plan, `${names.join('\n')}\n`);
  writeFileSync(runner, `#!/bin/sh\nplan=$1\nshift 2\n${warmer}\n`);
  chmodSync(runner, 0o755);
  return { ...WARMING_DEFAULTS, dir, log: 'my.strace', command: ['sh', '-c', `cat ${dir}/files/*; exit 3`], runner, plan, latencyNs: 100_000, rounds: 6, seed: 1 };
}

const READS_AHEAD = 'while read -r name; do cat "$name" >/dev/null & done <"$plan"; wait; exec "$@"';

test('cold and warm, behind a latency: every cold run asks for everything, no warm one for anything', { skip }, async (context) => {
  const before = readFileSync('/proc/self/mountinfo', 'utf8');
  const settings = scene(context, READS_AHEAD);
  const document = await measureWarming(settings);
  assertWarming(document);
  assert.deepEqual(document.phases.map(({ cache, rounds, stoppedBy }) => ({ cache, rounds, stoppedBy })), [
    { cache: 'cold', rounds: 6, stoppedBy: 'rounds' },
    { cache: 'warm', rounds: 6, stoppedBy: 'rounds' },
  ]);
  const [cold, warm] = document.phases;
  for (const { storage } of [cold.alone, cold.warmed]) {
    assert.equal(storage?.passes, 7);
    assert.ok((storage.requests?.['lookup'] ?? 0) > FILES && (storage.requests?.['read'] ?? 0) >= FILES, JSON.stringify(storage));
    assert.ok((storage.deviceBytes?.min ?? 0) > 0);
  }
  // The runner and its plan lie behind the latency, too.
  assert.ok((cold.warmed.storage?.requests?.['lookup'] ?? 0) > (cold.alone.storage?.requests?.['lookup'] ?? 0));
  for (const { storage } of [warm.alone, warm.warmed]) {
    const { lookup = 0, read = 0, readdir = 0 } = storage?.requests ?? {};
    assert.deepEqual({ lookup, read, readdir }, { lookup: 0, read: 0, readdir: 0 });
  }
  for (const arm of [cold.alone, cold.warmed, warm.alone, warm.warmed]) assert.equal(arm.wallNs.samples.length, 6);
  assert.match(document.verdict, /^With a cold cache and 100 us per lookup and read, .* Once everything is cached, /);
  assert.equal(readFileSync('/proc/self/mountinfo', 'utf8'), before, 'no mount is left');
});

test('a warmer that ends the command in another way is refused', { skip }, async (context) => {
  const settings = scene(context, 'exit 0');
  await assert.rejects(measureWarming({ ...settings, cache: 'cold' }), { code: 'UR_OTHER_END' });
});

test('warm on the disks as they are needs neither privileges nor FUSE, and leaves nothing behind', async (context) => {
  const settings = scene(context, READS_AHEAD);
  const left = readdirSync('/var/tmp').length;
  const document = await measureWarming({ ...settings, cache: 'warm', latencyNs: null });
  assertWarming(document);
  assert.equal(document.storage, null);
  assert.deepEqual(document.phases.map(({ cache, alone }) => ({ cache, storage: alone.storage })), [{ cache: 'warm', storage: null }]);
  assert.ok(readdirSync('/var/tmp').length <= left);
});

test('a command that is not there', async (context) => {
  const settings = scene(context, READS_AHEAD);
  await assert.rejects(measureWarming({ ...settings, cache: 'warm', latencyNs: null, command: [path.join(settings.dir, 'none')] }), { code: 'UR_NO_COMMAND' });
  await assert.rejects(measureWarming({ ...settings, command: [] }), { code: 'UR_USAGE' });
});

test('without privileges there is no cold disk', async (context) => {
  const { openStage } = await import('../../../bench/warm/stage.js');
  context.diagnostic('as an ordinary user');
  await assert.rejects(openStage({ latencyNs: null, cold: true }, false), { code: 'UR_NO_COLD_CACHE', message: /only root/ });
});
