/** `record --pid PID`: attaches to a process that runs. */
import { recordRunning } from '../../bench/record/record-running.js';
import { UringReplayError } from '../../replay/errors.js';
import { note } from '../report/progress.js';
import { count } from '../report/units.js';
import { interruptible } from './interruptible.js';
import { duration, wholeNumber } from './options.js';

const PID_MAX = 2 ** 22; // PID_MAX_LIMIT of include/linux/threads.h
const FOR_MIN_NS = 1e6;
const FOR_MAX_NS = 86_400e9;

export interface RunningFlags {
  readonly output: string;
  readonly pid: string;
  readonly for?: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

export async function recordPid(flags: RunningFlags): Promise<void> {
  const pid = wholeNumber('--pid', flags.pid, 1, PID_MAX);
  if (pid === process.pid) throw new UringReplayError('UR_USAGE', `--pid: ${pid} is this very process`, 'Name another one.');
  const seconds = flags.for === undefined ? null : duration('--for', flags.for, FOR_MIN_NS, FOR_MAX_NS) / 1e9;
  const recorded = await interruptible((signal, progress) => recordRunning({
    log: flags.output,
    pid,
    seconds,
    force: flags.force ?? false,
    signal,
    onAttached: (threads) => {
      progress.update(`recording ${threads} ${threads === 1 ? 'thread' : 'threads'} of process ${pid}; Ctrl-C ends it and keeps the log`);
    },
  }));
  const why = recorded.ended === 'process ended' ? ', until it ended' : recorded.ended === 'interrupted' ? ', until interrupted' : '';
  const text = `${flags.output}: ${count(recorded.logBytes)} bytes; process ${pid} for ${recorded.seconds.toFixed(1)} s${why}\nNext: uring-replay run ${flags.output}\n`;
  if (flags.json === true) process.stderr.write(`${JSON.stringify(recorded)}\n`);
  else note(text);
}
