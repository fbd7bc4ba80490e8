import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { renderWarming } from '../../../src/report/warming.js';
import { samplePhase, sampleWarming } from '../../bench/warm/sample-warming.js';

const lines = (document = sampleWarming()): string[] => stripVTControlCharacters(renderWarming(document)).split('\n').map((line) => line.trimEnd());

test('both states of the cache, what was asked of the storage, and the verdict at the end', () => {
  const text = lines();
  assert.equal(text[0], 'python3 -c import json: without and with warming by python.strace');
  assert.ok(text.some((line) => /^cold cache +without +with +paired$/.test(line)));
  assert.ok(text.some((line) => /^wall +350 ms \[\d+, \d+\] +50\.0 ms \[.*\] +7\.00x \[6\.93, 7\.07\] as fast, -300 ms \[.*\]$/.test(line)), text.join('\n'));
  assert.ok(text.some((line) => /^CPU .* 1\.100x \[.*\] the CPU time$/.test(line)));
  assert.ok(text.some((line) => /^read +7\.63 MiB +7\.63 MiB$/.test(line)));
  assert.ok(text.some((line) => /^requests +lookup 131, read 130 +lookup 131, read 130$/.test(line)));
  assert.ok(text.some((line) => /^wall .* \+2\.50 ms \[.*\]$/.test(line)));
  assert.equal(text.at(-2), sampleWarming().verdict);
});

test('on the disks as they are nothing is said of the storage', () => {
  const phase = samplePhase('warm', 1, 'same');
  const none = { ...phase.alone, storage: null };
  const text = lines(sampleWarming({ storage: null, phases: [{ ...phase, alone: none, warmed: none }] }));
  assert.ok(text.includes('on the disks as they are'));
  assert.ok(text.some((line) => /^read +- +-$/.test(line)));
});
