/**
 * `npm run bench`: what the kit itself costs, as ratios. Its engines against the C programs that it exports (same
 * calls, same tree, all arms interleaved in one run), with calls and with no-ops in their place, and its command line
 * against an empty Node program. `npm run bench -- nop` (or engines, run, start) prints that part alone.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../replay/native.js';
import { loadTrace } from '../../replay/strace/load.js';
import { chooseArms, needsRing, type ArmSpec } from '../arms/arms.js';
import type { MeasuredArm } from '../arms/arm.js';
import { bootstrapMedian } from '../statistics/bootstrap.js';
import { runExperiment } from '../experiment.js';
import type { Estimate } from '../result/result.js';
import { DEFAULTS, run } from '../run.js';
import { setScene } from '../scene.js';
import { median, pairedRatios } from '../statistics/statistics.js';
import { withTeam } from '../arms/team.js';
import { buildPrograms, CLI, ringProgram, serialProgram } from './export.js';
import { startUpRatio } from './start-up.js';

const LOG = fileURLToPath(new URL('../../../test/fixtures/python-startup.strace', import.meta.url));
const BATCHES = [1, 8, 32, 128, 0];
const ROUNDS = 30;
const SEED = 1;

const print = (line: string): void => { process.stdout.write(`${line}\n`); };

const PARTS = {
  engines: () => enginesAgainstC(LOG, chooseArms({ ...DEFAULTS, orders: ['trace'], batches: BATCHES }), { serial: 1.02, ring: 1.05 }),
  nop: nopsAgainstC,
  run: wholeRun,
  start: commandLine,
};
const wanted = process.argv.slice(2);
for (const [name, part] of Object.entries(PARTS)) if (wanted.length === 0 || wanted.includes(name)) await part();

/** The timed part of 1,000 calls that do nothing: all that is left is the layers around them. */
async function nopsAgainstC(): Promise<void> {
  const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-figures-'));
  try {
    const log = path.join(dir, 'thousand.strace');
    writeFileSync(log, Array.from({ length: 1000 }, (_, i) => `1 newfstatat(AT_FDCWD, "/file-${i}", 0x7ffc0000, 0) = -1 ENOENT (No such file or directory)\n`).join(''));
    const arms = chooseArms({ ...DEFAULTS, engines: ['nop'], orders: ['trace'], batches: BATCHES });
    await enginesAgainstC(log, arms, { serial: 1.03, ring: 1.03 });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** `limits`: how many times the C program's time each kind of arm may take. */
async function enginesAgainstC(log: string, specs: readonly ArmSpec[], limits: { readonly serial: number; readonly ring: number }): Promise<void> {
  const trace = await loadTrace(log);
  const scene = await setScene(trace, { ...DEFAULTS, file: log });
  const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-figures-'));
  try {
    await buildPrograms(log, path.join(dir, 'c'));
    const { root, start } = scene;
    if (root === null) throw new Error(`the C programs need a root directory of their own: ${scene.isolation}`);
    await withTeam(specs, scene, loadNative().probe(), undefined, async ({ members, missing }) => {
      for (const { id, reason } of missing) print(`${id}: left out: ${reason}`);
      const pairs = members.map((engine) => {
        const { options } = engine.spec;
        const nop = options.engine === 'nop';
        const c = needsRing(options)
          ? ringProgram(path.join(dir, 'c'), { order: options.order ?? 'trace', batch: options.batch ?? 0, nop }, root, start)
          : serialProgram(path.join(dir, 'c'), nop, root, start);
        return { engine, c, limit: needsRing(options) ? limits.ring : limits.serial };
      });
      const { arms, rounds, roundsPerBlock } = await runExperiment(
        pairs.flatMap(({ engine, c }) => [engine, c]),
        { rounds: ROUNDS, seconds: null, seed: SEED },
      );
      print(`engine / exported C, wall time per replay of ${scene.plan.ops} calls, ${rounds} interleaved rounds:`);
      pairs.forEach(({ limit }, i) => { printPair(arms[2 * i], arms[2 * i + 1], roundsPerBlock, limit); });
    });
  } finally {
    await scene.remove();
    rmSync(dir, { recursive: true, force: true });
  }
}

function printPair(engine: MeasuredArm, c: MeasuredArm, blocks: readonly number[], limit: number): void {
  const ratio = bootstrapMedian(pairedRatios(engine.roundWallNs, c.roundWallNs), SEED, { blocks });
  const [a, b] = [engine, c].map((arm) => `${(median(arm.roundWallNs) / 1e3).toFixed(0)} us`);
  print(`  ${engine.id.padEnd(16)} ${goal(ratio, limit)}   ${a} / ${b}, divergences ${engine.divergences} / ${c.divergences}`);
}

async function wholeRun(): Promise<void> {
  const begin = performance.now();
  const { arms, trace, verdict } = await run({ ...DEFAULTS, file: LOG });
  const seconds = (performance.now() - begin) / 1000;
  const left = trace.ledger.reduce((sum, { count }) => sum + count, 0);
  print(`run, default settings: ${seconds.toFixed(1)} s (goal <= 15 s)`);
  print(`  divergences ${arms.map(({ divergences }) => divergences).join(' + ')} (goal 0)`);
  print(`  ${trace.replayed} calls replayed + ${left} in the ledger = ${trace.replayed + left} of ${trace.calls}`);
  print(`  ${verdict}`);
}

function commandLine(): void {
  const ratio = startUpRatio([process.execPath, CLI, '--help'], [process.execPath, '-e', '0'], 20);
  print(`--help / node -e 0: ${goal(ratio, 2)}`);
}

function goal({ median: middle, low, high }: Estimate, limit: number): string {
  const verdict = middle <= limit ? 'reached' : 'missed';
  return `${middle.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] (goal <= ${limit}: ${verdict})`;
}
