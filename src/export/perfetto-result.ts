/**
 * The timelines of a result (`run --timeline`) in the Trace Event Format: one process per arm, all beginning at 0, so
 * that they stand one below the other. What is drawn of the ring:
 *
 *   replaying thread   | lseek | io_uring_enter                    |     plain calls, and entries with what they did:
 *                              | submit 4        | wait            |     submitting, then waiting; below them the
 *                              | openat | openat |                       requests that were done inside
 *   in flight 1                | newfstatat (handed to a worker)   |     from submission until known to be done
 *   in flight 2                | newfstatat                |
 *
 * When inside an entry a request was done, and which worker did it, the kernel does not tell: the former are drawn
 * with equal shares, the latter on as many lanes as were in flight at once.
 */
import type { ArmTimeline, Timelines } from '../../bench/timeline.js';
import type { ResultDocument } from '../../bench/result/result.js';
import { UringReplayError } from '../../replay/errors.js';
import { safeJson } from '../analysis/text.js';
import { duration } from '../report/units.js';
import type { Write } from '../report/write-file.js';

const REPLAYING = 1;
/** Threads of the threads engine follow the replaying one; lanes begin here. */
const LANES = 2000;

/** Throws UR_NO_TIMELINE. `file`: its name, for messages. */
export function writeResultTimeline({ timeline }: ResultDocument, file: string, write: Write): void {
  if (timeline === undefined) {
    throw new UringReplayError('UR_NO_TIMELINE', `${file} holds no timeline`, 'Measure with one: uring-replay run LOG --timeline --json RESULT.json');
  }
  let open = write(Buffer.from('{"displayTimeUnit":"ns","traceEvents":[\n'));
  for (const [i, arm] of timeline.arms.entries()) {
    const events = new ArmEvents(i + 1, arm, timeline).events();
    if (open) open = write(Buffer.from(`${i === 0 ? '' : ',\n'}${events.map((event) => safeJson(event)).join(',\n')}`));
  }
  if (open) write(Buffer.from(`\n],"otherData":${safeJson(notesOf(timeline))}}\n`));
}

/** What a viewer shows about the trace as a whole. */
function notesOf({ arms, callsLeftOut }: Timelines): Readonly<Record<string, string>> {
  return {
    ...(arms.some(({ entries }) => entries.length > 0) && NOT_TOLD),
    ...(callsLeftOut > 0 && { 'calls left out': `${callsLeftOut} behind the last one drawn` }),
  };
}

const NOT_TOLD = {
  'io-wq workers': 'A completion does not say which worker did the request, and the tracepoint of queueing knows none yet. So workers have no lanes of their own: '
    + 'the lanes "in flight N" are as many as the requests that were with them, or waited behind one, at the same time.',
  'requests done inside an entry': 'When inside io_uring_enter each was done is not told; they are drawn with equal shares of it.',
};

type Event = Readonly<Record<string, unknown>>;

const microseconds = (ns: number): number => ns / 1e3;

interface Entry {
  readonly begin: number;
  readonly submitted: number;
  readonly end: number;
  readonly requests: number;
  readonly inSubmission: number[];
  readonly inWaiting: number[];
}

class ArmEvents {
  readonly #pid: number;
  readonly #arm: ArmTimeline;
  readonly #timeline: Timelines;
  readonly #events: Event[] = [];
  readonly #threads = new Map<number, string>();

  constructor(pid: number, arm: ArmTimeline, timeline: Timelines) {
    this.#pid = pid;
    this.#arm = arm;
    this.#timeline = timeline;
  }

  events(): readonly Event[] {
    const { id, wallNs, ways, entries, beginNs } = this.#arm;
    this.#threads.set(REPLAYING, 'replaying thread');
    const { inside, elsewhere } = this.#sorted();
    const drawings = [
      ...inside.map((entry) => ({ at: entry.begin, draw: () => { this.#entry(entry); } })),
      ...this.#calls((op) => ways[op] === 'd').map((op) => ({ at: beginNs[op], draw: () => { this.#plain(op); } })),
    ];
    for (const { draw } of drawings.sort((a, b) => a.at - b.at)) draw();
    this.#lanes(elsewhere);
    if (entries.length > 0) this.#inFlight();
    const named = [...this.#threads].map(([tid, name]) => ({ ph: 'M', name: 'thread_name', pid: this.#pid, tid, args: { name } }));
    return [
      { ph: 'M', name: 'process_name', pid: this.#pid, args: { name: `${id}: one pass, ${duration(wallNs)}` } },
      { ph: 'M', name: 'process_sort_index', pid: this.#pid, args: { sort_index: this.#pid } },
      ...named,
      ...this.#events,
    ];
  }

  #calls(wanted: (op: number) => boolean): number[] {
    return Array.from(this.#arm.beginNs, (_, op) => op).filter(wanted);
  }

  /** Begins and ends, not lengths: sums of fractions would be off by a bit, and then slices overlap. */
  #slice(tid: number, name: string, cat: string, begin: number, end: number, args: Event, inside: () => void = () => undefined): void {
    const slice = { name, cat, pid: this.#pid, tid, args };
    this.#events.push({ ph: 'B', ts: microseconds(begin), ...slice });
    inside();
    // speedscope finds the begin of an end by name and arguments.
    this.#events.push({ ph: 'E', ts: microseconds(end), ...slice });
  }

  /** What a call is called, and where it comes from. */
  #call(op: number): { readonly name: string; readonly args: Event } {
    const { calls, syscalls, paths } = this.#timeline;
    const path = calls.path[op];
    return { name: syscalls[calls.syscall[op]], args: { line: calls.line[op], ...(path !== null && { path: paths[path] }) } };
  }

  #plain(op: number): void {
    const { beginNs, endNs, threads } = this.#arm;
    const tid = REPLAYING + (threads?.[op] ?? 0);
    if (!this.#threads.has(tid)) this.#threads.set(tid, `thread ${tid}`);
    const { name, args } = this.#call(op);
    this.#slice(tid, name, 'plain', beginNs[op], endNs[op], { ...args, how: 'plain call' });
  }

  /** The requests: by the entry that did them, and those that were done elsewhere. */
  #sorted(): { readonly inside: readonly Entry[]; readonly elsewhere: readonly number[] } {
    const { beginNs, endNs, ways } = this.#arm;
    const entries = this.#arm.entries.map(([begin, submitted, end, requests]): Entry => ({ begin, submitted, end, requests, inSubmission: [], inWaiting: [] }));
    const byBegin = new Map(entries.map((entry) => [entry.begin, entry]));
    const elsewhere: number[] = [];
    for (const op of this.#calls((index) => ways[index] !== 'd')) {
      const entry = byBegin.get(beginNs[op]);
      // One behind a request that a worker has is done when that is, in whatever entry.
      if (ways[op] === 'p' || entry === undefined || endNs[op] > entry.end) elsewhere.push(op);
      else (endNs[op] <= entry.submitted ? entry.inSubmission : entry.inWaiting).push(op);
    }
    return { inside: entries, elsewhere };
  }

  #entry({ begin, submitted, end, requests, inSubmission, inWaiting }: Entry): void {
    const done = inSubmission.length + inWaiting.length;
    this.#slice(REPLAYING, 'io_uring_enter', 'entry', begin, end, { submitted: requests, done_inside: done }, () => {
      if (submitted > begin) {
        this.#slice(REPLAYING, `submit ${requests}`, 'entry', begin, submitted, { submitted: requests, done_inside: inSubmission.length }, () => {
          this.#shares(inSubmission, begin, submitted);
        });
      }
      if (end > submitted) {
        this.#slice(REPLAYING, 'wait', 'entry', submitted, end, { done_inside: inWaiting.length }, () => {
          this.#shares(inWaiting, submitted, end);
        });
      }
    });
  }

  #shares(ops: readonly number[], begin: number, end: number): void {
    for (const [i, op] of ops.entries()) {
      const at = (share: number): number => begin + Math.floor(((end - begin) * share) / ops.length);
      const { name, args } = this.#call(op);
      this.#slice(REPLAYING, name, 'inline', at(i), at(i + 1), { ...args, how: 'done in submission (inline)', drawn: 'an equal share of the entry that did it' });
    }
  }

  /** Each on the first lane that is free when it is submitted. */
  #lanes(ops: readonly number[]): void {
    const { beginNs, endNs, ways } = this.#arm;
    const free: number[] = [];
    for (const op of ops.toSorted((a, b) => beginNs[a] - beginNs[b] || endNs[a] - endNs[b])) {
      const found = free.findIndex((until) => until <= beginNs[op]);
      const lane = found < 0 ? free.length : found;
      free[lane] = endNs[op];
      this.#threads.set(LANES + lane, `in flight ${lane + 1}`);
      const { name, args } = this.#call(op);
      const how = ways[op] === 'p' ? 'handed to a worker (punted)' : 'waited in a chain behind another request';
      this.#slice(LANES + lane, name, ways[op] === 'p' ? 'punted' : 'chained', beginNs[op], endNs[op], { ...args, how });
    }
  }

  /** How many requests the kernel has: a curve. */
  #inFlight(): void {
    const { beginNs, endNs, ways } = this.#arm;
    const changes = new Map<number, number>();
    const change = (ns: number, by: number): void => { changes.set(ns, (changes.get(ns) ?? 0) + by); };
    for (const op of this.#calls((index) => ways[index] !== 'd')) {
      change(beginNs[op], 1);
      change(endNs[op], -1);
    }
    let requests = 0;
    for (const [ns, by] of [...changes].sort(([a], [b]) => a - b)) {
      requests += by;
      this.#events.push({ ph: 'C', name: 'requests in flight', pid: this.#pid, ts: microseconds(ns), args: { requests } });
    }
  }
}
