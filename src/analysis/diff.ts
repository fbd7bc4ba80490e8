/** `diff A B`: two start-ups side by side. */
import { analyse } from './analyse.js';
import { FILE_MEASURES, Files, type FileCounts, type FilesResult } from './files.js';
import { PHASE_IDS, type PhaseId, type PhasesResult } from './phases/model.js';
import { Phases } from './phases/phases.js';
import { Probes, type ProbesResult } from './probes.js';
import type { Subject } from './subject.js';

export interface SyscallCount {
  calls: number;
  errors: number;
  /** Inside the calls, as strace saw it. */
  seconds: number;
}

/** What is compared of one log. */
export interface Side {
  readonly log: string;
  readonly syscalls: ReadonlyMap<string, SyscallCount>;
  readonly files: FilesResult;
  readonly probes: ProbesResult;
  readonly phases: PhasesResult;
  /** From the first call to the last; null without times. */
  readonly wallSeconds: number | null;
  readonly seconds: number;
}

class Overview {
  readonly syscalls = new Map<string, SyscallCount>();
  seconds = 0;
  first: number | null = null;
  last = 0;

  add({ call, failed }: Subject): void {
    let row = this.syscalls.get(call.name);
    if (row === undefined) this.syscalls.set(call.name, (row = { calls: 0, errors: 0, seconds: 0 }));
    row.calls++;
    if (failed) row.errors++;
    row.seconds += call.duration ?? 0;
    this.seconds += call.duration ?? 0;
    if (call.time === null) return;
    this.first = Math.min(this.first ?? Infinity, call.time);
    this.last = Math.max(this.last, call.time + (call.duration ?? 0));
  }
}

export async function sideOf(log: string, onBytes?: (bytes: number) => void): Promise<Side> {
  const overview = new Overview();
  const files = new Files();
  const probes = new Probes();
  const phases = new Phases();
  await analyse(log, [overview, files, probes, phases], onBytes === undefined ? {} : { onBytes });
  const wallSeconds = overview.first === null ? null : overview.last - overview.first;
  const { syscalls, seconds } = overview;
  return { log, syscalls, files: files.result(), probes: probes.result(), phases: phases.result(), wallSeconds, seconds };
}

export interface Pair<T> {
  readonly a: T;
  readonly b: T;
}

export interface DiffResult {
  readonly logs: Pair<string>;
  readonly totals: Readonly<Record<'calls' | 'errors' | 'fileCalls' | 'paths' | 'lookups' | 'misses' | 'searches' | 'programs' | 'bytesRead' | 'seconds', Pair<number>>>;
  readonly wallSeconds: Pair<number | null>;
  /** Largest difference in calls first. */
  readonly syscalls: readonly ({ readonly name: string } & Pair<SyscallCount>)[];
  readonly phases: readonly { readonly phase: PhaseId; readonly calls: Pair<number>; readonly misses: Pair<number>; readonly wallSeconds: Pair<number | null> }[];
  /** Paths that the other log never asks for, most calls first. latin1. */
  readonly onlyIn: Pair<readonly (FileCounts & { readonly path: string })[]>;
  /** Paths in both, with another number of calls; largest difference first. */
  readonly changed: readonly ({ readonly path: string } & Pair<FileCounts>)[];
}

const NONE: SyscallCount = { calls: 0, errors: 0, seconds: 0 };

export function compareSides(a: Side, b: Side): DiffResult {
  const pair = <T>(of: (side: Side) => T): Pair<T> => ({ a: of(a), b: of(b) });
  const errors = (side: Side): number => [...side.syscalls.values()].reduce((n, row) => n + row.errors, 0);
  const names = [...new Set([...a.syscalls.keys(), ...b.syscalls.keys()])];
  const syscalls = names
    .map((name) => ({ name, ...pair((side) => side.syscalls.get(name) ?? NONE) }))
    .sort((x, y) => Math.abs(y.b.calls - y.a.calls) - Math.abs(x.b.calls - x.a.calls) || y.a.calls + y.b.calls - x.a.calls - x.b.calls || (x.name < y.name ? -1 : 1));
  return {
    logs: pair((side) => side.log),
    totals: {
      calls: pair((side) => side.files.calls),
      errors: pair(errors),
      fileCalls: pair((side) => side.files.fileCalls),
      paths: pair((side) => side.files.paths),
      lookups: pair((side) => side.probes.lookups),
      misses: pair((side) => side.probes.misses),
      searches: pair((side) => side.probes.searches),
      programs: pair((side) => side.phases.programs),
      bytesRead: pair((side) => side.files.totals.bytesRead),
      seconds: pair((side) => side.seconds),
    },
    wallSeconds: pair((side) => side.wallSeconds),
    syscalls,
    phases: phasesOf(a, b),
    ...filesOf(a, b),
  };
}

function phasesOf(a: Side, b: Side): DiffResult['phases'] {
  return PHASE_IDS.flatMap((phase) => {
    const [x, y] = [a, b].map((side) => side.phases.totals.find((total) => total.phase === phase));
    if (x === undefined && y === undefined) return [];
    return [
      {
        phase,
        calls: { a: x?.calls ?? 0, b: y?.calls ?? 0 },
        misses: { a: x?.misses ?? 0, b: y?.misses ?? 0 },
        wallSeconds: { a: x?.wallSeconds ?? null, b: y?.wallSeconds ?? null },
      },
    ];
  });
}

function filesOf(a: Side, b: Side): Pick<DiffResult, 'onlyIn' | 'changed'> {
  const inA = new Map(a.files.files.map((file) => [file.path, file]));
  const inB = new Map(b.files.files.map((file) => [file.path, file]));
  const most = (x: FileCounts & { path: string }, y: FileCounts & { path: string }): number => y.calls - x.calls || (x.path < y.path ? -1 : 1);
  const changed = a.files.files.flatMap((file) => {
    const other = inB.get(file.path);
    if (other === undefined || FILE_MEASURES.every((m) => m === 'seconds' || file[m] === other[m])) return [];
    return [{ path: file.path, a: file, b: other }];
  });
  return {
    onlyIn: {
      a: a.files.files.filter((file) => !inB.has(file.path)).sort(most),
      b: b.files.files.filter((file) => !inA.has(file.path)).sort(most),
    },
    changed: changed.sort((x, y) => Math.abs(y.b.calls - y.a.calls) - Math.abs(x.b.calls - x.a.calls) || (x.path < y.path ? -1 : 1)),
  };
}
