/** A result as `run` wrote it, and the log that it is of. */
import { readFile } from 'node:fs/promises';
import type { ResultDocument } from '../../../../bench/result/result.js';

const file = (name: string): string => new URL(`../../../../../test/fixtures/${name}`, import.meta.url).pathname;

export const RESULT_LOG = file('python-startup.strace');

/** Not through readResult, which refuses what an older version wrote: what a report needs must be in it all the same. */
export async function resultFixture(): Promise<ResultDocument> {
  return JSON.parse(await readFile(file('results/python-startup.json'), 'utf8')) as ResultDocument;
}
