/** The main job: a log in, a result document out. */
import { randomInt } from 'node:crypto';
import { UringReplayError } from '../replay/errors.js';
import { loadNative } from '../replay/native.js';
import { loadTrace } from '../replay/strace/load.js';
import type { Trace } from '../replay/trace/model.js';
import { armResult } from './arms/arm-result.js';
import { chooseArms, withCaches } from './arms/arms.js';
import { calibrate } from './calibrate/calibrate.js';
import { verdictUnder } from './conditions/verdict.js';
import { watchDisturbance, type Disturbance } from './judge/disturbance.js';
import { runExperiment, type Measurement } from './experiment.js';
import { describeHost, type Host } from './host.js';
import { isPrecise } from './judge/judge.js';
import { choose, type Pilot } from './pilot.js';
import { readRecording, type OtherRecording } from './record/recording.js';
import { RESULT_SCHEMA, type Recording, type ResultDocument } from './result/result.js';
import { refuseOtherProgram, refuseOtherTrace, withRepeat } from './result/repeat.js';
import { setScene, type Scene } from './scene.js';
import { checkSettings, storedSettings, type RunSettings } from './settings.js';
import { sweepArms, type SweepCurve } from './sweep.js';
import { withTeam, type Team } from './arms/team.js';
import { takeTimelines, type Timelines } from './timeline.js';
import { VERSION } from './version.js';
import { collectWarnings } from './judge/warnings.js';
import { weighAll } from './judge/weigh.js';

export { DEFAULTS, type RunSettings } from './settings.js';

/**
 * Replays the log with every arm asked for, and judges. Rejects with UringReplayError: what the settings, the
 * log, the sandbox or an arm is refused for, UR_NO_URING, UR_NOTHING_TO_REPLAY, UR_INTERRUPTED. No process and
 * no temporary file is left, however it ends.
 */
export async function run(settings: RunSettings): Promise<ResultDocument> {
  checkSettings(settings);
  try {
    settings.onProgress?.('reading the log');
    const trace = await loadTrace(settings.file);
    if (!settings.partial) refuseCut(trace);
    if (settings.repeats !== undefined) refuseOtherTrace(settings.repeats, trace);
    const beside: { other: OtherRecording | null } = { other: null };
    const recording = settings.file === '-' ? null : await readRecording(settings.file, trace.digest, (other) => { beside.other = other; });
    const probe = loadNative().probe();
    const scene = await setScene(trace, settings);
    try {
      if (settings.repeats !== undefined) refuseOtherProgram(settings.repeats, scene.programDigest);
      const { arms, curves } = settings.sweep === null ? { arms: chooseArms(settings), curves: [] } : sweepArms(settings, settings.sweep);
      const host = describeHost(scene.dir, probe, VERSION);
      const found = settings.auto !== null ? await choose({ ...settings, batches: settings.auto }, scene, probe) : { arms: [], pilot: null };
      const rest = withCaches(arms, settings.cache).filter(({ id }) => found.arms.every((one) => one.id !== id));
      const decided = [...found.arms, ...(await calibrate(rest, scene, probe, settings))];
      return await withTeam(decided, scene, probe, settings.signal, async (team) => {
        const measured = await measure(team, settings);
        const timeline = await watch(team, trace, scene, settings);
        return judge({ settings, curves, pilot: found.pilot, trace, recording, otherRecording: beside.other, scene, host, team, timeline, ...measured });
      });
    } finally {
      await scene.remove();
      if (settings.keep) settings.onKept?.(scene.dir);
    }
  } catch (error) {
    if (settings.signal?.aborted !== true) throw error;
    throw new UringReplayError('UR_INTERRUPTED', 'interrupted before the first round was finished: nothing was measured', null, { cause: error });
  }
}

/** What follows the break is missing, and nobody knows how much: figures of such a log are asked for, not given. */
function refuseCut({ file, cutAt }: Trace): void {
  if (cutAt === null) return;
  throw new UringReplayError(
    'UR_LOG_CUT',
    `${file}: line ${cutAt} breaks off in the middle, so the end of the log is missing`,
    'Record or copy it again, or replay what is there with --partial.',
  );
}

interface Measured {
  readonly measurement: Measurement;
  readonly disturbance: Disturbance;
  readonly seed: number;
}

async function measure(team: Team, settings: RunSettings): Promise<Measured> {
  const seed = settings.seed ?? randomInt(2 ** 32);
  const endWatch = watchDisturbance();
  const begin = performance.now();
  // Where nobody asked for a number of rounds, the figures may be precise enough earlier.
  const atMost = settings.rounds === null ? 'at most ' : '';
  const left = (done: number): string => (done > 0 ? `, ${atMost}${Math.ceil(((performance.now() - begin) / 1e3) * (1 / done - 1))} s left` : '');
  const measurement = await runExperiment(
    team.members,
    {
      rounds: settings.rounds,
      seconds: settings.rounds === null ? settings.timeSeconds : null,
      seed,
      enough: (arms, blocks) => weighAll(team, arms, blocks, { recording: null, seed }).comparisons.every(({ speedup }) => isPrecise(speedup, settings.precision)),
      ...(settings.signal && { signal: settings.signal }),
      onProgress: ({ phase, done, round }) => {
        settings.onProgress?.(phase === 'warm-up' ? 'warming up' : `measuring: round ${round + 1}, ${Math.floor(100 * done)} %${left(done)}`);
      },
    },
  );
  return { measurement, disturbance: endWatch(), seed };
}

/** null where nobody asked for it, or the run was interrupted. */
async function watch(team: Team, trace: Trace, scene: Scene, { timeline, signal, onProgress }: RunSettings): Promise<Timelines | null> {
  if (timeline !== true || signal?.aborted === true) return null;
  onProgress?.('watching one pass of each arm');
  return takeTimelines(team, trace, scene);
}

interface Findings extends Measured {
  readonly timeline: Timelines | null;
  readonly curves: readonly SweepCurve[];
  readonly pilot: Pilot | null;
  readonly settings: RunSettings;
  readonly trace: Trace;
  readonly recording: Recording | null;
  readonly otherRecording: OtherRecording | null;
  readonly scene: Scene;
  readonly host: Host;
  readonly team: Team;
}

function judge({ settings, curves, pilot, trace, timeline, recording, otherRecording, scene, host, team, measurement, disturbance, seed }: Findings): ResultDocument {
  const { rounds, roundsPerBlock, seconds, stoppedBy } = measurement;
  const { mode, isolation } = scene;
  const arms = team.members.map((member, i) => armResult(member, measurement.arms[i], trace, scene, { seed, blocks: roundsPerBlock }));
  const storage = scene.storage?.describe() ?? null;
  const { comparisons, impact } = weighAll(team, measurement.arms, roundsPerBlock, { recording: storage?.latencyNs == null ? recording : null, seed });
  const missingArms = team.missing;
  return withRepeat(settings.repeats ?? null, {
    schema: RESULT_SCHEMA,
    version: VERSION,
    date: new Date().toISOString(),
    command: settings.command ?? ['uring-replay', ...process.argv.slice(2)],
    trace: {
      file: trace.file,
      digest: trace.digest,
      programDigest: scene.programDigest,
      calls: trace.length,
      replayed: scene.plan.ops,
      ledger: scene.plan.ledger,
      standIns: scene.plan.standIns,
      recording,
    },
    host,
    settings: storedSettings(settings),
    conditions: {
      mode,
      isolation,
      ...(scene.content && { content: scene.content }),
      cache: settings.cache,
      storage,
      pin: settings.pin,
      nice: settings.nice,
      rounds,
      roundsPerBlock,
      passesPerRound: Object.fromEntries(measurement.arms.map((arm) => [arm.id, arm.passesPerRound])),
      seconds,
      stoppedBy,
      precision: settings.precision,
      seed,
      disturbance,
    },
    arms,
    comparisons,
    missingArms,
    pilot,
    sweep: settings.sweep && { parameter: settings.sweep.parameter, curves },
    warnings: collectWarnings({ host, disturbance, measurement, mode, isolation, treeChanges: scene.proof?.differences() ?? [], storage, arms, otherRecording }),
    impact,
    repeats: null,
    ...(timeline && { timeline }),
    verdict: verdictUnder({ arms, comparisons, missingArms, impact }, storage),
  });
}
