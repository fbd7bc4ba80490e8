import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import test from 'node:test';
import { Ajv } from 'ajv';
import { DOMParser } from 'linkedom';
import { flameLayout } from '../../../src/export/flame-layout.js';
import { flameHtml, flameSvg } from '../../../src/export/flamegraph.js';
import { stacksOf } from '../../../src/export/stack-formats.js';
import { callLines, fixture, withLog } from '../analysis/logs.js';
import { HOSTILE_LOG, exported, exportedText } from './collect.js';

interface Box {
  querySelector(name: string): { getAttribute(name: string): string } | null;
}

interface Speedscope {
  readonly shared: { readonly frames: readonly { readonly name: string }[] };
  readonly profiles: readonly { readonly name: string; readonly samples: number[][]; readonly weights: number[]; readonly endValue: number }[];
}

test('folded stacks: program, phase, directories, file, syscall; weights add up to the calls', async () => {
  for (const name of ['date', 'node', 'ruby']) {
    const calls = callLines(await readFile(fixture(name), 'latin1')).length;
    const lines = (await exported('folded', fixture(name))).toString().trimEnd().split('\n');
    assert.equal(lines.reduce((n, line) => n + Number(/ (\d+)$/.exec(line)![1]), 0), calls, name);
  }
  const date = (await exported('folded', fixture('date'))).toString();
  assert.match(date, /^date;locale and time zone;\/;etc\/;localtime;read 2$/m);
  assert.match(date, /^date;heap;\(memory\);brk 3$/m);
});

test('folded by time adds up to the time inside calls', async () => {
  const text = (await exported('folded', fixture('ruby'), 'time')).toString().trimEnd();
  const durations = [...(await readFile(fixture('ruby'), 'latin1')).matchAll(/ <([\d.]+)>$/gm)].reduce((sum, m) => sum + Number(m[1]), 0);
  const sum = text.split('\n').reduce((n, line) => n + Number(/ (\d+)$/.exec(line)![1]), 0);
  assert.ok(Math.abs(sum / 1e9 - durations) < 1e-6);
});

test('speedscope: valid by its own schema, both profiles add up', async () => {
  const schemaFile = join(dirname(createRequire(import.meta.url).resolve('speedscope/package.json')), 'dist/release/file-format-schema.json');
  const schema = JSON.parse(await readFile(schemaFile, 'utf8')) as object;
  const valid = new Ajv({ strict: false }).compile(schema);
  const document = JSON.parse((await exported('speedscope', fixture('ruby'))).toString()) as Speedscope;
  assert.ok(valid(document), JSON.stringify(valid.errors));
  assert.equal(document.profiles.length, 2);
  for (const profile of document.profiles) {
    assert.equal(profile.samples.length, profile.weights.length);
    assert.equal(profile.weights.reduce((a, b) => a + b, 0), profile.endValue);
    assert.ok(profile.samples.flat().every((frame) => frame < document.shared.frames.length));
  }
});

test('boxes of a flame graph: children lie within their parent and add up to it', async () => {
  const { boxes } = flameLayout(await stacksOf(fixture('ruby')), 'calls', 0);
  const byName = new Map(boxes.map((box) => [box.frames.join('\0'), box]));
  const inside = new Map<string, number>();
  for (const box of boxes.filter((b) => b.depth > 0)) {
    const parent = byName.get(box.frames.slice(0, -1).join('\0'))!;
    assert.ok(box.left >= parent.left - 1e-9 && box.left + box.width <= parent.left + parent.width + 1e-9, box.frames.join('/'));
    inside.set(parent.frames.join('\0'), (inside.get(parent.frames.join('\0')) ?? 0) + box.calls);
  }
  for (const [name, calls] of inside) assert.ok(calls <= byName.get(name)!.calls);
  assert.equal(boxes[0].calls, boxes.filter((b) => b.depth === 1).reduce((n, b) => n + b.calls, 0));
});

test('flame graph: well-formed, one title per box, nothing from outside', async () => {
  const svg = flameSvg(await stacksOf(fixture('ruby')), { by: 'calls', title: 'ruby' });
  const document = new DOMParser().parseFromString(svg, 'image/svg+xml');
  const boxes = Array.from(document.querySelectorAll('g') as Iterable<Box>);
  assert.ok(boxes.length > 50);
  assert.ok(boxes.every((g) => g.querySelector('title') !== null && Number(g.querySelector('rect')!.getAttribute('width')) >= 0));
  assert.doesNotMatch(svg, /<script|href=|url\(|@import/);
});

test('hostile names stay text in flame graphs and stacks', async () => {
  const stacks = await withLog(HOSTILE_LOG, stacksOf);
  for (const page of [flameSvg(stacks, { by: 'calls', title: '<b>' }), flameHtml(stacks, { by: 'calls', title: '</title><script>' })]) {
    assert.doesNotMatch(page, /<script>alert/);
    assert.doesNotMatch(page, /<b>/);
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(page, /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/);
    assert.equal(page.split('<script').length - 1, page.startsWith('<!doctype') ? 1 : 0);
  }
  const foldedLines = (await exportedText('folded', HOSTILE_LOG)).toString().trimEnd().split('\n');
  assert.equal(foldedLines.length, 3);
  assert.ok(foldedLines.every((line) => / \d+$/.test(line)));
});

test('a log without durations has no graph by time', async () => {
  const { refuseWithoutTimes } = await import('../../../src/export/flame-json.js');
  const stacks = await stacksOf(fixture('date'));
  assert.throws(() => { refuseWithoutTimes(stacks); }, { code: 'UR_NO_TIMES' });
});
