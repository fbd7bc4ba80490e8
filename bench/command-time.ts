/** The untraced time of a command, by wait4(2) in the static runner (native/time_command.h). */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { constants } from 'node:os';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import type { Readable } from 'node:stream';
import { UringReplayError } from '../replay/errors.js';
import { terminateOnAbort } from './process-tree.js';

/** Beside the addon; compiled, this file is in dist/bench. */
const RUNNER = fileURLToPath(new URL('../../build/Release/uring-runner', import.meta.url));

/** Seconds; user and system include descendants that were waited for. */
export interface CommandTime {
  readonly wall: number;
  readonly user: number;
  readonly system: number;
  readonly status: number | null;
  readonly signal: string | null;
}

type RunnerReport =
  | { wallNs: number; userNs: number; systemNs: number; status: number | null; signal: number | null }
  | { error: number };

/** Runs it once with /dev/null for its standard streams; an abort ends it and rejects. Throws UR_NO_COMMAND, UR_NO_RUNNER. */
export async function timeCommand(command: readonly string[], signal?: AbortSignal): Promise<CommandTime> {
  if (!existsSync(RUNNER)) {
    throw new UringReplayError('UR_NO_RUNNER', `${RUNNER} is missing`, 'Build it: npm run build');
  }
  const child = spawn(RUNNER, ['--time', ...command], { stdio: ['ignore', 'ignore', 'ignore', 'pipe'] });
  const stopWatching = terminateOnAbort(child.pid ?? 0, signal);
  const failed = new Promise<never>((_, reject) => child.once('error', reject));
  const line = await Promise.race([text(child.stdio[3] as Readable), failed]).finally(stopWatching);
  signal?.throwIfAborted();
  if (line === '') throw new UringReplayError('UR_NO_RUNNER', `${RUNNER} ended without a report`, 'Build it anew: npm run build');
  const report = JSON.parse(line) as RunnerReport;
  if ('error' in report) throw cannotStart(command[0], report.error);
  return {
    wall: report.wallNs / 1e9,
    user: report.userNs / 1e9,
    system: report.systemNs / 1e9,
    status: report.status,
    signal: signalName(report.signal),
  };
}

function nameOf(table: object, value: number): string | undefined {
  return Object.entries(table).find(([, number]) => number === value)?.[0];
}

function signalName(number: number | null): string | null {
  return number === null ? null : (nameOf(constants.signals, number) ?? `signal ${number}`);
}

function cannotStart(name: string, errno: number): UringReplayError {
  const reason = nameOf(constants.errno, errno) ?? `errno ${errno}`;
  return new UringReplayError('UR_NO_COMMAND', `cannot run ${name}: ${reason}`, 'Check the name, the PATH and the permissions.');
}
