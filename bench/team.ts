/** The arms of a run as processes: started, prepared, and ended whatever happens. */
import { closeSync } from 'node:fs';
import type { ProbeReport } from '../replay/engine.js';
import { UringReplayError } from '../replay/errors.js';
import { ArmProcess, openProgram } from './arm-process.js';
import type { ArmSpec } from './arms.js';
import { ConditionedArm, type ArmDoor } from './conditions/conditioned-arm.js';
import type { PassCost, Storage } from './conditions/storage.js';
import type { Replayer } from './experiment.js';
import type { Scene } from './scene.js';

export interface TeamMember {
  readonly spec: ArmSpec;
  readonly replayer: Replayer;
  /** What its passes asked of the storage, so far. */
  readonly costs: readonly PassCost[];
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
 * Starts `specs`, lends them to `use`, and ends them. Where io_uring is off, ring arms are missing with the
 * reason; rejects with UR_NO_URING when no arm is left. An abort kills the processes at once.
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
  const programFd = openProgram(scene.plan.program);
  const doorOf = ({ id, options }: ArmSpec): ArmDoor => ({
    id,
    open: async () => {
      signal?.throwIfAborted();
      const process = new ArmProcess({ id, start: scene.start, launcher: scene.launcher, programFd });
      processes.add(process);
      const notes = await process.prepare({ options, programBytes: scene.plan.program.length, root: scene.root });
      return { process, notes };
    },
    close: async (process) => {
      processes.delete(process);
      await process.close();
    },
  });
  try {
    const members: TeamMember[] = [];
    const missing: MissingArm[] = [];
    for (const spec of specs) {
      signal?.throwIfAborted();
      if (spec.options.engine !== 'serial' && !probe.available) {
        missing.push({ id: spec.id, reason: probe.cause ?? `io_uring_setup fails with ${probe.errno ?? 'an unknown error'}`, remedy: probe.remedy });
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
    closeSync(programFd);
    await Promise.all([...processes].map((process) => process.close()));
  }
}

async function joinTeam(spec: ArmSpec, storage: Storage | null, door: ArmDoor): Promise<TeamMember> {
  if (storage !== null) {
    const arm = await ConditionedArm.prepare(spec.cache, storage, door);
    return { spec, replayer: arm, notes: arm.notes, costs: arm.costs };
  }
  const { process, notes } = await door.open();
  return { spec, replayer: process, notes, costs: [] };
}
