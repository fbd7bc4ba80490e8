/** Child of confine.test.ts: enters a directory through the addon, replays a program file, prints the report. */
import { readFileSync } from 'node:fs';
import type { EngineOptions } from '../../replay/engine.js';
import { loadNative } from '../../replay/native.js';

const [dir, file, options] = process.argv.slice(2) as [string, string, string];
const native = loadNative();
const bytes = readFileSync(file);
native.enterRoot(dir);
const replay = native.create(bytes, JSON.parse(options) as EngineOptions);
const report = await replay.run(3);
const count = await replay.count();
let late = '';
try {
  native.enterRoot('/');
} catch (error) {
  late = (error as { code: string }).code;
}
replay.close();
console.log(JSON.stringify({ divergent: report.divergent, passes: report.passes, source: count.source, late }));
