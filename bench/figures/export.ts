/** Exports the C programs of a log with the kit's own command and builds them. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { Order } from '../../replay/engine.js';
import type { ArmStart } from '../arms/arm-process.js';
import { CProgram } from './c-program.js';
import { compilerEnvironment } from './compiler-environment.js';

const execute = promisify(execFile);
export const CLI = fileURLToPath(new URL('../../src/cli/main.js', import.meta.url));

/** Makes `dir`/serial and `dir`/ring. Rejects with the compiler's own words. */
export async function buildPrograms(log: string, dir: string): Promise<void> {
  await execute(process.execPath, [CLI, 'export', 'c', log, '-o', dir]);
  await execute('make', ['-C', dir], { env: compilerEnvironment() });
}

/** `nop`: no-ops in place of the calls. */
export function serialProgram(dir: string, nop: boolean, root: string, start: ArmStart): CProgram {
  return new CProgram(nop ? 'C nop/serial' : 'C serial', [`${dir}/serial`, ...(nop ? ['--nop'] : [])], root, start);
}

/** `batch` 0 = all. */
export function ringProgram(
  dir: string,
  { order, batch, nop }: { readonly order: Order; readonly batch: number; readonly nop: boolean },
  root: string,
  start: ArmStart,
): CProgram {
  const size = batch === 0 ? 'all' : String(batch);
  const command = [`${dir}/ring`, '--order', order, '--batch', size, ...(nop ? ['--nop'] : [])];
  return new CProgram(`C ${nop ? 'nop' : 'ring'}/${order}/${size}`, command, root, start);
}
