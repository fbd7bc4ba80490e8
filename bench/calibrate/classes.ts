/** Calls that cost about the same: one opcode, one outcome, one order of size, in memory or not. */
import { LANE_DIRECT, LANE_RING } from '../../replay/engine.js';
import { CHECK_VALUE, CODES, type CodeName } from '../../replay/plan/format.js';
import { ProgramView } from '../../replay/plan/view.js';

export interface CallClass {
  readonly call: CodeName;
  /** By the log: it succeeds, or it fails (most often because there is no such file). */
  readonly outcome: 'hit' | 'miss';
  /** Of reads and writes; null for other calls. */
  readonly size: '<= 4 KiB' | '<= 64 KiB' | '> 64 KiB' | null;
  /** slow: it waited for storage when it was timed. */
  readonly state: 'cached' | 'slow';
  /** Indices of ops. */
  readonly ops: readonly number[];
  /** Of one call, nanoseconds: the median over its ops, each timed on its own. */
  readonly directNs: number;
  /** Of all its calls together. */
  readonly totalNs: number;
}

/** Calls in memory take some microseconds, storage some tens at least. */
const SLOW_NS = 20_000;
const TRANSFERS: ReadonlySet<CodeName> = new Set<CodeName>(['read', 'pread64', 'readv', 'preadv', 'preadv2', 'write', 'pwrite64', 'writev']);

/**
 * `ns`: what each op took, from NativeReplay.profile(). `cold`: it was timed with nothing in memory; else a slow call
 * is one with much to do, not one that waits. The most expensive class first.
 */
export function classesOf(program: Uint8Array, ns: ArrayLike<number>, cold: boolean): CallClass[] {
  const view = new ProgramView(program);
  const groups = new Map<string, { of: Omit<CallClass, 'ops' | 'directNs' | 'totalNs'>; ops: number[] }>();
  for (let i = 0; i < view.opCount; i++) {
    const of = describeOp(view, i, cold && ns[i] >= SLOW_NS);
    const key = JSON.stringify(of);
    const group = groups.get(key) ?? { of, ops: [] };
    group.ops.push(i);
    groups.set(key, group);
  }
  const classes = [...groups.values()].map(({ of, ops }): CallClass => {
    const sorted = ops.map((op) => ns[op]).sort((a, b) => a - b);
    return { ...of, ops, directNs: sorted[sorted.length >> 1], totalNs: sorted.reduce((sum, one) => sum + one, 0) };
  });
  return classes.sort((a, b) => b.totalNs - a.totalNs);
}

function describeOp(view: ProgramView, index: number, slow: boolean): Omit<CallClass, 'ops' | 'directNs' | 'totalNs'> {
  const call = CODES[view.code(index)];
  const { check, expect = 0, len = 0 } = view.op(index);
  return {
    call,
    outcome: (check & CHECK_VALUE) !== 0 && expect < 0 ? 'miss' : 'hit',
    size: !TRANSFERS.has(call) ? null : len <= 4096 ? '<= 4 KiB' : len <= 65_536 ? '<= 64 KiB' : '> 64 KiB',
    state: slow ? 'slow' : 'cached',
  };
}

/** Lanes with these classes on the ring and all else direct. */
export function lanesOf(classes: readonly CallClass[], ops: number): Uint8Array {
  const lanes = new Uint8Array(ops).fill(LANE_DIRECT);
  for (const { ops: own } of classes) for (const op of own) lanes[op] = LANE_RING;
  return lanes;
}

export function nameOf({ call, outcome, size, state }: CallClass): string {
  return [call, outcome, size, state].filter((part) => part !== null).join(' ');
}
