/** The untraced time of a command, by wait4(2) in the static runner (native/time_command.h). */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import type { Readable } from 'node:stream';
import { UringReplayError } from '../../replay/errors.js';
import { RUNNER } from '../runner-path.js';
import { terminateOnAbort } from './process-tree.js';


/** Seconds; user and system include descendants that were waited for. */
export interface CommandTime {
  readonly wall: number;
  readonly user: number;
  readonly system: number;
  readonly status: number | null;
  readonly signal: string | null;
}

type RunnerReport =
  | { wallNs: number; userNs: number; systemNs: number; killed: number; status: number | null; signal: number | null }
  | { error: number }
  | { refused: number };

/** Where a command runs, and whose end is waited for; without it: here, and its own. */
export interface CommandPlace {
  /** The command to start the timing one with: into the namespace where `root` is to be seen. */
  readonly launcher?: readonly string[];
  /** Its root directory, and the directories of ours that are to be seen in it under the same paths. */
  readonly root?: string;
  readonly binds?: readonly string[];
  readonly cwd?: string;
  /** Whatever it leaves running is waited for: CPU time counts until all of it has ended, wall time does not. */
  readonly descendants?: boolean;
}

/**
 * Runs it once with /dev/null for its standard streams; an abort ends it and rejects. Throws UR_NO_COMMAND,
 * UR_NO_RUNNER, UR_NO_PLACE, and UR_LEFT_RUNNING where descendants are waited for and had to be killed.
 */
export async function timeCommand(command: readonly string[], signal?: AbortSignal, place: CommandPlace = {}): Promise<CommandTime> {
  if (!existsSync(RUNNER)) {
    throw new UringReplayError('UR_NO_RUNNER', `${RUNNER} is missing`, 'Build it: npm run build');
  }
  const [file, ...args] = [...(place.launcher ?? []), RUNNER, '--time', ...placeArguments(place), '--', ...command];
  const child = spawn(file, args, { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const stopWatching = terminateOnAbort(child.pid ?? 0, signal);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const line = await Promise.race([text(child.stdio[3] as Readable), failed]).finally(stopWatching);
  signal?.throwIfAborted();
  if (line === '') throw new UringReplayError('UR_NO_RUNNER', `${RUNNER} ended without a report`, 'Build it anew: npm run build');
  const report = JSON.parse(line) as RunnerReport;
  if ('error' in report) throw cannotStart(command[0], report.error);
  if ('refused' in report) {
    throw new UringReplayError('UR_NO_PLACE', `${place.root ?? '/'} cannot be made the root directory with ${place.cwd ?? '/'} as current directory: ${errnoName(report.refused)}`, 'Run as root, or allow user namespaces; start from a directory that is not on a mount of its own.');
  }
  if (report.killed > 0) {
    throw new UringReplayError('UR_LEFT_RUNNING', `${command[0]} left processes running, which had to be killed`, 'Name a command whose processes end with it.');
  }
  return {
    wall: report.wallNs / 1e9,
    user: report.userNs / 1e9,
    system: report.systemNs / 1e9,
    status: report.status,
    signal: signalName(report.signal),
  };
}

function placeArguments({ root, binds = [], cwd, descendants }: CommandPlace): string[] {
  return [
    ...(root === undefined ? [] : ['--root', root]),
    ...binds.flatMap((dir) => ['--bind', dir]),
    ...(cwd === undefined ? [] : ['--cwd', cwd]),
    ...(descendants === true ? ['--descendants'] : []),
  ];
}

function nameOf(table: object, value: number): string | undefined {
  return Object.entries(table).find(([, number]) => number === value)?.[0];
}

function errnoName(errno: number): string {
  return nameOf(constants.errno, errno) ?? `errno ${errno}`;
}

function signalName(number: number | null): string | null {
  return number === null ? null : (nameOf(constants.signals, number) ?? `signal ${number}`);
}

function cannotStart(name: string, errno: number): UringReplayError {
  return new UringReplayError('UR_NO_COMMAND', `cannot run ${name}: ${errnoName(errno)}`, 'Check the name, the PATH and the permissions.');
}
