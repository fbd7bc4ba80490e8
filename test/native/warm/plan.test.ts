import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { HEADER, HEADER_BYTES, RECORD, RECORD_BYTES, RANGE_BYTES } from '../../../replay/warm/format.js';
import { encodeWarmPlan } from '../../../replay/warm/encode.js';
import type { WarmReport } from '../../../bench/warm/runner.js';
import { LOOKUP, READ, runWarmer, scratch, unknownName } from './plans.js';

const dir = scratch();
const tree = path.join(dir, 'tree');
mkdirSync(path.join(tree, 'sub'), { recursive: true });
writeFileSync(path.join(tree, 'file'), 'x'.repeat(10_000));
const valid = encodeWarmPlan([
  { ...READ, path: '/file', ranges: [{ offset: 0, bytes: 100 }, { offset: 5000, bytes: 9999 }], size: 10_000, type: 'file' },
  { ...LOOKUP, path: '/sub', list: true }, { ...LOOKUP, path: '/sub/../file', execute: true }, { ...unknownName('/') },
]);
const file = path.join(dir, 'mutated.plan');

function refusal(bytes: Uint8Array): string {
  writeFileSync(file, bytes);
  const { status, stderr, signal } = runWarmer(['--root', tree, file]);
  assert.equal(status, 2, `${signal ?? 'taken'}: ${stderr}`);
  assert.match(stderr, /^uring-warm: .*\n {2}Compile it again/);
  return stderr;
}

function changed(at: number, value: number | bigint): Uint8Array {
  const bytes = Uint8Array.from(valid);
  const view = new DataView(bytes.buffer);
  if (typeof value === 'bigint') view.setBigUint64(at, value, true);
  else view.setUint32(at, value, true);
  return bytes;
}

test('a damaged plan is refused with what is wrong and where', () => {
  const record = (index: number, field: number): number => HEADER_BYTES + index * RECORD_BYTES + field;
  const ranges = HEADER_BYTES + 4 * RECORD_BYTES;
  const arena = ranges + 2 * RANGE_BYTES;
  const relative = Uint8Array.from(valid);
  relative[arena] = 0x61;
  const endless = Uint8Array.from(valid);
  endless.fill(0x2f, arena);
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(0), /0 bytes/],
    [valid.subarray(0, HEADER_BYTES - 1), /39 bytes/],
    [valid.subarray(0, valid.length - 1), /sections of \d+ bytes in a file of/],
    [changed(HEADER.magic, 7), /does not begin as a plan does/],
    [changed(HEADER.version, 9), /version 9, known is 1/],
    [changed(HEADER.recordBytes, 32), /records of 32 bytes/],
    [changed(HEADER.recordCount, 0xffffffff), /4294967295 records/],
    [changed(HEADER.rangeCount, 0xffffffff), /4294967295 ranges/],
    [changed(HEADER.arenaBytes, 2n ** 63n), /bytes of paths/],
    [changed(HEADER.recordCount, 3), /sections of/],
    [changed(record(1, RECORD.path), 0xffffff), /record 1: its path is outside of the paths/],
    [endless, /record 0: its path has no end/],
    [relative, /record 0: its path is not absolute/],
    [changed(record(2, RECORD.flags), 0x20), /record 2: unknown flags 32/],
    [changed(record(2, RECORD.flags), 0x60000), /record 2: unknown type 6/],
    [changed(record(0, RECORD.rangeStart), 1), /record 0: its ranges are outside/],
    [changed(record(0, RECORD.rangeCount), 0xffffffff), /record 0: its ranges are outside/],
    [changed(ranges, 2n ** 63n), /range 0: it ends beyond any file/],
    [changed(ranges + 8, 2n ** 63n - 1n + 5n), /range 0: it ends beyond any file/],
  ];
  for (const [bytes, message] of cases) assert.match(refusal(bytes), message);
});

test('--check names what has changed, without control characters', () => {
  writeFileSync(file, encodeWarmPlan([{ ...READ, path: '/file', type: 'file', size: 1 }, { ...LOOKUP, path: '/gone\x1b[31m', type: 'directory' }, { ...LOOKUP, path: '/sub', type: 'absent' }, { ...LOOKUP, path: '/' }]));
  const { status, stdout } = runWarmer(['--check', '--root', tree, file]);
  assert.deepEqual([status, stdout], [1, 'size /file\nvanished /gone\\x1b[31m\nappeared /sub\n']);
});

test('what is no file is refused: a directory, a FIFO, a device', () => {
  for (const name of [tree, '/dev/zero', '/nowhere']) assert.equal(runWarmer([name]).status, 2, name);
});

test('mutated plans: refused, or carried out; never a crash, and never anything outside of the root', () => {
  let state = 20260101;
  const random = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  let taken = 0;
  for (let i = 0; i < 400; i++) {
    const bytes = i % 20 === 0 ? new Uint8Array(random() % 400) : Uint8Array.from(valid);
    const changes = i % 20 === 0 ? bytes.length : 1 + (random() % 3);
    for (let k = 0; k < changes && bytes.length > 0; k++) bytes[random() % bytes.length] = random() & 0xff;
    writeFileSync(file, bytes);
    const { status, signal, stdout, stderr } = runWarmer(['--root', tree, '--budget', '2s', '--report', '-', file]);
    assert.ok(status === 0 || status === 2, `mutation ${i}: status ${status}, ${signal}: ${stderr}`);
    const report = JSON.parse(stdout) as WarmReport;
    assert.equal(report.error === null, status === 0);
    if (status === 0) taken++;
    assert.ok((report.bytes ?? 0) <= 20_000);
  }
  assert.ok(taken > 20, `${taken} of the mutations are still valid plans`);
});
