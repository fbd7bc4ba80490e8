import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { test } from 'node:test';
import { usageTable } from '../../../src/report/usage.js';
import { sampleArm } from '../../bench/sample-result.js';

const table = (...arms: Parameters<typeof usageTable>): string[] => stripVTControlCharacters(usageTable(...arms)).split('\n').map((line) => line.trimEnd().replace(/ {2,}/g, ' | '));

test('warm: what the process used, and no columns of storage that nobody counted', () => {
  assert.deepEqual(table([sampleArm('serial', { workersMax: null }), sampleArm('ring/trace/32', { voluntarySwitches: 412.4, majorFaults: 0.25 })]), [
    'arm | switches, own | forced | page faults | from a device | io-wq workers',
    'serial | 0 | 0.5 | 2.0 | 0 | -',
    'ring/trace/32 | 412 | 0.5 | 2.0 | 0.3 | 2',
  ]);
});

test('with storage of its own: requests, device reads and bytes, with their range where it varies', () => {
  const deviceReads = { median: 2044, min: 2040, max: 2050 };
  const cold = sampleArm('serial', { cache: 'cold', storage: { passes: 3, requests: { lookup: 2000, read: 4 }, deviceReads, deviceBytes: { median: 4096, min: 4096, max: 4096 } } });
  assert.deepEqual(table([cold, sampleArm('nop/serial', { storage: null })]), [
    'arm | switches, own | forced | page faults | from a device | io-wq workers | requests to the file system | device reads | bytes read',
    'serial | 0 | 0.5 | 2.0 | 0 | 0 | lookup 2,000, read 4 | 2,044 [2,040, 2,050] | 4.00 KiB',
    'nop/serial | 0 | 0.5 | 2.0 | 0 | 0',
  ]);
});

test('a warm pass that read from a device after all shows it', () => {
  assert.match(table([sampleArm('serial', { blocksRead: 16 })])[1], /8\.00 KiB$/);
});
