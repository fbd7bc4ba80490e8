import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOf } from '../../../bench/result/digest.js';
import { parseResult, readResult } from '../../../bench/result/read-result.js';
import { sampleResult } from '../sample-result.js';

type Json = Record<string, unknown>;
const clone = (): Json => JSON.parse(JSON.stringify(sampleResult())) as Json;
const sealed = (document: Json): string => JSON.stringify({ ...document, digest: digestOf(document as never) });

test('a result is read back as it was, pretty-printed or with its members in another order', () => {
  const result = sampleResult();
  assert.deepEqual(parseResult(JSON.stringify(result, null, 2), 'r'), result);
  assert.deepEqual(parseResult(JSON.stringify(Object.fromEntries(Object.entries(result).reverse())), 'r'), result);
});

test('the schema is exact: every member must be there, and no other may', () => {
  /** Each object of the document, reached through `path`, so that it can be changed in a copy. */
  const walk = (value: unknown, path: readonly (string | number)[]): void => {
    if (Array.isArray(value)) {
      value.forEach((item, i) => { walk(item, [...path, i]); });
    } else if (typeof value === 'object' && value !== null) {
      const where = path.join('.');
      if (OPEN.test(where)) return;
      for (const key of Object.keys(value)) {
        if ((where === '' && (key === 'schema' || key === 'digest')) || LATER.has(key)) continue;
        const document = clone();
        Reflect.deleteProperty(at(document, path), key);
        assert.throws(() => parseResult(sealed(document), 'r'), { code: 'UR_BAD_RESULT' }, `without ${where}.${key}`);
      }
      const document = clone();
      at(document, path)['surprise'] = 1;
      assert.throws(() => parseResult(sealed(document), 'r'), { code: 'UR_BAD_RESULT', message: /surprise/ }, `surprise in ${where}`);
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
    }
  };
  /** Maps with keys of their own: opcodes, vulnerabilities, statistics, ... */
  const OPEN = /mitigations|ioUring|versions|passesPerRound|inline|punted|direct$|statistics|engineNotes|settings/;
  const LATER = new Set(['pilot', 'turbo', 'leftOut', 'affinity']);
  walk(sampleResult(), []);
});

function at(document: Json, path: readonly (string | number)[]): Json {
  return path.reduce<Json>((value, key) => value[key] as Json, document);
}

test('files from before a member came are read, and mean what null means', () => {
  const document = clone();
  Reflect.deleteProperty(document, 'pilot');
  Reflect.deleteProperty(document['host'] as Json, 'turbo');
  for (const arm of document['arms'] as Json[]) for (const member of ['leftOut', 'affinity']) Reflect.deleteProperty(arm, member);
  const { pilot, host, arms } = parseResult(sealed(document), 'r');
  assert.deepEqual(arms.map(({ affinity }) => affinity), arms.map(({ workers }) => (workers === null ? null : 'any')));
  assert.deepEqual([pilot, host.turbo, ...arms.map(({ leftOut }) => leftOut)], [null, null, ...arms.map(() => null)]);
});

test('an edited figure is noticed', () => {
  const document = clone();
  (document['comparisons'] as { speedup: { median: number } }[])[0].speedup.median = 2;
  assert.throws(() => parseResult(JSON.stringify(document), 'mine.json'), { code: 'UR_RESULT_EDITED', message: /^mine\.json: was changed/ });
});

test('another version, another format, no JSON and no file have errors of their own', async () => {
  assert.throws(() => parseResult('{"schema":"uring-replay/result@2"}', 'r'), { code: 'UR_RESULT_VERSION', message: /result@2.*result@1/ });
  for (const text of ['{"schema":"other@1"}', '[]', 'null', '3', '', '\0\0', '{"schema":']) {
    assert.throws(() => parseResult(text, 'r'), { code: 'UR_NOT_A_RESULT' }, JSON.stringify(text));
  }
  await assert.rejects(readResult('/nowhere/r.json'), { code: 'UR_NO_SUCH_RESULT', message: /nowhere.*ENOENT/ });
  await assert.rejects(readResult('/'), { code: 'UR_NO_SUCH_RESULT' });
});
