/** `run --timeline`: one pass of each arm over time, in passes of their own after the measured ones. */
import type { CountReport, TimelineReport } from '../replay/engine.js';
import { ProgramView } from '../replay/plan/view.js';
import type { Trace } from '../replay/trace/model.js';
import type { Replayer } from './arms/contestant.js';
import { pathOf } from './op-path.js';
import type { Scene } from './scene.js';
import type { Team, TeamMember } from './arms/team.js';

/** Part of the result document; nanoseconds since the begin of the pass, a call has the same index everywhere. */
export interface Timelines {
  /** Of the program, the first TIMELINE_CALLS_MAX. */
  readonly calls: {
    readonly line: readonly number[];
    /** Index into `syscalls`. */
    readonly syscall: readonly number[];
    /** Index into `paths`: what the call names, or what its descriptor was opened from; null: neither is known. */
    readonly path: readonly (number | null)[];
  };
  readonly syscalls: readonly string[];
  readonly paths: readonly string[];
  /** Calls of the program beyond those. */
  readonly callsLeftOut: number;
  /** Arms of a part of the program (libuv's, serial/fs) are not there: their calls are not these. */
  readonly arms: readonly ArmTimeline[];
}

export interface ArmTimeline {
  readonly id: string;
  /** Of this pass, which is slower than a measured one: clocks are read, and the ring is entered twice to submit and to wait. */
  readonly wallNs: number;
  /** Called, or submitted. */
  readonly beginNs: readonly number[];
  /** Returned, or completed as far as the replaying thread can know. */
  readonly endNs: readonly number[];
  /** One letter per call: `d` a plain call, `i` done in submission, `p` handed to a worker. */
  readonly ways: string;
  /** Per call, the thread that issued it; null: all the replaying one. */
  readonly threads: readonly number[] | null;
  /** Each io_uring_enter: begin, end of submission, end of waiting, requests submitted. */
  readonly entries: readonly (readonly number[])[];
}

/** Keeps a result with timelines below some megabytes. */
const TIMELINE_CALLS_MAX = 20_000;
/** Of which the one with the median time is kept. */
const PASSES = 5;

/** Rejects with what a replay rejects with. */
export async function takeTimelines({ members }: Team, trace: Trace, scene: Pick<Scene, 'plan' | 'prefix'>): Promise<Timelines> {
  const arms: ArmTimeline[] = [];
  for (const member of members) {
    // A part of the program has calls of its own, and serial is there for all of them.
    if (member.spec.part !== undefined) continue;
    arms.push(await takeOne(member));
  }
  return { ...describeCalls(trace, scene), arms };
}

async function takeOne(member: TeamMember): Promise<ArmTimeline> {
  const replayer = await member.start();
  try {
    // Warms up, too.
    const counted = await replayer.count();
    const reports = [await timelineOf(replayer, member.id)];
    while (replayer.single !== true && reports.length < PASSES) reports.push(await timelineOf(replayer, member.id));
    const middle = reports.sort((a, b) => a.wallNs - b.wallNs)[Math.floor(reports.length / 2)];
    return armTimeline(member.id, middle, counted);
  } finally {
    await replayer.close();
  }
}

function timelineOf(replayer: Replayer, id: string): Promise<TimelineReport> {
  if (replayer.timeline === undefined) throw new Error(`${id} cannot be watched`);
  return replayer.timeline();
}

function armTimeline(id: string, report: TimelineReport, { puntedOps = new Uint32Array() }: CountReport): ArmTimeline {
  const kept = (values: Float64Array | Uint16Array): number[] => [...values.subarray(0, TIMELINE_CALLS_MAX)];
  const punted = new Set(puntedOps);
  const ways = Array.from(report.onRing.subarray(0, TIMELINE_CALLS_MAX), (onRing, op) => (onRing === 0 ? 'd' : punted.has(op) ? 'p' : 'i'));
  const beginNs = kept(report.beginNs);
  const last = kept(report.endNs).reduce((a, b) => Math.max(a, b), 0);
  const whole = report.beginNs.length <= TIMELINE_CALLS_MAX;
  const entries = Array.from({ length: report.entries.length / 4 }, (_, i) => [...report.entries.subarray(4 * i, 4 * i + 4)]);
  return {
    id,
    wallNs: report.wallNs,
    beginNs,
    endNs: kept(report.endNs),
    ways: ways.join(''),
    threads: report.thread.some((thread) => thread > 0) ? kept(report.thread) : null,
    entries: whole ? entries : entries.filter(([begin]) => begin <= last),
  };
}

function describeCalls(trace: Trace, { plan, prefix }: Pick<Scene, 'plan' | 'prefix'>): Omit<Timelines, 'arms'> {
  const view = new ProgramView(plan.program);
  const shown = Math.min(plan.ops, TIMELINE_CALLS_MAX);
  const syscalls = new Map<string, number>();
  const paths = new Map<string, number>();
  const idIn = (ids: Map<string, number>, text: string): number => {
    const known = ids.get(text);
    if (known !== undefined) return known;
    ids.set(text, ids.size);
    return ids.size - 1;
  };
  /** Slots are never used twice, so what was opened there is what a later call is about. */
  const opened = new Map<number, string>();
  for (let i = 0; i < view.setupCount; i++) remember(view.setup(i));
  const calls = { line: [] as number[], syscall: [] as number[], path: [] as (number | null)[] };
  for (let i = 0; i < shown; i++) {
    const path = remember(view.op(i));
    const call = trace.call(plan.callOf[i]);
    calls.line.push(call.line);
    calls.syscall.push(idIn(syscalls, call.name));
    calls.path.push(path === null ? null : idIn(paths, path));
  }
  return { calls, syscalls: [...syscalls.keys()], paths: [...paths.keys()], callsLeftOut: plan.ops - shown };

  function remember(op: Parameters<typeof pathOf>[0]): string | null {
    const path = pathOf(op, prefix) ?? (op.fd === undefined ? null : (opened.get(op.fd) ?? null));
    if (path !== null && op.out !== undefined) opened.set(op.out, path);
    return path;
  }
}
