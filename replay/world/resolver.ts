/** One going through the calls of a log, in the order in which they were entered. */
import { existsSync } from 'node:fs';
import { UringReplayError } from '../errors.js';
import type { ProgramBuilder } from '../plan/encode.js';
import type { LogEvent } from '../trace/model.js';
import { Arguments, type CallSource } from './arguments.js';
import type { Handler } from './calls/index.js';
import { Changes } from './changes.js';
import type { Dependencies } from './dependencies.js';
import type { LogFacts } from './facts.js';
import type { LedgerKeeper } from './ledgerbook.js';
import type { LoggedCall } from './logged.js';
import { Paths } from './paths.js';
import { ProcessTable } from './process.js';
import { addRestore } from './restore.js';
import { Spares } from './spares.js';
import { StandIns } from './standins.js';
import { Timeline } from './timeline.js';
import type { PlanOptions, TreeModel } from './types.js';
import { World } from './world.js';

/** Stands for a start directory that the log does not reveal. */
export const UNKNOWN_CWD = '/cwd';
const PIDS_SHOWN = 10;

export interface ResolverParts {
  readonly builder: ProgramBuilder;
  readonly deps: Dependencies;
  readonly book: LedgerKeeper;
  readonly tree: TreeModel;
  /** Paths of files that are not fit for replay. */
  readonly special: ReadonlySet<string>;
  /** Where the calls' arguments are. */
  readonly source: CallSource;
  /** Calls in the log; 0 where nobody asks which op is which call. */
  readonly calls: number;
}

export class Resolver {
  readonly standIns: StandIns;
  private readonly parts: ResolverParts;
  private readonly wanted: ReadonlySet<number> | null;
  private readonly paths: Paths;
  private readonly processes: ProcessTable;
  private readonly timeline: Timeline;
  private readonly changes: Changes;
  private readonly world: World;

  constructor(facts: LogFacts, options: PlanOptions, parts: ResolverParts) {
    const { builder, deps, book, tree, special, source, calls } = parts;
    const start = startDirectories(facts.startDirectory, options);
    this.parts = parts;
    this.wanted = options.pids === undefined ? null : wantedOf(options.pids, facts.pids);
    this.paths = new Paths(options, builder, tree, special, start.real);
    this.processes = new ProcessTable(facts.pids, start.logged);
    this.timeline = new Timeline(facts.events, (event) => { applyEvent(event, this.processes); });
    this.changes = new Changes(deps);
    this.standIns = new StandIns(builder, this.paths, facts.fromStart);
    this.world = new World({
      mode: options.mode, builder, tree, paths: this.paths, timeline: this.timeline, book, deps, changes: this.changes,
      processes: this.processes, calls, spares: new Spares(builder, this.paths.outside('/')), standIns: this.standIns,
      args: new Arguments(source),
    });
  }

  /** The next call that has a handler; `pid` NO_PID where the log does not tell. */
  take(call: LoggedCall, pid: number, handler: Handler): void {
    const { world } = this;
    this.timeline.advance(call.line);
    const process = this.processes.of(pid);
    const ours = this.wanted === null || this.wanted.has(pid);
    if (ours) world.mainFs ??= process.fs;
    world.begin(call, process, ours);
    handler(world);
    world.end();
  }

  /** All calls have been taken. */
  finish(): void {
    this.timeline.advance(Infinity);
    this.standIns.settle();
  }

  /** Puts the tree back before each pass. */
  restore(): void {
    addRestore(this.parts.builder, this.changes, this.parts.tree);
  }

  /** op index -> call index. */
  get callOf(): Uint32Array {
    return this.world.finish();
  }

  /** Once finished: files that are not fit for replay, as was found on the way; earlier opens of them may have been replayed. */
  get found(): Iterable<string> {
    const { specialFound } = this.world;
    return this.standIns.count.kernelFiles === 0 ? specialFound : [...specialFound, ...this.contradicted()];
  }

  /** Kernel files about which the log says different things at different times: no one file can stand for them. */
  private contradicted(): string[] {
    return this.parts.tree.conflicts
      .flatMap(({ path }) => [this.paths.resolve(path, false), this.paths.resolve(path, true)])
      .filter((path) => this.paths.isKernelFile(path));
  }
}

/** Where the log's first process starts, and where the replay does. */
function startDirectories(found: string | null, options: PlanOptions): { logged: string; real: string } {
  if (options.mode !== 'live') {
    const start = found ?? options.cwd ?? UNKNOWN_CWD;
    return { logged: start, real: start };
  }
  const here = Buffer.from(process.cwd()).toString('latin1');
  // A log of another host: its relative paths become absolute ones.
  const real = found !== null && existsSync(Buffer.from(found, 'latin1')) ? found : here;
  return { logged: found ?? here, real };
}

function wantedOf(wanted: readonly number[], logged: ReadonlySet<number>): Set<number> {
  const missing = wanted.filter((pid) => !logged.has(pid));
  if (missing.length === 0) return new Set(wanted);
  const there = [...logged].filter((pid) => pid > 0);
  throw new UringReplayError('UR_USAGE', `the log has no process ${missing.join(', ')}`, there.length === 0
    ? 'It names no process: replay it whole.'
    : `It has ${there.slice(0, PIDS_SHOWN).join(', ')}${there.length > PIDS_SHOWN ? ` and ${there.length - PIDS_SHOWN} more` : ''}.`);
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
