/** Whether a document is one of `uring-replay/warming@1`. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { RESULT_SCHEMA_URL } from '../../../bench/result/read-result.js';

const read = (url: URL): object => JSON.parse(readFileSync(url, 'utf8')) as object;
const ajv = new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true }).addSchema(read(RESULT_SCHEMA_URL));
const validate = ajv.compile(read(new URL('warming.schema.json', RESULT_SCHEMA_URL)));

export function assertWarming(document: unknown): void {
  assert.ok(validate(JSON.parse(JSON.stringify(document))), JSON.stringify(validate.errors));
}

export function refusesWarming(document: unknown): boolean {
  return !validate(document);
}
