import assert from 'node:assert/strict';
import { copyFile } from 'node:fs/promises';
import test from 'node:test';
import { sideOf } from '../../../../src/analysis/diff.js';
import { logOf, reportHtml } from '../../../../src/report/html/report.js';
import { durationWithInterval, ratioWithInterval } from '../../../../src/report/units.js';
import { withLog } from '../../analysis/logs.js';
import { HOSTILE, HOSTILE_LOG } from '../../export/collect.js';
import { RESULT_LOG as LOG, resultFixture } from './fixture.js';
import { all, one, parsed, type PageNode } from './page.js';
import type { ResultDocument } from '../../../../bench/result/result.js';

async function withLogPage(): Promise<{ result: ResultDocument; page: string; document: PageNode }> {
  const result = await resultFixture();
  const page = reportHtml(result, await logOf(result, LOG));
  return { result, page, document: parsed(page) };
}

test('one file that asks for nothing, below 1.5 MB', async () => {
  const { page, document } = await withLogPage();
  assert.ok(Buffer.byteLength(page) < 1.5e6);
  assert.equal(all(document, 'script, link, iframe, object, embed, img, base').length, 0);
  assert.doesNotMatch(page.replaceAll('xmlns="http://www.w3.org/2000/svg"', ''), /https?:|url\(|@import|\son\w+=/);
});

test('verdict first, then every section that the issue of a report asks for', async () => {
  const { result, document } = await withLogPage();
  const main = one(document, 'main');
  assert.ok(main.textContent.trim().startsWith(result.verdict));
  const ids = all(document, 'main > section').map((s) => s.getAttribute('id'));
  assert.deepEqual(ids, ['speed-up', 'warnings', 'times', 'sweep', 'cost', 'requests', 'program', 'calls', 'phases', 'probes', 'files', 'ledger', 'divergences', 'host', 'repeat'].filter((id) => id !== 'warnings' || result.warnings.length > 0));
});

test('tables hold the figures of the result', async () => {
  const { result, document } = await withLogPage();
  const rows = all(one(document, '#speed-up'), 'tbody tr').map((tr) => all(tr, 'th, td').map((c) => c.textContent));
  assert.deepEqual(rows.map((r) => r.slice(0, 3)), result.comparisons.map((c) => [c.arm, ratioWithInterval(c.speedup), ratioWithInterval(c.cpuRatio)]));
  const times = all(one(document, '#times'), 'tbody tr').map((tr) => all(tr, 'th, td').map((c) => c.textContent));
  assert.deepEqual(times.map((r) => r.slice(0, 3)), result.arms.map((a) => [a.id, durationWithInterval(a.wallNs), durationWithInterval(a.cpuNs)]));
  assert.equal(all(one(document, '#ledger'), 'tbody tr').length, result.trace.ledger.length);
});

/** Largest deviation from a straight line through the first and last point, as a share of its length. */
function deviation(points: readonly (readonly [number, number])[]): number {
  const sorted = points.toSorted(([a], [b]) => a - b);
  const [x0, y0] = sorted[0];
  const [x1, y1] = sorted.at(-1)!;
  assert.ok(x1 > x0 && Math.abs(y1 - y0) > 1, 'the points do not spread');
  return Math.max(...sorted.map(([x, y]) => Math.abs((y - y0) / (y1 - y0) - (x - x0) / (x1 - x0))));
}

test('the speed-up chart: each point lies where its figure says, on a logarithmic scale', async () => {
  const { result, document } = await withLogPage();
  const circles = all(one(document, '#speed-up'), 'svg circle');
  assert.equal(circles.length, result.comparisons.length);
  const at = (c: PageNode): number => Number(c.getAttribute('cx') ?? NaN);
  assert.ok(deviation(result.comparisons.map((c, i) => [Math.log(c.speedup.median), at(circles[i])] as const)) < 0.002);
});

test('the time chart: the length of each bar is its time', async () => {
  const { result, document } = await withLogPage();
  const bars = all(one(document, '#times'), 'svg rect').map((r) => ({ width: Number(r.getAttribute('width')), title: r.textContent })).filter((b) => b.title !== '');
  assert.equal(bars.length, result.arms.length * 2);
  const expected = new Map<string, number>(result.arms.flatMap((a) => [[`${a.id}, wall`, a.wallNs.median], [`${a.id}, CPU`, a.cpuNs.median]] as const));
  const points = bars.map((bar) => [expected.get(bar.title.slice(0, bar.title.indexOf(':')))!, bar.width] as const);
  assert.ok(deviation([[0, 0], ...points]) < 0.002);
});

test('the sweep chart: one point per batch size and curve', async () => {
  const { result, document } = await withLogPage();
  const ring = result.arms.filter((a) => a.batch !== null);
  const circles = all(one(document, '#sweep'), 'svg circle');
  assert.equal(circles.length, ring.length);
  const batch = (title: string): number => Number(/, (\d+):/.exec(title)![1]);
  const points = circles.map((c) => [Math.log(batch(c.textContent)), Number(c.getAttribute('cx'))] as const);
  assert.ok(deviation(points) < 0.002);
});

test('the request chart adds up to the calls of each arm', async () => {
  const { result, document } = await withLogPage();
  const counts = all(one(document, '#requests'), 'svg rect').map((r) => Number(/: ([\d,]+),/.exec(r.textContent)?.[1]?.replaceAll(',', '') ?? 0));
  assert.equal(counts.reduce((a, b) => a + b, 0), result.arms.reduce((n, a) => n + a.calls, 0));
});

test('for screen readers and the keyboard: language, landmarks, headings, named charts, captions, headers, skip link', async () => {
  const { document } = await withLogPage();
  assert.equal(one(document, 'html').getAttribute('lang'), 'en');
  assert.equal(all(document, 'main, header, footer, nav').length, 4);
  for (const svg of all(document, 'svg')) assert.ok(svg.getAttribute('role') === 'img' && (svg.getAttribute('aria-label') ?? '').length > 20);
  for (const table of all(document, 'table')) {
    assert.notEqual(one(table, 'caption').textContent, '');
    assert.ok(all(table, 'thead th').every((th) => th.getAttribute('scope') === 'col'));
    assert.ok(all(table, 'tbody tr').every((tr) => one(tr, 'th').getAttribute('scope') === 'row'));
  }
  const ids = all(document, '[id]').map((n) => n.getAttribute('id'));
  assert.equal(new Set(ids).size, ids.length);
  for (const link of all(document, 'a')) assert.ok(ids.includes(link.getAttribute('href')!.slice(1)), link.getAttribute('href')!);
});

test('without the log, a recording, or a ring arm the report says what is missing', async () => {
  const result = await resultFixture();
  const serial = result.arms.filter((a) => a.engine === 'serial');
  const bare: ResultDocument = { ...result, arms: serial, comparisons: [], impact: null, trace: { ...result.trace, recording: null }, warnings: [], missingArms: [{ id: 'ring', reason: 'io_uring is switched off', remedy: 'sysctl kernel.io_uring_disabled=0' }] };
  const document = parsed(reportHtml(bare, null));
  assert.match(one(document, '#speed-up').textContent, /No arm ring:.*switched off.*sysctl/s);
  assert.match(one(document, '#program').textContent, /record/);
  assert.deepEqual(['calls', 'sweep', 'warnings'].map((id) => document.querySelector(`#${id}`)), [null, null, null]);
});

test('divergences are shown with line, expected and got', async () => {
  const result = await resultFixture();
  const arms = result.arms.map((arm, i) => (i === 0 ? { ...arm, divergences: 1, divergent: [{ op: 0, line: 17, what: 'errno' as const, expected: 'ENOENT', got: '0', syscall: 'openat', path: '/x' }] } : arm));
  const text = one(parsed(reportHtml({ ...result, arms: arms as ResultDocument['arms'] }, null)), '#divergences').textContent;
  assert.match(text, /17openat\/xerrnoENOENT0/);
});

test('another log than the one replayed is refused', async () => {
  const result = await resultFixture();
  await withLog('getpid() = 1\n', (other) => assert.rejects(logOf(result, other), { code: 'UR_OTHER_LOG', remedy: /python-startup/ }));
  await withLog('', async (copy) => {
    await copyFile(LOG, copy);
    assert.equal((await logOf(result, copy)).files.calls, result.trace.calls);
  });
});

test('hostile names stay text wherever they appear', async () => {
  const result = await resultFixture();
  const name = `"><script>alert(1)</script>${HOSTILE}\u202e\u0007`;
  const hostile: ResultDocument = {
    ...result,
    verdict: name,
    command: ['uring-replay', name],
    trace: { ...result.trace, file: name },
    host: { ...result.host, cpu: name, distribution: name },
    arms: result.arms.map((arm, i) => ({ ...arm, id: `${name}${i}`, divergences: 1, divergent: [{ op: 0, line: 1, what: 'errno', expected: name, got: name, syscall: name, path: name }] })) as unknown as ResultDocument['arms'],
    comparisons: result.comparisons.map((c, i) => ({ ...c, arm: `${name}${i + 1}` })),
    warnings: [{ code: 'load', message: name, remedy: name }],
  };
  const page = reportHtml(hostile, await withLog(HOSTILE_LOG, sideOf));
  const document = parsed(page);
  assert.equal(all(document, 'script').length, 0);
  assert.doesNotMatch(page, /<script/);
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(page, /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/);
});
