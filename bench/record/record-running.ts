/** `record --pid`: the calls of a process that already runs, for a while. */
import { rename, rm, stat } from 'node:fs/promises';
import { UringReplayError } from '../../replay/errors.js';
import { attach } from './attach.js';
import { checkOutput, compress } from './record.js';
import { recordingFileOf } from './recording.js';
import { snapshotFileOf } from '../snapshot/format.js';

export interface RecordRunningSettings {
  readonly log: string;
  readonly pid: number;
  /** null: until the process ends or `signal`. */
  readonly seconds: number | null;
  readonly force: boolean;
  /** Ends the recording; what was recorded is kept. */
  readonly signal?: AbortSignal;
  /** All threads are traced. */
  readonly onAttached?: (threads: number) => void;
}

export interface RecordedRunning {
  readonly threads: number;
  /** How long it was traced. */
  readonly seconds: number;
  /** Why it ended: --for, Ctrl-C, or nothing was left to trace. */
  readonly ended: 'time' | 'interrupted' | 'process ended';
  readonly logBytes: number;
}

/**
 * The log appears whole or not at all. Throws UR_EXISTS, UR_CANNOT_WRITE, UR_NO_TOOL, UR_NO_STRACE, UR_NO_PROCESS,
 * UR_TRACED, UR_NO_PTRACE, UR_NO_CALLS.
 */
export async function recordRunning(settings: RecordRunningSettings): Promise<RecordedRunning> {
  const { log, pid, signal } = settings;
  const compressor = await checkOutput(settings);
  const partial = `${log}.${process.pid}.partial`;
  const packed = `${partial}.packed`;
  try {
    const attached = await attach(pid, partial);
    settings.onAttached?.(attached.threads);
    const begin = performance.now();
    const ended = await firstOf(attached.ended, settings.seconds, signal);
    await attached.detach();
    const seconds = (performance.now() - begin) / 1000;
    if ((await stat(partial)).size === 0) {
      throw new UringReplayError('UR_NO_CALLS', `process ${pid} made no system call in ${seconds.toFixed(1)} s`, 'Record for longer, or while it works.');
    }
    if (compressor !== null) await compress(compressor, partial, packed);
    const finished = compressor === null ? partial : packed;
    const logBytes = (await stat(finished)).size;
    await rename(finished, log);
    // What belongs to an earlier log would belong to nothing.
    for (const file of [recordingFileOf(log), snapshotFileOf(log)]) await rm(file, { force: true });
    return { threads: attached.threads, seconds, ended, logBytes };
  } finally {
    for (const file of [partial, packed]) await rm(file, { force: true });
  }
}

async function firstOf(gone: Promise<void>, seconds: number | null, signal?: AbortSignal): Promise<RecordedRunning['ended']> {
  return new Promise((resolve) => {
    // strace does not keep this process alive; a timer does, also where no time was given.
    const timer = seconds === null ? setInterval(() => undefined, 2 ** 30) : setTimeout(end, seconds * 1000, 'time');
    function end(why: RecordedRunning['ended']): void {
      clearTimeout(timer);
      signal?.removeEventListener('abort', interrupt);
      resolve(why);
    }
    const interrupt = (): void => {
      end('interrupted');
    };
    signal?.addEventListener('abort', interrupt);
    if (signal?.aborted === true) interrupt();
    void gone.then(() => {
      end('process ended');
    });
  });
}
