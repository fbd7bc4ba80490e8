/** Exports opened in the viewer that they are for: speedscope, from npm, in a real Chromium. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { fixture } from '../src/analysis/logs.js';
import { exported } from '../src/export/collect.js';
import { RESULT_LOG } from '../src/report/html/fixture.js';
import { browserPath, picture, visit } from './chromium.js';

const skip = browserPath() === null ? 'no Chromium here (apt-get install chromium)' : false;
const INDEX = join(dirname(createRequire(import.meta.url).resolve('speedscope/package.json')), 'dist/release/index.html');

/** The way in which speedscope's own command line hands over a file. */
async function inSpeedscope<T>(name: string, content: Buffer, use: (text: string) => T): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'speedscope-'));
  try {
    const script = join(dir, 'profile.js');
    await writeFile(script, `speedscope.loadFileFromBase64(${JSON.stringify(name)}, ${JSON.stringify(content.toString('base64'))})`);
    const url = `${pathToFileURL(INDEX).href}#localProfilePath=${script}`;
    return await visit(url, {}, async ({ page, errors }) => {
      await page.waitForFunction(`document.title.includes(${JSON.stringify(name)}) || document.body.innerText.includes('Left Heavy')`, undefined, { timeout: 20_000 });
      await page.waitForTimeout(1000);
      assert.deepEqual(errors.filter((error) => !/GL Driver Message/.test(error)), []);
      await picture(page, name, false);
      return use(`${await page.title()}\n${await page.locator('body').innerText()}`);
    });
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

test('speedscope opens its own format: two profiles', { skip }, async () => {
  const text = await inSpeedscope('stacks', await exported('speedscope', fixture('ruby')), (shown) => shown);
  assert.match(text, /calls/);
  assert.match(text, /1\/2|\(1\/2\)/);
});

test('speedscope opens the Perfetto timeline of one process and of many', { skip }, async () => {
  assert.match(await inSpeedscope('ruby-timeline', await exported('perfetto', fixture('ruby')), (shown) => shown), /ruby/);
  assert.match(await inSpeedscope('bash-timeline', await exported('perfetto', fixture('bash')), (shown) => shown), /bash/);
});

const main = new URL('../../src/cli/main.js', import.meta.url).pathname;

test('speedscope opens the timeline of a result', { skip }, async () => {
  const dir = await mkdtemp(join(tmpdir(), 'timeline-'));
  try {
    const file = join(dir, 'result.json');
    const { status, stderr } = spawnSync(process.execPath, [main, 'run', RESULT_LOG, '--batch', '8', '--rounds', '1', '--timeline', '--json', file], { encoding: 'utf8' });
    assert.equal(status, 0, stderr);
    const text = await inSpeedscope('result-timeline', await exported('perfetto', file), (shown) => shown);
    assert.match(text, /serial: one pass/);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});

test('speedscope opens folded stacks', { skip }, async () => {
  assert.match(await inSpeedscope('folded.txt', await exported('folded', fixture('node')), (shown) => shown), /folded/);
});
