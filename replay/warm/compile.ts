/** From logs to the plan of a warming: everything that their calls looked up, opened, listed and read. */
import type { Trace } from '../trace/model.js';
import type { LedgerReason } from '../world/ledger.js';
import { resolve } from '../world/resolve.js';
import { encodeWarmPlan } from './encode.js';
import type { WarmRecord } from './format.js';
import { interpreterOf } from './interpreter.js';
import { Touched, TouchedTree } from './touched.js';

/** Why calls about files are not in a plan: reasons of the ledger that concern files. */
const FILE_REASONS = ['device', 'directory', 'permission', 'arguments', 'unfinished'] as const satisfies readonly LedgerReason[];

type InterpreterOf = (program: string) => string | null;

export interface WarmPlan {
  /** The file that the runner reads (format.ts). */
  readonly bytes: Uint8Array;
  /** The same, one per path, in the order of first use. */
  readonly records: readonly WarmRecord[];
  /** Calls in the logs. */
  readonly calls: number;
  /** Calls that are left out, by reason (see LEDGER_REASONS). */
  readonly skipped: Readonly<Partial<Record<LedgerReason, number>>>;
  /** Paths that the program had made or written itself before it looked at them (latin1). */
  readonly own: readonly string[];
  /** Paths that no plan can hold: longer than PATH_MAX. */
  readonly unfit: readonly string[];
}

/**
 * The plan of what one or several logs touched: paths in the order of first use, and before all of them who interprets
 * the programs on this host. Of a path in several logs everything is done that one of them did, and what the first of
 * them found is recorded. `traces` are taken one after the other, so a generator keeps one log in memory at a time.
 * `cwd`: where the program started, for logs that do not tell (absolute; latin1, one char per byte). Throws UR_LIMIT.
 */
export function compileWarmPlan(traces: Iterable<Trace>, cwd: string, interpreter: InterpreterOf = interpreterOf): WarmPlan {
  const touched = new Touched();
  const skipped: Partial<Record<LedgerReason, number>> = {};
  let calls = 0;
  for (const trace of traces) {
    let tree = new TouchedTree();
    const plan = resolve(trace, { mode: 'sandbox', cwd }, () => (tree = new TouchedTree()));
    touched.merge(tree.touched);
    calls += plan.calls;
    if (plan.standIns.kernelFiles > 0) skipped.device = (skipped.device ?? 0) + plan.standIns.kernelFiles;
    for (const { reason, count } of plan.ledger) {
      if ((FILE_REASONS as readonly LedgerReason[]).includes(reason)) skipped[reason] = (skipped[reason] ?? 0) + count;
    }
  }
  const records = withInterpreters(touched.records(), interpreter);
  return { bytes: encodeWarmPlan(records), records, calls, skipped, own: [...touched.own], unfit: [...touched.unfit] };
}

/** The kernel follows five (BINPRM_MAX_RECURSION of fs/exec.c is 4). */
const INTERPRETERS_MAX = 5;

/** A runner that met them only in the program itself would come no sooner than execve does. */
function withInterpreters(records: readonly WarmRecord[], interpreter: InterpreterOf): WarmRecord[] {
  const known = new Set(records.map(({ path }) => path));
  const added: WarmRecord[] = [];
  for (const { path, execute } of records) {
    let next = execute ? interpreter(path) : null;
    for (let i = 0; next !== null && i < INTERPRETERS_MAX && !known.has(next); i++) {
      known.add(next);
      added.push({ path: next, noFollow: false, open: false, list: false, readlink: false, execute: true, type: 'file', size: null, ranges: [] });
      next = interpreter(next);
    }
  }
  return [...added, ...records];
}
