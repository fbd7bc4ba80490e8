/**
 * Runs inside a guest, in a real Node: loads the addon, replays a program once in the tree, prints what came
 * of it. Arguments: PROGRAM ROOT OPTIONS (JSON of EngineOptions).
 */
import { readFile } from 'node:fs/promises';
import type { EngineOptions } from '../../replay/engine.js';
import { loadNative } from '../../replay/native.js';

const [program, root, options] = process.argv.slice(2) as [string, string, string];
const native = loadNative();
const replay = native.create(await readFile(program), JSON.parse(options) as EngineOptions);
native.enterRoot(root);
const report = await replay.run(1);
const answer = { node: process.version, passes: report.passes, divergences: report.divergences[0], divergent: report.divergent.slice(0, 10) };
process.stdout.write(`${JSON.stringify(answer)}\n`);
replay.close();
