/** A plan's dependency graph in figures, as text. */
import { EDGE_KINDS, type EdgeKind, type GraphFigures } from '../../replay/plan/graph.js';
import type { Trace } from '../../replay/trace/model.js';
import type { Plan } from '../../replay/world/types.js';
import { count, tally } from './units.js';

/** Share of `part` in `whole`, as people say it. */
function percent(part: number, whole: number): string {
  return whole === 0 ? '0 %' : `${((100 * part) / whole).toFixed(1)} %`;
}

export function planText(trace: Pick<Trace, 'file' | 'length'>, plan: Pick<Plan, 'ledger'>, figures: GraphFigures): string {
  const { calls, edges, criticalPath, widestLevel, largestBatch, speculative, withoutOpcode } = figures;
  const ledger = plan.ledger.reduce((sum, entry) => sum + entry.count, 0);
  const plain = Object.values(withoutOpcode).reduce((sum, n) => sum + n, 0);
  const edgeSum = Object.values(edges).reduce((sum, n) => sum + n, 0);
  const rows: [string, string][] = [
    ['calls', `${count(calls)} of ${count(trace.length)} (${count(ledger)} in the ledger: uring-replay check)`],
    ['dependencies', count(edgeSum)],
    ...(Object.keys(EDGE_KINDS) as EdgeKind[])
      .filter((kind) => edges[kind] > 0)
      .map((kind): [string, string] => [`  ${kind}`, `${count(edges[kind])}  ${EDGE_KINDS[kind]}`]),
    ['critical path', `${count(criticalPath)} calls: no order takes fewer steps`],
    ['widest level', `${count(widestLevel)} calls could be under way at once in the order deps`],
    ['largest batch', `${count(largestBatch)} calls in a row of the log that do not wait for one another`],
    ['speculation', `${count(speculative)} calls (${percent(speculative, calls)}) do not wait for the call before them, whose result the program may have looked at`],
    ['no opcode', `${count(plain)} calls (${percent(plain, calls)}): ${tally(withoutOpcode)}`],
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return `${trace.file}\n${rows.map(([name, text]) => `${name.padEnd(width)}  ${text}\n`).join('')}`;
}
