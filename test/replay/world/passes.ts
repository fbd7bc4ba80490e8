/** Runs in a process of its own: enters a sandbox ('': none) and replays a program in it. argv: directory, program, engines. */
import { readFileSync } from 'node:fs';
import type { EngineOptions } from '../../../replay/engine.js';
import { loadNative } from '../../../replay/native.js';

export interface PassReport {
  readonly options: EngineOptions;
  readonly divergences: readonly number[];
  readonly first: readonly { readonly line: number; readonly what: string; readonly expected: number; readonly got: number }[];
}

const [directory, program, options] = process.argv.slice(2);
const native = loadNative();
const bytes = new Uint8Array(readFileSync(program));
if (directory !== '') native.enterRoot(directory);
const reports: PassReport[] = [];
for (const engine of JSON.parse(options) as EngineOptions[]) {
  const replay = native.create(bytes, engine);
  const report = await replay.run(2);
  replay.close();
  reports.push({ options: engine, divergences: [...report.divergences], first: report.divergent.slice(0, 20) });
}
process.stdout.write(JSON.stringify(reports));
