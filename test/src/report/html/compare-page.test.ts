import assert from 'node:assert/strict';
import test from 'node:test';
import { comparePage } from '../../../../src/report/html/compare-page.js';
import { armRows, differenceRows } from '../../../../src/report/compare-rows.js';
import { ratioWithInterval } from '../../../../src/report/units.js';
import { all, one, parsed } from './page.js';
import { threeResults } from './compare-results.js';

const comparison = threeResults();
const page = comparePage(comparison, '1.2.3');
const document = parsed(page);

test('one file that asks for nothing', () => {
  assert.ok(Buffer.byteLength(page) < 1.5e6);
  assert.equal(all(document, 'script, link, iframe, object, embed, img, base').length, 0);
  assert.doesNotMatch(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', ''), /https?:|url\(|@import|\son\w+=/);
});

test('the verdict of each result, of its colour', () => {
  const verdicts = all(document, '#verdicts p.verdict');
  assert.deepEqual(verdicts.map((p) => p.textContent), ['No.', 'Yes.', 'No.']);
  assert.deepEqual(verdicts.map((p) => p.getAttribute('class')), ['verdict slower', 'verdict faster', 'verdict slower']);
  const cells = all(document, '#verdicts tbody tr').map((row) => all(row, 'th, td').map((cell) => cell.textContent));
  assert.deepEqual(cells, [['ring/trace/32', 'slower', '-', 'slower'], ['ring/deps/all', '-', 'faster', '-']]);
});

test('charts hold the figures of the comparison, and say them', () => {
  const cells = comparison.arms.flatMap((arm) => arm.cells.filter((cell) => cell !== null));
  const speedups = cells.flatMap(({ speedup }) => speedup ?? []);
  assert.equal(all(document, '#speed-up circle').length, speedups.length);
  const label = one(document, '#speed-up svg').getAttribute('aria-label')!;
  for (const speedup of speedups) assert.ok(label.includes(ratioWithInterval(speedup)), ratioWithInterval(speedup));
  assert.equal(all(document, '#times rect').length, cells.length);
  assert.equal(all(document, '#first circle').length, cells.filter(({ toFirst }) => toFirst !== null).length);
});

test('tables say what the text of compare says', () => {
  const rows = (selector: string): string[][] => all(document, `${selector} tbody tr`).map((row) => all(row, 'th, td').map((cell) => cell.textContent));
  assert.deepEqual(rows('#arms'), armRows(comparison));
  assert.deepEqual(rows('#differences'), differenceRows(comparison));
  assert.ok(rows('#differences').some(([setting, , b]) => setting === 'host.cpu' && b === 'Another, "fast" | CPU'));
  assert.equal(rows('#results').length, 3);
});

test('results that differ in nothing and compare nothing still make a page', () => {
  const { arms, results, ...rest } = comparison;
  const serial = arms.filter(({ id }) => id === 'serial').map(({ id, cells }) => ({ id, cells: cells.slice(0, 2) }));
  const plain = parsed(comparePage({ ...rest, results: results.slice(0, 2), differences: [], arms: serial }, '1'));
  assert.match(one(plain, '#differences').textContent, /No setting .* differs/);
  assert.match(one(plain, '#speed-up').textContent, /No result compares arms/);
});

test('hostile names stay text', () => {
  const hostile = comparePage(threeResults('"><script>alert(1)</script>\u202e'), '1');
  assert.doesNotMatch(hostile, /<script|\u202e/);
  assert.ok(one(parsed(hostile), 'main').textContent.includes('"><script>alert(1)</script>\\u{202e}'));
});
