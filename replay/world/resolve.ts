/** From a trace to a program: each call becomes one op, or has its reason in the ledger. */
import { existsSync } from 'node:fs';
import { UringReplayError } from '../errors.js';
import { ProgramBuilder } from '../plan/encode.js';
import type { LogEvent, Trace } from '../trace/model.js';
import { Arguments } from './arguments.js';
import { HANDLERS } from './calls/index.js';
import { Changes } from './changes.js';
import { Dependencies } from './dependencies.js';
import { LedgerBook } from './ledgerbook.js';
import { Paths } from './paths.js';
import { ProcessTable } from './process.js';
import { reasonFor } from './reasons.js';
import { addRestore } from './restore.js';
import { Spares } from './spares.js';
import { StandIns } from './standins.js';
import { findStartDirectory } from './startdir.js';
import { Timeline } from './timeline.js';
import { FileTree } from './tree/model.js';
import type { Plan, PlanOptions, TreeModel } from './types.js';
import { World } from './world.js';

/** Stands for a start directory that the log does not reveal. */
export const UNKNOWN_CWD = '/cwd';
/**
 * A special file found by a late fstat makes its open unfit for replay, and so does a kernel file that was not always
 * the same; each round finds at least one more.
 */
const ROUNDS_MAX = 5;
const PIDS_SHOWN = 10;

/** Resolves every call of `trace`. Paths and what is known about files go into a new tree. */
export function resolve(trace: Trace, options: PlanOptions, makeTree: () => TreeModel = () => new FileTree()): Plan {
  const special = new Set<string>();
  for (let round = 1; ; round++) {
    const { plan, found } = resolveOnce(trace, options, makeTree(), new Set(special));
    const before = special.size;
    for (const path of found) special.add(path);
    if (special.size === before || round === ROUNDS_MAX) return plan;
  }
}

function resolveOnce(
  trace: Trace, options: PlanOptions, tree: TreeModel, special: ReadonlySet<string>,
): { plan: Plan; found: Iterable<string> } {
  const builder = new ProgramBuilder();
  const book = new LedgerBook(trace.length);
  const start = startDirectories(trace, options);
  const paths = new Paths(options, builder, tree, special, start.real);
  const pids = pidsOf(trace);
  const processes = new ProcessTable(pids, start.logged);
  const timeline = new Timeline(trace, (event) => { applyEvent(event, processes); });
  const deps = new Dependencies(countCwdChanges(trace));
  const changes = new Changes(deps);
  const standIns = new StandIns(builder, paths, trace.length > 0 && trace.call(0).name === 'execve');
  const world = new World({
    mode: options.mode, builder, tree, paths, timeline, book, deps, changes, processes, calls: trace.length,
    spares: new Spares(builder, paths.outside('/')), standIns, args: new Arguments(trace),
  });
  const handlers = trace.names.map((name) => HANDLERS.get(name));
  const reasons = trace.names.map(reasonFor);
  const wanted = options.pids === undefined ? null : wantedOf(options.pids, pids);
  const { nameId, pid, line } = trace.columns;

  for (let i = 0; i < trace.length; i++) {
    const id = nameId[i];
    const handler = handlers[id];
    if (handler === undefined) {
      book.skip(i, reasons[id]);
      continue;
    }
    timeline.advance(line[i]);
    const process = processes.of(pid[i]);
    const ours = wanted === null || wanted.has(pid[i]);
    if (ours) world.mainFs ??= process.fs;
    world.begin(trace.call(i), process, ours);
    handler(world);
    world.end();
  }
  timeline.advance(Infinity);

  standIns.settle();
  addRestore(builder, changes, tree);
  const callOf = world.finish();
  const plan: Plan = {
    program: builder.finish(),
    ops: callOf.length,
    callOf,
    calls: trace.length,
    ledger: book.entries(trace.names, nameId),
    reasonOf: (call) => book.reasonOf(call),
    standIns: standIns.count,
    tree,
  };
  return { plan, found: standIns.count.kernelFiles === 0 ? world.specialFound : [...world.specialFound, ...contradicted(tree, paths)] };
}

/** Kernel files about which the log says different things at different times: no one file can stand for them. */
function contradicted(tree: TreeModel, paths: Paths): string[] {
  return tree.conflicts
    .flatMap(({ path }) => [paths.resolve(path, false), paths.resolve(path, true)])
    .filter((path) => paths.isKernelFile(path));
}

/** Where the log's first process starts, and where the replay does. */
function startDirectories(trace: Trace, options: PlanOptions): { logged: string; real: string } {
  const found = findStartDirectory(trace);
  if (options.mode !== 'live') {
    const start = found ?? options.cwd ?? UNKNOWN_CWD;
    return { logged: start, real: start };
  }
  const here = Buffer.from(process.cwd()).toString('latin1');
  // A log of another host: its relative paths become absolute ones.
  const real = found !== null && existsSync(Buffer.from(found, 'latin1')) ? found : here;
  return { logged: found ?? here, real };
}

function countCwdChanges(trace: Trace): number {
  const changes = trace.names.map((name) => name === 'chdir' || name === 'fchdir');
  let count = 0;
  for (let i = 0; i < trace.length; i++) if (changes[trace.columns.nameId[i]]) count++;
  return count;
}

function wantedOf(wanted: readonly number[], logged: ReadonlySet<number>): Set<number> {
  const missing = wanted.filter((pid) => !logged.has(pid));
  if (missing.length === 0) return new Set(wanted);
  const there = [...logged].filter((pid) => pid > 0);
  throw new UringReplayError('UR_USAGE', `the log has no process ${missing.join(', ')}`, there.length === 0
    ? 'It names no process: replay it whole.'
    : `It has ${there.slice(0, PIDS_SHOWN).join(', ')}${there.length > PIDS_SHOWN ? ` and ${there.length - PIDS_SHOWN} more` : ''}.`);
}

/** All pids that strace printed, also of processes that made no call. */
function pidsOf(trace: Trace): Set<number> {
  const pids = new Set<number>();
  const { pid } = trace.columns;
  for (let i = 0; i < pid.length; i++) if (i === 0 || pid[i] !== pid[i - 1]) pids.add(pid[i]);
  for (const event of trace.events()) if (event.pid !== null) pids.add(event.pid);
  return pids;
}

function applyEvent(event: LogEvent, processes: ProcessTable): void {
  if (event.pid === null) return;
  if (event.kind !== 'superseded') {
    processes.exit(event.pid);
    return;
  }
  const by = /superseded by execve in pid (\d+)/.exec(Buffer.from(event.text).toString('latin1'));
  if (by !== null) processes.supersede(event.pid, Number(by[1]));
}
