/** Reports and flame graphs in a real Chromium. `npm run test:browser`; SCREENSHOTS=DIR keeps pictures. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { sideOf } from '../../src/analysis/diff.js';
import { flameHtml } from '../../src/export/flamegraph.js';
import { stacksOf } from '../../src/export/stack-formats.js';
import { comparePage } from '../../src/report/html/compare-page.js';
import { reportHtml } from '../../src/report/html/report.js';
import { threeResults } from '../src/report/html/compare-results.js';
import { RESULT_LOG, resultFixture } from '../src/report/html/fixture.js';
import { fixture, withLog } from '../src/analysis/logs.js';
import { HOSTILE, HOSTILE_LOG } from '../src/export/collect.js';
import { browserPath, picture, visit } from './chromium.js';
import type { ResultDocument } from '../../bench/result/result.js';

const skip = browserPath() === null ? 'no Chromium here (apt-get install chromium)' : false;

let dir = '';
before(async () => { dir = await mkdtemp(join(tmpdir(), 'pages-')); });
after(async () => { await rm(dir, { recursive: true, force: true }); });

async function saved(name: string, page: string): Promise<string> {
  const path = join(dir, name);
  await writeFile(path, page);
  return pathToFileURL(path).href;
}

async function reportUrl(): Promise<string> {
  const result = await resultFixture();
  return saved('report.html', reportHtml(result, await sideOf(RESULT_LOG)));
}

for (const colorScheme of ['light', 'dark'] as const) {
  test(`the report in ${colorScheme}: no request, no error, every chart and table visible`, { skip }, async () => {
    await visit(await reportUrl(), { colorScheme }, async ({ page, errors, requests }) => {
      assert.deepEqual(errors, []);
      assert.deepEqual(requests, []);
      const charts = await page.locator('svg.plot').evaluateAll((svgs) => svgs.map((svg) => (svg as unknown as { getBoundingClientRect(): { width: number; height: number } }).getBoundingClientRect()));
      assert.ok(charts.length >= 7);
      assert.ok(charts.every(({ width, height }) => width > 400 && height > 100));
      const contrast = await page.evaluate('getComputedStyle(document.body).backgroundColor + getComputedStyle(document.body).color');
      assert.equal(contrast, colorScheme === 'light' ? 'rgb(255, 255, 255)rgb(27, 29, 34)' : 'rgb(21, 23, 28)rgb(230, 232, 236)');
      await picture(page, `report-${colorScheme}`);
    });
  });
}

test('the figures on the page are those of the result', { skip }, async () => {
  const result = await resultFixture();
  await visit(await reportUrl(), {}, async ({ page }) => {
    assert.equal(await page.locator('.verdict').innerText(), result.verdict);
    assert.equal(await page.locator('#speed-up circle').count(), result.comparisons.length);
    const labels = await page.locator('#speed-up svg').getAttribute('aria-label');
    for (const { arm, speedup } of result.comparisons) assert.ok(labels!.includes(`${arm} ${speedup.median.toFixed(speedup.median >= 2 ? 2 : 3)}x`));
  });
});

test('without scripts the page is the same', { skip }, async () => {
  const url = await reportUrl();
  const text = (javaScript: boolean): Promise<string> => visit(url, { javaScript }, ({ page }) => page.locator('main').innerText());
  assert.equal(await text(false), await text(true));
});

test('by keyboard: the skip link comes first and leads to the report', { skip }, async () => {
  await visit(await reportUrl(), {}, async ({ page }) => {
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the report');
    await page.keyboard.press('Enter');
    assert.match(page.url(), /#main$/);
  });
});

test('a narrow screen scrolls down, never sideways', { skip }, async () => {
  await visit(await reportUrl(), { width: 390, height: 800 }, async ({ page }) => {
    assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
    await picture(page, 'report-narrow');
  });
});

test('on paper: black on white, no navigation, more than one page', { skip }, async () => {
  await visit(await reportUrl(), { colorScheme: 'dark' }, async ({ page }) => {
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
    assert.equal(await page.locator('nav').isVisible(), false);
    const pdf = await page.pdf({ format: 'A4' });
    assert.equal(pdf.subarray(0, 5).toString(), '%PDF-');
    await picture(page, 'report-print');
  });
});

test('hostile names run nothing and stay readable', { skip }, async () => {
  const result = await resultFixture();
  const name = `"><script>document.title='owned'</script><img src=x onerror="document.title='owned'">`;
  const hostile: ResultDocument = { ...result, verdict: name, trace: { ...result.trace, file: name }, comparisons: result.comparisons.map((c, i) => ({ ...c, arm: `${name}${i}` })) };
  const page1 = await saved('hostile.html', reportHtml(hostile, await withLog(HOSTILE_LOG, sideOf)));
  const page2 = await saved('hostile-flame.html', flameHtml(await withLog(HOSTILE_LOG, stacksOf), { by: 'calls', title: `${name}${HOSTILE}` }));
  for (const url of [page1, page2]) {
    await visit(url, {}, async ({ page, errors, requests }) => {
      assert.deepEqual(errors, []);
      assert.deepEqual(requests, []);
      assert.notEqual(await page.title(), 'owned');
      assert.ok((await page.locator('body').innerText()).includes('<script>'));
    });
  }
});

for (const colorScheme of ['light', 'dark'] as const) {
  test(`results side by side in ${colorScheme}: no request, no error, charts visible, wide and narrow, with and without scripts`, { skip }, async () => {
    const name = `"><script>document.title='owned'</script>`;
    const url = await saved('compare.html', comparePage(threeResults(name), '1'));
    const texts: string[] = [];
    for (const [width, javaScript] of [[1280, true], [1280, false], [390, true]] as const) {
      await visit(url, { colorScheme, width, javaScript }, async ({ page, errors, requests }) => {
        assert.deepEqual([errors, requests], [[], []]);
        assert.notEqual(await page.title(), 'owned');
        assert.equal(await page.locator('svg.plot').count(), 3);
        for (const svg of await page.locator('svg.plot').all()) assert.ok((await svg.boundingBox())!.height > 40);
        if (javaScript) assert.ok(await page.evaluate('document.documentElement.scrollWidth <= innerWidth'));
        if (width === 1280) texts.push(await page.locator('main').innerText());
        if (javaScript) await picture(page, `compare-${colorScheme}-${width}`);
      });
    }
    assert.equal(texts[0], texts[1]);
    assert.ok(texts[0].includes('<script>'));
  });
}

test('results side by side on paper: black on white, no navigation', { skip }, async () => {
  await visit(await saved('compare-print.html', comparePage(threeResults(), '1')), { colorScheme: 'dark' }, async ({ page }) => {
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(255, 255, 255)');
    assert.equal(await page.locator('nav').isVisible(), false);
    assert.equal((await page.pdf({ format: 'A4' })).subarray(0, 5).toString(), '%PDF-');
  });
});

test('a flame graph zooms, searches and goes back, by mouse and by keyboard', { skip }, async () => {
  const url = await saved('flame.html', flameHtml(await stacksOf(fixture('ruby')), { by: 'calls', title: 'ruby' }));
  await visit(url, {}, async ({ page, errors, requests }) => {
    assert.deepEqual([errors, requests], [[], []]);
    const box = page.locator('g[data-n="modules"]').first();
    const width = async (): Promise<number> => Number(await box.locator('rect').getAttribute('width'));
    const before = await width();
    await box.click();
    assert.ok((await width()) > before);
    await page.keyboard.press('Escape');
    assert.ok(Math.abs((await width()) - before) < 0.1);
    await box.focus();
    await page.keyboard.press('Enter');
    assert.ok((await width()) > before);
    await page.fill('#search', 'json.rb');
    assert.ok((await page.locator('g.found').count()) >= 1);
    await picture(page, 'flame');
  });
});
