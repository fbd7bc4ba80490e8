/** The arms of a run as processes: tried once, started as often as the experiment wants, and ended whatever happens. */
import { closeSync } from 'node:fs';
import type { EngineOptions, ProbeReport } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { POOL_DEFAULT } from '../../replay/libuv/pool.js';
import { ArmProcess, openProgram, type ArmProcessOptions } from './arm-process.js';
import { needsRing, type ArmSpec, type Part } from './arms.js';
import { ConditionedArm, type ArmDoor } from '../conditions/conditioned-arm.js';
import type { PassCost, Storage } from '../conditions/storage.js';
import type { Contestant, Replayer } from './contestant.js';
import { NODE_ARM } from './node-channel.js';
import { partOf } from './parts.js';
import type { Scene } from '../scene.js';

export interface TeamMember extends Contestant {
  readonly spec: ArmSpec;
  /** What its passes asked of the storage, so far. */
  readonly costs: readonly PassCost[];
  /** What the engine said of itself when it was first prepared. */
  readonly notes: Readonly<Record<string, unknown>>;
}

export interface MissingArm {
  readonly id: string;
  readonly reason: string;
  readonly remedy: string | null;
}

export interface Team {
  readonly members: readonly TeamMember[];
  readonly missing: readonly MissingArm[];
}

/**
 * Tries `specs`, lends them to `use`, and ends all their processes. Where io_uring is off, ring arms are missing with
 * the reason; rejects with UR_NO_URING when no arm is left. An abort kills the processes at once.
 */
export async function withTeam<T>(
  specs: readonly ArmSpec[],
  scene: Scene,
  probe: ProbeReport,
  signal: AbortSignal | undefined,
  use: (team: Team) => Promise<T>,
): Promise<T> {
  const processes = new Set<ArmProcess>();
  const killAll = (): void => {
    for (const process of processes) void process.kill();
  };
  signal?.addEventListener('abort', killAll);
  const programs = new Map<Part | undefined, number>();
  const programOf = (part: Part | undefined): number => {
    const open = programs.get(part) ?? openProgram(partOf(scene.plan, part).program);
    programs.set(part, open);
    return open;
  };
  const doorOf = ({ id, options, part }: ArmSpec): ArmDoor => ({
    id,
    open: async (kept) => {
      signal?.throwIfAborted();
      const process = kept ?? new ArmProcess({ id, start: scene.start, launcher: scene.launcher, programFd: programOf(part), ...nodeSettings(options) });
      if (!processes.has(process)) {
        processes.add(process);
        void process.gone.then(() => processes.delete(process));
      }
      const notes = await process.prepare({ options, programBytes: partOf(scene.plan, part).program.length, root: scene.root });
      return { process, notes };
    },
    close: (process) => process.close(),
  });
  try {
    const members: TeamMember[] = [];
    const missing: MissingArm[] = [];
    for (const spec of specs) {
      signal?.throwIfAborted();
      if (needsRing(spec.options) && !probe.available) {
        missing.push({ id: spec.id, reason: probe.cause ?? `io_uring_setup fails with ${probe.errno ?? 'an unknown error'}`, remedy: probe.remedy });
        continue;
      }
      if (partOf(scene.plan, spec.part).ops === 0) {
        missing.push({ id: spec.id, reason: 'Node\'s fs has a function for none of these calls', remedy: null });
        continue;
      }
      try {
        members.push(await joinTeam(spec, scene.storage, doorOf(spec)));
      } catch (error) {
        if (!(error instanceof UringReplayError) || error.code !== 'UR_NO_URING') throw error;
        missing.push({ id: spec.id, reason: error.message, remedy: error.remedy });
      }
    }
    const first = missing.at(0);
    if (members.length === 0 && first !== undefined) {
      throw new UringReplayError('UR_NO_URING', `no arm can run: ${first.reason}`, first.remedy ?? 'Add the serial engine: --engine serial,ring.');
    }
    return await use({ members, missing });
  } finally {
    signal?.removeEventListener('abort', killAll);
    await Promise.all([...processes].map((process) => process.close()));
    for (const programFd of programs.values()) closeSync(programFd);
  }
}

/** Native engines have no use for Node; the others are what Node's own libuv makes of the environment that it starts in. */
function nodeSettings({ engine, pool = POOL_DEFAULT }: EngineOptions): Pick<ArmProcessOptions, 'main' | 'env'> {
  switch (engine) {
    case 'libuv/uring':
      return { main: NODE_ARM, env: { UV_THREADPOOL_SIZE: String(pool), UV_USE_IO_URING: '1' } };
    case 'libuv/promises':
      return { main: NODE_ARM, env: { UV_THREADPOOL_SIZE: String(pool) } };
    case 'libuv/sync':
      return { main: NODE_ARM };
    default:
      return {};
  }
}

async function joinTeam(spec: ArmSpec, storage: Storage | null, door: ArmDoor): Promise<TeamMember> {
  const { id } = spec;
  if (storage !== null) {
    const arm = await ConditionedArm.prepare(spec.cache, storage, door);
    return { id, spec, start: () => arm.start(), notes: arm.notes, costs: arm.costs };
  }
  const first = await door.open();
  // The process that the arm was tried with serves the first start.
  let tried: ArmProcess | null = first.process;
  let kept: ArmProcess | null = null;
  const start = async (): Promise<Replayer> => {
    const [prepared, waiting] = [tried, kept];
    tried = kept = null;
    const process = prepared ?? (await door.open(waiting)).process;
    return turnOf(process, () => { kept = process; });
  };
  return { id, spec, start, notes: first.notes, costs: [] };
}

/** One start of an arm. Where its process can be renewed, `keep` hears that it waits to be prepared once more. */
function turnOf(process: ArmProcess, keep: () => void): Replayer {
  const close = async (): Promise<void> => {
    if (!process.renewable) return process.close();
    // One that has died says so when it is to be prepared once more.
    await process.renew().catch(() => undefined);
    keep();
  };
  return {
    id: process.id,
    run: (passes) => process.run(passes),
    count: () => process.count(),
    profile: () => process.profile(),
    timeline: () => process.timeline(),
    workers: () => process.workers(),
    close,
  };
}
