/** Plans hand-written logs, and shows programs as short text, one line per op. */
import type { OpSpec } from '../../../replay/plan/format.js';
import { ProgramView } from '../../../replay/plan/view.js';
import { traceOf } from '../../../replay/strace/load.js';
import { resolve } from '../../../replay/world/resolve.js';
import type { Plan, PlanOptions } from '../../../replay/world/types.js';

export interface Planned {
  readonly plan: Plan;
  /** Each op as text, see `show`. */
  readonly ops: readonly string[];
  readonly setup: readonly string[];
  /** `line name reason` of each call in the ledger. */
  readonly skipped: readonly string[];
  readonly specs: readonly OpSpec[];
}

export function planOf(log: string, options: PlanOptions = { mode: 'sandbox' }): Planned {
  const trace = traceOf(Buffer.from(log, 'latin1'), 'test.strace');
  const plan = resolve(trace, options);
  const view = new ProgramView(plan.program);
  const specs = [...view.ops()];
  const skipped: string[] = [];
  for (const call of trace.calls()) {
    const reason = plan.reasonOf(call.index);
    if (reason !== null) skipped.push(`${call.line} ${call.name} ${reason}`);
  }
  const setup = Array.from({ length: view.setupCount }, (_, i) => show(view.setup(i)));
  return { plan, ops: specs.map(show), setup, skipped, specs };
}

/** `code fd path fd2 > out = expect after deps`; parts that an op does not have are left out. */
export function show(op: OpSpec): string {
  const text = (bytes?: Uint8Array): string | null => (bytes ? `"${Buffer.from(bytes).toString('latin1')}"` : null);
  const parts = [
    op.code,
    op.fd === -100 ? null : op.fd,
    text(op.path),
    op.fd2 === undefined || op.fd2 === -100 ? null : `fd2:${op.fd2}`,
    text(op.path2),
    op.out === undefined ? null : `> ${op.out}`,
    (op.check & 1) !== 0 && op.expect !== undefined ? `= ${op.expect}` : null,
    op.deps ? `after ${op.deps.join(',')}` : null,
  ];
  return parts.filter((part) => part !== null && part !== undefined).join(' ');
}
