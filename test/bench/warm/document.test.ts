import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sampleWarming } from './sample-warming.js';
import { assertWarming, refusesWarming } from './schema.js';

test('the schema is exact: every member must be there, and no other may', () => {
  const document = sampleWarming();
  assertWarming(document);
  for (const key of Object.keys(document)) {
    assert.ok(refusesWarming(Object.fromEntries(Object.entries(document).filter(([other]) => other !== key))), key);
  }
  const [phase] = document.phases;
  for (const key of Object.keys(phase)) {
    assert.ok(refusesWarming({ ...document, phases: [Object.fromEntries(Object.entries(phase).filter(([other]) => other !== key))] }), key);
  }
  assert.ok(refusesWarming({ ...document, more: 1 }));
  assert.ok(refusesWarming({ ...document, phases: [] }));
});
