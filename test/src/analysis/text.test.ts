import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { jsonPath, safeJson, shown } from '../../../src/analysis/text.js';

const latin1 = (text: string): string => Buffer.from(text).toString('latin1');
const anyBytes = fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes).toString('latin1'));

test('what is shown is readable where that is safe', () => {
  assert.equal(shown('/usr/lib/x'), '/usr/lib/x');
  assert.equal(shown(latin1('/home/zoë/データ')), '/home/zoë/データ');
  assert.equal(shown('/a\nb\t\\'), '/a\\nb\\t\\\\');
  assert.equal(shown('/\x1b[31m\xff'), '/\\x1b[31m\\xff');
  assert.equal(shown(latin1('/a\u202egnp.exe')), '/a\\u{202e}gnp.exe');
});

test('any bytes are shown without control, bidirectional or invisible characters, and no two alike', () => {
  fc.assert(
    fc.property(anyBytes, anyBytes, (a, b) => {
      // eslint-disable-next-line no-control-regex
      assert.doesNotMatch(shown(a), /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
      assert.equal(shown(a) === shown(b), a === b);
    }),
    { numRuns: 2000 },
  );
});

test('JSON keeps every byte', () => {
  fc.assert(
    fc.property(anyBytes, (path) => {
      const back = JSON.parse(safeJson(jsonPath(path))) as string | { bytes: string };
      const bytes = typeof back === 'string' ? Buffer.from(back) : Buffer.from(back.bytes, 'base64');
      assert.equal(bytes.toString('latin1'), path);
    }),
    { numRuns: 2000 },
  );
});

test('JSON is harmless when printed, and the same document', () => {
  const value = { text: 'a\u202eb\u{e0001}\u2028\ud83d\ude00 \u0000' };
  assert.deepEqual(JSON.parse(safeJson(value, 2)), value);
  // eslint-disable-next-line no-control-regex
  assert.doesNotMatch(safeJson(value, 2), /[\u0000-\u0009\u202e\u2028\u{e0001}]/u);
});
