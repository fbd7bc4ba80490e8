/** A comparison of kernels as files: kernels.json and one ordinary result per kernel. */
import { join } from 'node:path';
import { makeFolders } from '../../replay/folders.js';
import type { KernelsReport } from '../../bench/kernels/report.js';
import { writeFileWhole } from './write-file.js';

/** `debian:6.12 [pti=on]` -> `debian-6.12-pti-on.json`. */
export function resultFileName(label: string): string {
  return `${label.replace(/[^A-Za-z0-9.+]+/g, '-').replace(/^[-.]+|-+$/g, '')}.json`;
}

/** Throws UR_CANNOT_WRITE. */
export async function writeKernelsReport(dir: string, report: KernelsReport): Promise<void> {
  await makeFolders(dir);
  await writeFileWhole(join(dir, 'kernels.json'), `${JSON.stringify(report, null, 2)}\n`);
  for (const row of report.rows) {
    if (row.result !== null) await writeFileWhole(join(dir, resultFileName(row.label)), `${JSON.stringify(row.result, null, 2)}\n`);
  }
}
