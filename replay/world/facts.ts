/** What must be known of a whole log before its first call can be resolved. */
import type { LogEvent, Trace } from '../trace/model.js';
import { findStartDirectory } from './startdir.js';

export interface LogFacts {
  /** All that strace printed, also of processes that made no call. */
  readonly pids: ReadonlySet<number>;
  /** Where the first process starts (absolute, latin1); null where the log does not tell. */
  readonly startDirectory: string | null;
  /** chdir and fchdir calls. */
  readonly cwdChanges: number;
  /** The first call is the execve that starts the program. */
  readonly fromStart: boolean;
  /** By line; those that end no process need not be among them. */
  readonly events: Iterable<LogEvent>;
}

export const changesCwd = (name: string): boolean => name === 'chdir' || name === 'fchdir';

export function factsOf(trace: Trace): LogFacts {
  return {
    pids: pidsOf(trace),
    startDirectory: findStartDirectory(trace),
    cwdChanges: countCwdChanges(trace),
    fromStart: trace.length > 0 && trace.call(0).name === 'execve',
    events: { [Symbol.iterator]: () => trace.events() },
  };
}

function countCwdChanges(trace: Trace): number {
  const changes = trace.names.map(changesCwd);
  let count = 0;
  for (let i = 0; i < trace.length; i++) if (changes[trace.columns.nameId[i]]) count++;
  return count;
}

function pidsOf(trace: Trace): Set<number> {
  const pids = new Set<number>();
  const { pid } = trace.columns;
  for (let i = 0; i < pid.length; i++) if (i === 0 || pid[i] !== pid[i - 1]) pids.add(pid[i]);
  for (const event of trace.events()) if (event.pid !== null) pids.add(event.pid);
  return pids;
}
