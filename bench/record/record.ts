/** `record`: a command's real time, then its strace log and the files it is about. All appear whole or not at all. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { release } from 'node:os';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { cannotWrite, UringReplayError } from '../../replay/errors.js';
import { loadTrace } from '../../replay/strace/load.js';
import { timeCommand, type CommandTime } from './command-time.js';
import { findProgram } from '../find-program.js';
import { RECORDING_SCHEMA, recordingFileOf, type RecordingDocument, type SampledMean } from './recording.js';
import { snapshotFileOf, type SnapshotSummary } from '../snapshot/format.js';
import { takeSnapshot } from '../snapshot/take.js';
import { bootstrapMean, bootstrapMedian } from '../statistics/bootstrap.js';
import { ptraceRemedy, straceVersion, trace, whyNotTrace, type Ended } from './strace.js';

export interface RecordSettings {
  /** Where the log goes; .gz, .xz and .zst compress it. */
  readonly log: string;
  readonly command: readonly string[];
  /** Untraced runs: exactly so many; null: 10, fewer where the command is slow; 0: none, and no recording. */
  readonly runs: number | null;
  readonly force: boolean;
  /** Archive the contents of the files that the log is about, so many bytes at most; absent: do not. */
  readonly snapshotBytesMax?: number;
  readonly signal?: AbortSignal;
  readonly onRun?: (done: number) => void;
  /** The traced run begins: the terminal is the command's. */
  readonly onTrace?: () => void;
  /** The traced run has ended. */
  readonly onTraced?: () => void;
}

export interface Recorded {
  /** null where no untraced run was asked for. */
  readonly recording: RecordingDocument | null;
  readonly ended: Ended;
  readonly logBytes: number;
  /** Absent where none was asked for. */
  readonly snapshot?: SnapshotSummary;
}

const RUNS = 10;
const RUNS_MIN = 3;
/** Without an explicit number of runs, about this long is spent on them. */
const SECONDS_MAX = 10;
const SEED = 1;

const COMPRESSORS: Readonly<Record<string, readonly string[]>> = {
  '.gz': ['gzip', '-c'],
  '.xz': ['xz', '-T0', '-c'],
  '.zst': ['zstd', '-q', '-c'],
};

/**
 * Throws UR_EXISTS, UR_CANNOT_WRITE, UR_NO_STRACE, UR_NO_PTRACE, UR_NO_COMMAND, UR_NO_TOOL, UR_INTERRUPTED before it
 * has written anything.
 */
export async function record(settings: RecordSettings): Promise<Recorded> {
  const { log, command, signal } = settings;
  const compressor = await checkOutput(settings);
  const strace = await straceVersion();
  if (findProgram(command[0]) === null) {
    throw new UringReplayError('UR_NO_COMMAND', `${command[0]}: command not found`, 'Check the name and the PATH.');
  }
  const refusal = await whyNotTrace();
  if (refusal !== null) throw new UringReplayError('UR_NO_PTRACE', `strace may not trace here: ${refusal}`, await ptraceRemedy());

  const partial = `${log}.${process.pid}.partial`;
  const partials = [partial, `${partial}.packed`, `${partial}.json`, `${partial}.tar`];
  try {
    const times = await timeRuns(settings);
    settings.onTrace?.();
    const ended = await trace(command, partial, signal);
    signal?.throwIfAborted();
    settings.onTraced?.();
    await checkTraced(partial, ended);
    const snapshot = settings.snapshotBytesMax === undefined ? undefined : await takeSnapshot(await loadTrace(partial), {
      file: `${partial}.tar`,
      bytesMax: settings.snapshotBytesMax,
      cwd: process.cwd(),
      ...(signal && { signal }),
    });
    const recording = times.length === 0 ? null : describe(settings.command, times, {
      ended,
      strace,
      logDigest: await sha256(partial),
      ...(snapshot && { snapshot: { file: basename(snapshotFileOf(log)), ...snapshot } }),
    });
    const finished = compressor === null ? partial : `${partial}.packed`;
    if (compressor !== null) await compress(compressor, partial, finished, signal);
    const logBytes = (await stat(finished)).size;
    signal?.throwIfAborted();
    if (recording !== null) await writeFile(`${partial}.json`, JSON.stringify(recording, null, 2) + '\n');
    await rename(finished, log);
    // What belongs to an earlier log would belong to nothing.
    if (recording === null) await rm(recordingFileOf(log), { force: true });
    else await rename(`${partial}.json`, recordingFileOf(log));
    if (snapshot === undefined) await rm(snapshotFileOf(log), { force: true });
    else await rename(`${partial}.tar`, snapshotFileOf(log));
    return { recording, ended, logBytes, ...(snapshot && { snapshot }) };
  } catch (error) {
    if (signal?.aborted === true) throw new UringReplayError('UR_INTERRUPTED', 'interrupted; nothing was written', null, { cause: error });
    throw (error as NodeJS.ErrnoException).syscall?.startsWith('spawn') === true ? error : cannotWrite(log, error);
  } finally {
    for (const file of partials) await rm(file, { force: true });
  }
}

/** Resolves to the compressor that the log's name asks for. */
export async function checkOutput({ log, force }: Pick<RecordSettings, 'log' | 'force'>): Promise<readonly string[] | null> {
  for (const file of force ? [] : [log, recordingFileOf(log), snapshotFileOf(log)]) {
    if (existsSync(file)) throw new UringReplayError('UR_EXISTS', `${file} exists`, 'Choose another name, or overwrite it with --force.');
  }
  const probe = `${log}.${process.pid}.partial`;
  try {
    await (await open(probe, 'w')).close();
    await rm(probe);
  } catch (error) {
    throw cannotWrite(log, error);
  }
  const suffix = Object.keys(COMPRESSORS).find((ending) => log.endsWith(ending));
  const compressor = suffix === undefined ? null : COMPRESSORS[suffix];
  if (compressor !== null && findProgram(compressor[0]) === null) {
    throw new UringReplayError('UR_NO_TOOL', `${log} asks for ${compressor[0]}, which is not installed`, `Install ${compressor[0]}, or name the log without ${suffix!}.`);
  }
  return compressor;
}

/** One run to warm the caches, then the ones that count. */
async function timeRuns({ command, runs, signal, onRun }: RecordSettings): Promise<CommandTime[]> {
  if (runs === 0) return [];
  const times: CommandTime[] = [];
  const begin = performance.now();
  await timeCommand(command, signal);
  while (times.length < (runs ?? RUNS)) {
    const slow = performance.now() - begin > SECONDS_MAX * 1000;
    if (runs === null && slow && times.length >= RUNS_MIN) break;
    times.push(await timeCommand(command, signal));
    onRun?.(times.length);
  }
  return times;
}

/** strace may fail after it was seen to work, and it goes on when it can no longer write: then the log lacks its end. */
async function checkTraced(file: string, { status, signal }: Ended): Promise<void> {
  const { head, tail } = await endsOf(file);
  if (!head.includes('execve(')) {
    throw new UringReplayError('UR_NO_TRACE', `strace ended with status ${status ?? signal ?? 'unknown'} and traced nothing`, 'Its own message is above.');
  }
  if (!/\+\+\+ (exited with|killed by) [^\n]*\+\+\+\n$/.test(tail)) {
    throw new UringReplayError('UR_NO_TRACE', 'the log that strace wrote lacks its end', 'Its own message is above; is there room left on the device?');
  }
}

/** The first and the last 4 KiB of a file, as far as it has them. */
async function endsOf(file: string): Promise<{ readonly head: string; readonly tail: string }> {
  const handle = await open(file).catch(() => null);
  if (handle === null) return { head: '', tail: '' };
  try {
    const { size } = await handle.stat();
    const at = async (position: number): Promise<string> => {
      const { buffer, bytesRead } = await handle.read({ buffer: Buffer.alloc(4096), position });
      return buffer.toString('latin1', 0, bytesRead);
    };
    return { head: await at(0), tail: await at(Math.max(0, size - 4096)) };
  } finally {
    await handle.close();
  }
}

function describe(
  command: readonly string[],
  times: readonly CommandTime[],
  facts: Pick<RecordingDocument, 'ended' | 'strace' | 'logDigest' | 'snapshot'>,
): RecordingDocument {
  const wall = times.map((time) => time.wall);
  const mean = (of: (time: CommandTime) => number): SampledMean => {
    const samples = times.map(of);
    return { ...bootstrapMean(samples, SEED), samples };
  };
  return {
    schema: RECORDING_SCHEMA,
    date: new Date().toISOString(),
    command,
    cwd: process.cwd(),
    runs: times.length,
    wall: { ...bootstrapMedian(wall, SEED), samples: wall },
    user: mean((time) => time.user),
    system: mean((time) => time.system),
    kernel: release(),
    ...facts,
  };
}

async function sha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

export async function compress(compressor: readonly string[], from: string, to: string, signal?: AbortSignal): Promise<void> {
  const [name, ...args] = compressor;
  const child = spawn(name, [...args, from], { stdio: ['ignore', 'pipe', 'inherit'], signal });
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('exit', resolve));
  const [status] = await Promise.all([ended, pipeline(child.stdout, createWriteStream(to))]);
  if (status !== 0) throw new UringReplayError('UR_NO_TOOL', `${name} failed with status ${status ?? 'unknown'}`, 'Name the log without its ending.');
}
