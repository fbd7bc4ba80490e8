/**
 * `npm run bench:hybrid [-- LOG... --time SECONDS --width N --conditions warm,cold,1ms --nice=N]`: whether the hybrid engine keeps
 * its promise. For each log and condition: hybrid against the plain calls (never slower than by 2 %) and against the
 * best other way of equal width (within 5 %), measured in the same interleaved rounds. Without logs: those in test/fixtures/.
 */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { UringReplayError } from '../../replay/errors.js';
import { loadNative } from '../../replay/native.js';
import { loadTrace } from '../../replay/strace/load.js';
import type { Trace } from '../../replay/trace/model.js';
import type { MeasuredArm } from '../arms/arm.js';
import { chooseArms, withCaches, type ArmSpec } from '../arms/arms.js';
import { bootstrapMedian, type Blocks } from '../statistics/bootstrap.js';
import { calibrate } from '../calibrate/calibrate.js';
import { runExperiment } from '../experiment.js';
import { isPrecise } from '../judge/judge.js';
import type { Estimate } from '../result/result.js';
import { DEFAULTS } from '../run.js';
import { setScene } from '../scene.js';
import { median, pairedRatios } from '../statistics/statistics.js';
import { withTeam } from '../arms/team.js';

const CONDITIONS = {
  warm: { cache: 'warm', latencyNs: null },
  cold: { cache: 'cold', latencyNs: null },
  '1ms': { cache: 'cold', latencyNs: 1e6 },
} as const;
type Condition = keyof typeof CONDITIONS;

const SERIAL_LIMIT = 1.02;
const OTHER_LIMIT = 1.05;
const PRECISION = 0.01;
const SEED = 1;
const TRACES = fileURLToPath(new URL('../../../test/fixtures/traces/', import.meta.url));
const SHARED_SET = /^(python|ruby|node|gcc|gitstatus|sh|thr)\.f-ttt-T\.strace/;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { time: { type: 'string', default: '8' }, width: { type: 'string', default: '32' }, conditions: { type: 'string', default: 'warm,cold,1ms' }, nice: { type: 'string' } },
});
const seconds = Number(values.time);
const width = Number(values.width);
/** On a busy machine a niceness below 0 keeps its other programs out of the figures. */
const nice = values.nice === undefined ? null : Number(values.nice);
const logs = positionals.length > 0 ? positionals : readdirSync(TRACES).filter((name) => SHARED_SET.test(name)).map((name) => path.join(TRACES, name));
const conditions = values.conditions.split(',').map((name) => {
  if (!(name in CONDITIONS)) throw new UringReplayError('UR_USAGE', `--conditions: "${name}" is not valid`, `Accepted: ${Object.keys(CONDITIONS).join(', ')}.`);
  return name as Condition;
});

const print = (cells: readonly string[]): void => { process.stdout.write(`| ${cells.join(' | ')} |\n`); };
const missed: string[] = [];
print(['log', 'condition', 'calls', 'serial', 'best other', 'hybrid went', `hybrid / serial (<= ${SERIAL_LIMIT})`, `hybrid / best other (<= ${OTHER_LIMIT})`]);
print(['---', '---', '---:', '---:', '---', '---', '---', '---']);
for (const log of logs) {
  const trace = await loadTrace(log);
  for (const condition of conditions) {
    try {
      await cell(trace, log, condition);
    } catch (error) {
      if (!(error instanceof UringReplayError)) throw error;
      print([nameOf(log), condition, '', '', '', `not measured: ${error.message.split('\n')[0]}`, '', '']);
    }
  }
}
process.stdout.write(missed.length === 0 ? '\nThe goal was reached everywhere.\n' : `\nMissed (beyond the interval): ${missed.join('; ')}.\n`);

async function cell(trace: Trace, log: string, condition: Condition): Promise<void> {
  const settings = { ...DEFAULTS, file: log, orders: ['trace'], batches: [width], threads: width, nice, ...CONDITIONS[condition] } as const;
  const probe = loadNative().probe();
  const scene = await setScene(trace, settings);
  try {
    const arms = [
      ...chooseArms({ ...settings, engines: ['serial', 'ring', 'threads', 'hybrid'] }),
      ...(condition === 'warm' ? [] : chooseArms({ ...settings, engines: ['ring'], workers: width })),
    ];
    const specs = await calibrate(withCaches(arms, settings.cache), scene, probe, {});
    await withTeam(specs, scene, probe, undefined, async ({ members }) => {
      const hybrid = specs.findIndex(({ options }) => options.engine === 'hybrid');
      const enough = (measured: readonly MeasuredArm[], blocks: Blocks): boolean =>
        measured.every((arm) => isPrecise(ratioOf(measured[hybrid], arm, blocks), PRECISION));
      const { arms: measured, roundsPerBlock } = await runExperiment(members, { rounds: null, seconds, seed: SEED, enough });
      report(log, condition, specs, measured, roundsPerBlock, hybrid);
    });
  } finally {
    await scene.remove();
  }
}

function report(log: string, condition: Condition, specs: readonly ArmSpec[], measured: readonly MeasuredArm[], blocks: Blocks, hybrid: number): void {
  const of = (engine: string): MeasuredArm[] => measured.filter((_, i) => specs[i].options.engine === engine);
  const [serial] = of('serial');
  const others = [...of('ring'), ...of('threads')].sort((a, b) => median(a.roundWallNs) - median(b.roundWallNs));
  const toSerial = ratioOf(measured[hybrid], serial, blocks);
  const toOther = ratioOf(measured[hybrid], others[0], blocks);
  const cells = [judged(toSerial, SERIAL_LIMIT), judged(toOther, OTHER_LIMIT)];
  const diverged = measured.filter(({ divergences }) => divergences > 0).map(({ id }) => id);
  const name = `${nameOf(log)} ${condition}`;
  if (cells.some((text) => text.endsWith('MISSED'))) missed.push(name);
  if (diverged.length > 0) missed.push(`${name} (divergences in ${diverged.join(', ')})`);
  const calls = specs[hybrid].calibration?.classes.reduce((sum, one) => sum + one.calls, 0) ?? 0;
  print([nameOf(log), condition, String(calls), ms(serial), `${others[0].id} ${ms(others[0])}`, specs[hybrid].calibration?.way ?? '', ...cells]);
}

/** Time of `arm` / time of `other`, paired by rounds. */
function ratioOf(arm: MeasuredArm, other: MeasuredArm, blocks: Blocks): Estimate {
  return bootstrapMedian(pairedRatios(arm.roundWallNs, other.roundWallNs), SEED, { blocks });
}

/** Missed is what the whole interval says; beyond the limit with its median only, more rounds would have to tell. */
function judged({ median: middle, low, high }: Estimate, limit: number): string {
  const verdict = middle <= limit ? '' : low > limit ? ' MISSED' : ' open';
  return `${middle.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}]${verdict}`;
}

function ms({ roundWallNs }: MeasuredArm): string {
  const value = median(roundWallNs) / 1e6;
  return `${value < 1000 ? value.toPrecision(3) : value.toFixed(0)} ms`;
}

function nameOf(log: string): string {
  return path.basename(log).split('.')[0];
}
