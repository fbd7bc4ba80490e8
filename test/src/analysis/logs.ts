/** Logs for the tests of the analyses. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { analyse, type Analysis } from '../../../src/analysis/analyse.js';

export const fixture = (name: string): string => new URL(`../../../../test/fixtures/programs/${name}.strace`, import.meta.url).pathname;

/** Runs `analysis` over the text of a log (latin1) and returns it. */
export async function over<T extends Analysis>(analysis: T, log: string): Promise<T> {
  return withLog(log, async (file) => {
    await analyse(file, [analysis]);
    return analysis;
  });
}

export async function withLog<T>(log: string, use: (file: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'analysis-'));
  try {
    const file = join(dir, 'log.strace');
    await writeFile(file, Buffer.from(log, 'latin1'));
    return await use(file);
  } finally {
    await rm(dir, { recursive: true });
  }
}

/** Every call of a log, by a reading of its own: its name is what precedes the first parenthesis; halves put together. */
export function callLines(text: string): { name: string; line: string }[] {
  const halves = new Map<string, string>();
  return text.split('\n').flatMap((line) => {
    const match = /^(\d+) +[\d.]+ (?:<\.\.\. \w+ resumed>(.*)|(\w+)\(.*)$/.exec(line) ?? /^()()(\w+)\(/.exec(line);
    if (match === null) return [];
    const pid = match[1];
    if (line.endsWith('<unfinished ...>')) {
      halves.set(pid, line);
      return [];
    }
    const whole = match.at(3) === undefined ? halves.get(pid)! + match[2] : line;
    return [{ name: /(\w+)\(/.exec(whole)![1], line: whole }];
  });
}
