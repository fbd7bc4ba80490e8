/**
 * Writes a replay as two small C programs, one serial and one on liburing, that stand alone: with their Makefile,
 * their table of calls and the files that the calls find, so that anyone can check our figures without us.
 */
import { createWriteStream } from 'node:fs';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cannotWrite, UringReplayError } from '../../replay/errors.js';
import { makeFolders } from '../../replay/folders.js';
import type { Plan } from '../../replay/world/types.js';
import { buildTree } from '../../replay/world/tree/build.js';
import { tableText } from './c/table.js';

/** Beside this file in the sources; compiled, this file is in dist/src/export. */
const TEMPLATES = new URL('../../../src/export/c/', import.meta.url);
const CANNOT_WRITE_REMEDY = 'Name a folder that you may write to.';
const COPIED = ['common.h', 'serial.c', 'ring.c', 'Makefile'] as const;

/**
 * Writes the programs into `dir`, which must be empty or not exist. Returns the files written, relative to it;
 * `tree/` stands for the file tree. On failure `dir` is left empty. Throws UR_NOT_EMPTY, UR_CANNOT_WRITE, UR_EXPORT
 * (nothing to export, or calls that write), and what buildTree throws.
 */
export async function exportC(plan: Plan, trace: { readonly file: string }, dir: string): Promise<string[]> {
  const source = basename(trace.file);
  const table = tableText(plan.program, source);
  const head = table.next().value as string; // throws before anything is written
  await makeEmpty(dir);
  const text = (function* (): IterableIterator<string> {
    yield head;
    yield* table;
  })();
  try {
    for (const name of COPIED) await writeFile(join(dir, name), await readFile(new URL(name, TEMPLATES)));
    await pipeline(Readable.from(text), createWriteStream(join(dir, 'ops.h')));
    await writeFile(join(dir, 'README.md'), await readme(plan, source));
    await buildTree(plan.tree, join(dir, 'tree'));
  } catch (error) {
    for (const name of await readdir(dir)) await rm(join(dir, name), { recursive: true });
    throw cannotWrite(dir, error, CANNOT_WRITE_REMEDY);
  }
  return [...COPIED, 'ops.h', 'README.md', 'tree/'];
}

async function makeEmpty(dir: string): Promise<void> {
  try {
    await makeFolders(dir);
    if ((await readdir(dir)).length === 0) return;
  } catch (error) {
    throw cannotWrite(dir, error, CANNOT_WRITE_REMEDY);
  }
  throw new UringReplayError('UR_NOT_EMPTY', `${dir} is not empty`, 'Name a new folder, or empty this one.');
}

async function readme(plan: Plan, source: string): Promise<string> {
  const left = plan.ledger.map(({ reason, syscall, count }) => `| ${syscall} | ${count} | ${reason} |`).join('\n');
  const template = await readFile(new URL('README.md', TEMPLATES), 'utf8');
  return template
    .replaceAll('@SOURCE@', () => source)
    .replaceAll('@CALLS@', String(plan.calls))
    .replaceAll('@OPS@', String(plan.ops))
    .replaceAll('@LEDGER@', () => (left === '' ? '| | | |' : left));
}
