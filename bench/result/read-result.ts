/** Reads result files back, refusing what `run` did not write. */
import { readFile } from 'node:fs/promises';
import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';
import { UringReplayError } from '../../replay/errors.js';
import { digestOf } from './digest.js';
import { RESULT_SCHEMA, type ResultDocument } from './result.js';

/** The schema as shipped, beside the sources. */
export const RESULT_SCHEMA_URL = new URL('../../../bench/result.schema.json', import.meta.url);

const FORMAT = /^uring-replay\/result@/;

/** Rejects with UR_NO_SUCH_RESULT, UR_NOT_A_RESULT, UR_RESULT_VERSION, UR_BAD_RESULT or UR_RESULT_EDITED. */
export async function readResult(file: string): Promise<ResultDocument> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    throw new UringReplayError('UR_NO_SUCH_RESULT', `${file}: cannot be read: ${(error as Error).message}`, null, { cause: error });
  }
  return parseResult(text, file);
}

/** `name`: for messages. */
export function parseResult(text: string, name: string): ResultDocument {
  const document = parseJson(text, name);
  const { schema } = document as { schema?: unknown };
  if (typeof schema !== 'string' || !FORMAT.test(schema)) {
    throw new UringReplayError('UR_NOT_A_RESULT', `${name}: not a result of uring-replay (no member "schema" that says so)`, REMEDY_FILE);
  }
  if (schema !== RESULT_SCHEMA) {
    throw new UringReplayError(
      'UR_RESULT_VERSION',
      `${name}: its format is ${schema}, this version reads ${RESULT_SCHEMA}`,
      'Use the version of uring-replay that wrote it, or measure again.',
    );
  }
  const validate = validator();
  if (!validate(document)) {
    throw new UringReplayError('UR_BAD_RESULT', `${name}: ${complaint(validate.errors?.[0])}`, REMEDY_EDITED);
  }
  const result = document as ResultDocument;
  if (digestOf(result) !== result.digest) {
    throw new UringReplayError('UR_RESULT_EDITED', `${name}: was changed after it was measured (its digest does not match)`, REMEDY_EDITED);
  }
  return withLaterMembers(result);
}

/** Members of this format that came after its first files, as those files mean them. */
function withLaterMembers(result: ResultDocument): ResultDocument {
  return {
    ...{ pilot: null },
    ...result,
    host: { ...{ turbo: null }, ...result.host },
    arms: result.arms.map((arm) => ({ ...{ leftOut: null, affinity: arm.workers === null ? null : 'any' as const }, ...arm })),
  };
}

const REMEDY_FILE = 'Give a file that "uring-replay run --json FILE" wrote.';
const REMEDY_EDITED = 'Use the file as "uring-replay run --json FILE" wrote it, or measure again.';

function parseJson(text: string, name: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new UringReplayError('UR_NOT_A_RESULT', `${name}: not JSON: ${(error as Error).message}`, REMEDY_FILE, { cause: error });
  }
  if (typeof value !== 'object' || value === null) {
    throw new UringReplayError('UR_NOT_A_RESULT', `${name}: not a result of uring-replay (a JSON ${typeof value})`, REMEDY_FILE);
  }
  return value;
}

let compiled: ValidateFunction | null = null;

function validator(): ValidateFunction {
  compiled ??= new Ajv2020({ strict: true, strictTypes: false, allowUnionTypes: true }).compile(
    JSON.parse(readFileSync(RESULT_SCHEMA_URL, 'utf8')) as object,
  );
  return compiled;
}

function complaint(error: ErrorObject | undefined): string {
  if (error === undefined) return 'does not match the schema';
  const where = error.instancePath === '' ? 'the document' : error.instancePath.slice(1).replaceAll('/', '.');
  const extra = 'additionalProperty' in error.params ? ` (${String(error.params['additionalProperty'])})` : '';
  return `${where} ${error.message ?? 'is wrong'}${extra}`;
}
