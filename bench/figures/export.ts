/** Exports the C programs of a log with the kit's own command and builds them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Order } from '../../replay/engine.js';
import type { ArmStart } from '../arm-process.js';
import { CProgram } from './c-program.js';

const execute = promisify(execFile);
export const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Makes `dir`/serial and `dir`/ring. Rejects with the compiler's own words. */
export async function buildPrograms(log: string, dir: string): Promise<void> {
  await execute(process.execPath, [CLI, 'export', 'c', log, '-o', dir]);
  await execute('make', ['-C', dir]);
}

export function serialProgram(dir: string, root: string, start: ArmStart): CProgram {
  return new CProgram('C serial', [`${dir}/serial`], root, start);
}

/** `batch` 0 = all. */
export function ringProgram(dir: string, order: Order, batch: number, root: string, start: ArmStart): CProgram {
  const size = batch === 0 ? 'all' : String(batch);
  return new CProgram(`C ring/${order}/${size}`, [`${dir}/ring`, '--order', order, '--batch', size], root, start);
}
