/** The facts about a whole log from one reading of it, in memory that does not grow with its calls. */
import type { EventKind, Sink } from '../strace/join.js';
import { copyOf } from '../strace/bytes.js';
import { LONG_CALLS } from '../strace/in-order.js';
import type { Line } from '../strace/line.js';
import { CallNames, ReadCall } from '../strace/read-call.js';
import type { LogEvent } from '../trace/model.js';
import { changesCwd, type LogFacts } from './facts.js';
import { NO_PID } from './process.js';
import { movesOrForks, PATH_CALLS_TRIED_MAX, startDirectoryOf, takesPath } from './startdir.js';
import { endsProcess } from './timeline.js';

/** What a name says about its calls. */
interface NameFacts {
  readonly changesCwd: boolean;
  readonly movesOrForks: boolean;
  readonly takesPath: boolean;
}

export class Survey implements Sink {
  readonly wantsTime = false;
  readonly names = new CallNames();
  /** Calls that were long in returning, by index: see InOrder. */
  readonly long = new Map<number, ReadCall>();
  readonly #facts: NameFacts[] = [];
  readonly #pids = new Set<number>();
  #lastPid: number | null = null;
  readonly #events: LogEvent[] = [];
  /** What may tell the start directory. */
  readonly #moves: ReadCall[] = [];
  /** In the order of entry. */
  readonly #lookups: ReadCall[] = [];
  #cwdChanges = 0;
  #fromStart = false;
  #entered = 0;

  began(): number {
    return this.#entered++;
  }

  call(b: Uint8Array, line: Line, first: number, last: number, ticket: number, orphan: boolean): void {
    const index = ticket >= 0 ? ticket : this.#entered++;
    if (line.pid !== this.#lastPid) this.#pids.add((this.#lastPid = line.pid));
    const facts = this.#factsOf(b, line);
    if (facts.changesCwd) this.#cwdChanges++;
    const lookup = facts.takesPath && this.#mayBeTried(index);
    const long = this.#entered - index > LONG_CALLS;
    const start = index === 0;
    if (!lookup && !long && !facts.movesOrForks && !start) return;
    const call = new ReadCall(this.names, b, line, index, first, last, orphan, true);
    if (start) this.#fromStart = call.name === 'execve';
    if (long) this.long.set(index, call);
    if (facts.movesOrForks) this.#moves.push(call);
    if (lookup) this.#try(call);
  }

  event(kind: EventKind, b: Uint8Array, line: Line, lineNumber: number): void {
    const pid = line.pid < 0 ? null : line.pid;
    if (pid !== null) this.#pids.add(pid);
    if (!endsProcess(kind)) return;
    this.#events.push({ kind, line: lineNumber, lineEnd: lineNumber, pid, time: null, text: copyOf(b, line.body, line.end) });
  }

  unrecognised(): void {
    // Comes as an event as well.
  }

  /** Some calls have a pid and others none: whose those are follows from the whole log only (strace/infer-pids.ts). */
  get pidsAreMixed(): boolean {
    return this.#pids.has(NO_PID) && this.#pids.size > 1;
  }

  /** Once the log has been read. Not where pidsAreMixed. */
  get facts(): LogFacts {
    const telling = [...this.#moves, ...this.#lookups].sort((a, b) => a.index - b.index);
    return {
      pids: this.#pids,
      startDirectory: startDirectoryOf(telling),
      cwdChanges: this.#cwdChanges,
      fromStart: this.#fromStart,
      events: this.#events.sort((a, b) => a.line - b.line),
    };
  }

  #factsOf(b: Uint8Array, line: Line): NameFacts {
    const { syscalls } = this.names;
    const id = syscalls.id(b, line.nameStart, line.nameEnd, line.nameHash);
    const name = syscalls.names[id];
    return (this.#facts[id] ??= { changesCwd: changesCwd(name), movesOrForks: movesOrForks(name), takesPath: takesPath(name) });
  }

  /** Calls come as they return, and the first ones entered are wanted. */
  #mayBeTried(index: number): boolean {
    return this.#lookups.length < PATH_CALLS_TRIED_MAX || index < this.#lookups[PATH_CALLS_TRIED_MAX - 1].index;
  }

  #try(call: ReadCall): void {
    const behind = this.#lookups.at(-1);
    this.#lookups.push(call);
    if (behind !== undefined && behind.index > call.index) this.#lookups.sort((a, b) => a.index - b.index);
    if (this.#lookups.length > PATH_CALLS_TRIED_MAX) this.#lookups.length = PATH_CALLS_TRIED_MAX;
  }
}
