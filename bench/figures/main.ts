/**
 * `npm run bench`: what the kit itself costs, as ratios. Its engines against the C programs that it exports (same
 * calls, same tree, all arms interleaved in one run), and its command line against an empty Node program.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../replay/native.js';
import { loadTrace } from '../../replay/strace/load.js';
import { chooseArms } from '../arms.js';
import type { MeasuredArm } from '../arm.js';
import { bootstrapMedian } from '../bootstrap.js';
import { runExperiment } from '../experiment.js';
import type { Estimate } from '../result.js';
import { DEFAULTS, run } from '../run.js';
import { setScene } from '../scene.js';
import { median, pairedRatios } from '../statistics.js';
import { withTeam } from '../team.js';
import { buildPrograms, CLI, ringProgram, serialProgram } from './export.js';
import { startUpRatio } from './start-up.js';

const LOG = fileURLToPath(new URL('../../../test/fixtures/python-startup.strace', import.meta.url));
const BATCHES = [1, 8, 32, 128, 0];
const ROUNDS = 30;
const SEED = 1;

const print = (line: string): void => { process.stdout.write(`${line}\n`); };

await enginesAgainstC();
await wholeRun();
commandLine();

async function enginesAgainstC(): Promise<void> {
  const trace = await loadTrace(LOG);
  const scene = await setScene(trace, { ...DEFAULTS, file: LOG });
  const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-figures-'));
  try {
    await buildPrograms(LOG, path.join(dir, 'c'));
    const { root, start } = scene;
    if (root === null) throw new Error(`the C programs need a root directory of their own: ${scene.isolation}`);
    const specs = chooseArms({ ...DEFAULTS, orders: ['trace'], batches: BATCHES });
    await withTeam(specs, scene, loadNative().probe(), undefined, async ({ members, missing }) => {
      for (const { id, reason } of missing) print(`${id}: left out: ${reason}`);
      const pairs = members.map((engine) => {
        const { options } = engine.spec;
        const c =
          options.engine === 'serial'
            ? serialProgram(path.join(dir, 'c'), root, start)
            : ringProgram(path.join(dir, 'c'), options.order ?? 'trace', options.batch ?? 0, root, start);
        return { engine, c, limit: options.engine === 'serial' ? 1.02 : 1.05 };
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
