/**
 * What a replay of a log would do, counted without planning it: the calls are resolved as they are read, and nothing
 * is kept of an op but that it is one. Memory grows with the files and processes of the log, not with its calls.
 */
import { ProgramBuilder } from '../plan/encode.js';
import { checkLimit, OPS_MAX } from '../plan/limits.js';
import { InOrder } from '../strace/in-order.js';
import type { Sink } from '../strace/join.js';
import type { ReadCall } from '../strace/read-call.js';
import { HANDLERS } from './calls/index.js';
import { Dependencies } from './dependencies.js';
import type { LedgerEntry } from './ledger.js';
import { LedgerTally } from './ledgerbook.js';
import { NO_OPS, type OpList, OpLists } from './oplists.js';
import { NO_PID } from './process.js';
import { reasonFor } from './reasons.js';
import { Resolver } from './resolver.js';
import { SpecialFiles } from './special.js';
import type { StandInCount } from './types.js';
import type { Survey } from './survey.js';
import { FileTree } from './tree/model.js';

export interface ReplayTally {
  /** Calls that would be replayed. */
  readonly ops: number;
  /** All others. */
  readonly ledger: readonly LedgerEntry[];
  /** Of those replayed. */
  readonly standIns: StandInCount;
}

/**
 * In a sandbox. `survey` has seen the log, and its pids are not mixed; `read` hands the log to a sink, and is called
 * until nothing new is found, mostly once.
 */
export async function tallyReplay(survey: Survey, read: (sink: Sink) => Promise<unknown>): Promise<ReplayTally> {
  const special = new SpecialFiles();
  for (;;) {
    const { tally, found } = await tallyOnce(survey, special.paths, read);
    if (!special.learn(found)) return tally;
  }
}

async function tallyOnce(
  survey: Survey, special: ReadonlySet<string>, read: (sink: Sink) => Promise<unknown>,
): Promise<{ tally: ReplayTally; found: Iterable<string> }> {
  const builder = new OpCounter();
  const book = new LedgerTally();
  const source = new CurrentCall();
  const resolver = new Resolver(survey.facts, { mode: 'sandbox' }, {
    builder, deps: new NoDependencies(0), book, tree: new FileTree(), special, source, calls: 0,
  });
  const { names } = survey.names.syscalls;
  const handlers = names.map((name) => HANDLERS.get(name));
  const reasons = names.map(reasonFor);
  await read(new InOrder(survey.names, survey.long, (call) => {
    const handler = handlers[call.nameId];
    book.nameId = call.nameId;
    source.now = call;
    if (handler === undefined) book.skip(call.index, reasons[call.nameId]);
    else resolver.take(call, call.pid ?? NO_PID, handler);
  }));
  resolver.finish();
  return { tally: { ops: builder.length, ledger: book.entries(names), standIns: resolver.standIns.count }, found: resolver.found };
}

/** Only the call that is being resolved is at hand. */
class CurrentCall {
  now!: ReadCall;

  call(): ReadCall {
    return this.now;
  }

  argsText(): ReadCall['argsText'] {
    return this.now.argsText;
  }

  isOrphan(): boolean {
    return this.now.orphan;
  }
}

class OpCounter extends ProgramBuilder {
  private ops = 0;

  override get length(): number {
    return this.ops;
  }

  override add(): number {
    checkLimit('ops', this.ops + 1, OPS_MAX);
    return this.ops++;
  }

  override addSetup(): number {
    return 0;
  }

  override setCheck(): void {
    // No op is kept.
  }

  override setLength(): void {
    // No op is kept.
  }
}

class NoDependencies extends Dependencies {
  override readonly lists = new NoLists();

  override settle(): number {
    return 0;
  }

  override afterAll(): void {
    // No op is kept.
  }

  override after(): void {
    // No op is kept.
  }

  override use(): void {
    // No op is kept.
  }

  override end(): void {
    // No op is kept.
  }
}

class NoLists extends OpLists {
  override add(): OpList {
    return NO_OPS;
  }

  override release(): void {
    // Nothing is in them.
  }
}
