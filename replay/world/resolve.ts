/** From a trace to a program: each call becomes one op, or has its reason in the ledger. */
import { ProgramBuilder } from '../plan/encode.js';
import type { Trace } from '../trace/model.js';
import { HANDLERS } from './calls/index.js';
import { Dependencies } from './dependencies.js';
import { factsOf, type LogFacts } from './facts.js';
import { LedgerBook } from './ledgerbook.js';
import { LoggedCalls } from './logged.js';
import { reasonFor } from './reasons.js';
import { Resolver } from './resolver.js';
import { SpecialFiles } from './special.js';
import { FileTree } from './tree/model.js';
import type { Plan, PlanOptions, TreeModel } from './types.js';

/** Resolves every call of `trace`. Paths and what is known about files go into a new tree. */
export function resolve(trace: Trace, options: PlanOptions, makeTree: () => TreeModel = () => new FileTree()): Plan {
  const facts = factsOf(trace);
  const special = new SpecialFiles();
  for (;;) {
    const { plan, found } = resolveOnce(trace, facts, options, makeTree(), special.paths);
    if (!special.learn(found)) return plan;
  }
}

function resolveOnce(
  trace: Trace, facts: LogFacts, options: PlanOptions, tree: TreeModel, special: ReadonlySet<string>,
): { plan: Plan; found: Iterable<string> } {
  const builder = new ProgramBuilder(0, trace.length);
  const { nameId, pid } = trace.columns;
  const book = new LedgerBook(nameId);
  const deps = new Dependencies(facts.cwdChanges);
  const resolver = new Resolver(facts, options, { builder, deps, book, tree, special, source: trace, calls: trace.length });
  const calls = new LoggedCalls(trace);
  const handlers = trace.names.map((name) => HANDLERS.get(name));
  const reasons = trace.names.map(reasonFor);
  for (let i = 0; i < trace.length; i++) {
    const id = nameId[i];
    const handler = handlers[id];
    if (handler === undefined) book.skip(i, reasons[id]);
    else resolver.take(calls.at(i), pid[i], handler);
  }
  resolver.finish();
  resolver.restore();
  const { callOf } = resolver;
  const plan: Plan = {
    program: builder.finish(),
    ops: callOf.length,
    callOf,
    calls: trace.length,
    ledger: book.entries(trace.names),
    reasonOf: (call) => book.reasonOf(call),
    standIns: resolver.standIns.count,
    tree,
  };
  return { plan, found: resolver.found };
}
