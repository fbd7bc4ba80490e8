/**
 * Whose the lines without a pid are, in a log captured from stderr: strace prints `[pid N]` there only while more than
 * one process is traced. Before the first fork it is the process that forks, later the only one that is left.
 */
import type { LogEvent } from '../trace/model.js';

export interface PidColumns {
  readonly length: number;
  readonly pid: Int32Array;
  readonly line: Uint32Array;
  readonly ret: Float64Array;
  /** Whether call i makes a process when it returns one. */
  forks(i: number): boolean;
}

const FORKS = new Set(['fork', 'vfork', 'clone', 'clone3']);
export const isFork = (name: string): boolean => FORKS.has(name);

/** Fills in `pid` where it can be told. Events are changed as well; both are in the order of their lines. */
export function inferPids(calls: PidColumns, events: LogEvent[]): LogEvent[] {
  const root = rootPid(calls, events);
  if (root === null) return events;
  const alive = new Set([root]);
  const known: LogEvent[] = [];
  let e = 0;
  const single = (): number => (alive.size === 1 ? [...alive][0] : -1);
  const eventsBefore = (line: number): void => {
    for (; e < events.length && events[e].line < line; e++) {
      const event = events[e];
      const pid = event.pid ?? (single() < 0 ? null : single());
      known.push(pid === event.pid || event.kind === 'note' ? event : { ...event, pid });
      if (event.kind === 'note') {
        const attached = ATTACHED.exec(Buffer.from(event.text).toString('latin1'));
        if (attached !== null) alive.add(Number(attached[1]));
      } else if (pid !== null && (event.kind === 'exit' || event.kind === 'killed')) alive.delete(pid);
    }
  };
  for (let i = 0; i < calls.length; i++) {
    eventsBefore(calls.line[i]);
    if (calls.pid[i] < 0) calls.pid[i] = single();
    if (calls.forks(i) && calls.ret[i] > 0) alive.add(calls.ret[i]);
  }
  eventsBefore(Infinity);
  return known;
}

const ATTACHED = /Process (\d+) attached/;

/** The process that was there first; null when the log has pids everywhere or nowhere, or does not tell. */
function rootPid(calls: PidColumns, events: readonly LogEvent[]): number | null {
  const made = new Set<number>();
  let without = false;
  for (let i = 0; i < calls.length; i++) {
    without ||= calls.pid[i] < 0;
    if (calls.forks(i) && calls.ret[i] > 0) made.add(calls.ret[i]);
  }
  if (!without) return null;
  for (const { kind, text } of events) {
    const attached = kind === 'note' ? ATTACHED.exec(Buffer.from(text).toString('latin1')) : null;
    if (attached !== null) made.add(Number(attached[1]));
  }
  const first = calls.pid.find((pid, i) => i < calls.length && pid >= 0 && !made.has(pid));
  return first ?? null;
}
