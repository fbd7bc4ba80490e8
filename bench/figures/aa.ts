/**
 * `npm run bench:aa [-- RUNS [SECONDS]]`: how often an arm is called faster or slower than itself. Each run is a whole
 * experiment of two serial arms on the bundled trace, as `run` measures; at most 5 % may end in such a verdict.
 */
import { randomInt } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { loadNative } from '../../replay/native.js';
import { loadTrace } from '../../replay/strace/load.js';
import type { MeasuredArm } from '../arms/arm.js';
import type { Blocks } from '../statistics/bootstrap.js';
import type { Contestant } from '../arms/contestant.js';
import { runExperiment } from '../experiment.js';
import { compareArms, isPrecise, type RoundValues } from '../judge/judge.js';
import type { Comparison, Verdict } from '../result/result.js';
import { DEFAULTS } from '../run.js';
import { setScene } from '../scene.js';
import { median } from '../statistics/statistics.js';
import { withTeam } from '../arms/team.js';

const LOG = fileURLToPath(new URL('../../../test/fixtures/python-startup.strace', import.meta.url));
const ALARM_PERCENT_MAX = 5;

const [runs = 200, seconds = DEFAULTS.timeSeconds] = process.argv.slice(2).map(Number);
const verdicts: Record<Verdict, number> = { faster: 0, slower: 0, same: 0, undecided: 0 };
const widths: number[] = [];
const took: number[] = [];

const scene = await setScene(await loadTrace(LOG), { ...DEFAULTS, file: LOG });
try {
  const probe = loadNative().probe();
  const arms = ['serial', 'serial again'].map((id) => ({ id, options: { engine: 'serial' as const }, cache: 'warm' as const }));
  for (let run = 1; run <= runs; run++) {
    await withTeam(arms, scene, probe, undefined, async ({ members }) => { note(run, await experiment(members)); });
  }
} finally {
  await scene.remove();
}
report();

async function experiment(arms: readonly Contestant[]): Promise<Comparison> {
  const seed = randomInt(2 ** 32);
  const compare = (measured: readonly MeasuredArm[], blocks: Blocks): Comparison => {
    const [a, b] = measured.map((arm): RoundValues => ({ id: arm.id, wallNs: arm.roundWallNs, cpuNs: arm.roundCpuNs, blocks }));
    return compareArms(a, b, seed);
  };
  const enough = (measured: readonly MeasuredArm[], blocks: Blocks): boolean => isPrecise(compare(measured, blocks).speedup, DEFAULTS.precision);
  const { arms: measured, roundsPerBlock, seconds: spent } = await runExperiment(arms, { rounds: null, seconds, seed, enough });
  took.push(spent);
  return compare(measured, roundsPerBlock);
}

function note(run: number, { speedup: { median: ratio, low, high }, p, verdict }: Comparison): void {
  verdicts[verdict]++;
  widths.push((high - low) / 2);
  process.stdout.write(`${String(run).padStart(4)}  ${ratio.toFixed(4)} [${low.toFixed(4)}, ${high.toFixed(4)}]  p ${p.toFixed(3)}  ${verdict}\n`);
}

function report(): void {
  const alarms = verdicts.faster + verdicts.slower;
  const percent = (100 * alarms) / runs;
  const { same, undecided } = verdicts;
  process.stdout.write(
    `${runs} runs of an arm against itself: ${alarms} called different (${percent.toFixed(1)} %, goal <= ${ALARM_PERCENT_MAX} %: ` +
      `${percent <= ALARM_PERCENT_MAX ? 'reached' : 'missed'}), ${same} the same, ${undecided} undecided; ` +
      `medians: interval +-${(100 * median(widths)).toFixed(2)} %, ${median(took).toFixed(1)} s\n`,
  );
}
