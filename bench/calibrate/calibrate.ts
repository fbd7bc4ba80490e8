/**
 * The hybrid's calibration: an untimed pilot with the program to be measured, in the scene that it will be measured
 * in. Profile the plain calls one by one, group them into classes, let decide.ts try ways.
 */
import { availableParallelism } from 'node:os';
import { LANE_RING, type EngineOptions, type ProbeReport } from '../../replay/engine.js';
import type { ArmSpec } from '../arms/arms.js';
import type { Scene } from '../scene.js';
import { median } from '../statistics/statistics.js';
import { withTeam, type TeamMember } from '../arms/team.js';
import { classesOf, nameOf, type CallClass } from './classes.js';
import { decide, type Decision, type Way } from './decide.js';
import { turns } from './turns.js';

/** What the hybrid arm does and why, for the result. */
export interface Calibration {
  readonly way: string;
  readonly reason: string;
  readonly tried: Decision['tried'];
  readonly classes: readonly {
    readonly class: string;
    readonly calls: number;
    /** One call on its own, clock included; nanoseconds. */
    readonly directNs: number;
    /** One call on the ring among the others of its class; null: not tried on its own. */
    readonly ringNs: number | null;
    readonly lane: 'direct' | 'ring' | 'threads';
  }[];
  readonly seconds: number;
}

const PROFILES = 5;
/** What was found is measured in so many pairs of fresh processes. */
const STARTS = 8;
const STARTS_COLD = 2;
const ROUNDS_PER_START = 3;

/** Every hybrid among `arms`, decided; the others as they are. */
export async function calibrate(
  arms: readonly ArmSpec[],
  scene: Scene,
  probe: ProbeReport,
  { signal, onProgress }: { readonly signal?: AbortSignal; readonly onProgress?: (message: string) => void },
): Promise<ArmSpec[]> {
  const decided: ArmSpec[] = [];
  for (const arm of arms) {
    if (arm.options.engine === 'hybrid') onProgress?.(`calibrating ${arm.id}`);
    decided.push(arm.options.engine === 'hybrid' ? await calibrateOne(arm, scene, probe, signal) : arm);
  }
  return decided;
}

async function calibrateOne(arm: ArmSpec, scene: Scene, probe: ProbeReport, signal: AbortSignal | undefined): Promise<ArmSpec> {
  const begin = performance.now();
  const { batch = 0, workers = 0 } = arm.options;
  const quickly = (ways: readonly Way[], rounds?: number): Promise<number[][]> =>
    withTeam(ways.map((way) => specOf(arm, way)), scene, probe, signal, ({ members }) => turns(members, rounds));
  // Processes of one arm differ for as long as they live, and so may the time that they get of a busy machine.
  const anew = async (ways: readonly Way[]): Promise<number[][]> => {
    const ns = ways.map((): number[] => []);
    for (let start = 0; start < (arm.cache === 'cold' ? STARTS_COLD : STARTS); start++) {
      for (const [i, rounds] of (await quickly(ways, ROUNDS_PER_START)).entries()) ns[i].push(median(rounds));
    }
    return ns;
  };
  const serial: ArmSpec = { ...arm, options: { engine: 'serial' } };
  const ns = await withTeam([serial], scene, probe, signal, ({ members }) => profileOf(members[0]));
  const classes = classesOf(scene.plan.program, ns, arm.cache === 'cold');
  const plain = probe.available ? await callsWithoutOpcode(arm, scene, probe, signal) : new Set<string>();
  const decision = await decide(classes, plain, { ops: scene.plan.ops, cpus: availableParallelism(), batch, workers, ring: probe.available }, { quickly, anew });
  return { ...specOf(arm, decision.way), calibration: report(decision, classes, (performance.now() - begin) / 1000) };
}

function specOf(arm: ArmSpec, way: Way): ArmSpec {
  const options: EngineOptions = {
    ...arm.options,
    variant: way.kind === 'threads' ? 'threads' : 'lanes',
    lanes: way.lanes,
    ...(way.kind === 'ring' && { workers: way.workers }),
    ...(way.kind === 'threads' && { threads: way.threads }),
  };
  return { ...arm, options };
}

/** The least of several profiles: what disturbs a call only ever makes it longer. */
async function profileOf(member: TeamMember): Promise<Float64Array> {
  const replayer = await member.start();
  const profile = async (): Promise<Float64Array> => {
    if (replayer.profile === undefined) throw new Error(`${member.id} cannot be profiled`);
    return replayer.profile();
  };
  if (replayer.single !== true) await replayer.run(3);
  const least = await profile();
  for (let i = 1; i < PROFILES && replayer.single !== true; i++) {
    for (const [op, ns] of (await profile()).entries()) least[op] = Math.min(least[op], ns);
  }
  await replayer.close();
  return least;
}

async function callsWithoutOpcode(arm: ArmSpec, scene: Scene, probe: ProbeReport, signal: AbortSignal | undefined): Promise<Set<string>> {
  const ring: ArmSpec = { ...arm, options: { engine: 'ring', batch: 2 } };
  return withTeam([ring], scene, probe, signal, ({ members: [{ notes }] }) => Promise.resolve(new Set(notes['plainCalls'] as string[])));
}

function report({ way, reason, tried, ringNs }: Decision, classes: readonly CallClass[], seconds: number): Calibration {
  return {
    way: way.name,
    reason,
    tried,
    classes: classes.map((one) => ({
      class: nameOf(one),
      calls: one.ops.length,
      directNs: Math.round(one.directNs),
      ringNs: ringNs.has(nameOf(one)) ? Math.round(ringNs.get(nameOf(one))!) : null,
      lane: way.kind === 'ring' ? (way.lanes[one.ops[0]] === LANE_RING ? 'ring' : 'direct') : way.kind,
    })),
    seconds,
  };
}
