/** What the calls of one pass gave, and how that differs from the log: as Session::verify() in native/session.cc. */
import type { Divergence } from '../engine.js';
import { CHECK_SIZE, CHECK_SUCCESS, CHECK_TYPE, CHECK_VALUE, type OpSpec } from '../plan/format.js';
import { S_IFMT } from '../world/constants.js';

const DIVERGENCES_KEPT = 1000;

export class Outcomes {
  /** A value or a negative errno, per call. */
  readonly values: Float64Array;
  /** Of successful stat calls. */
  readonly sizes: Float64Array;
  readonly modes: Uint32Array;

  constructor(calls: number) {
    this.values = new Float64Array(calls);
    this.sizes = new Float64Array(calls);
    this.modes = new Uint32Array(calls);
  }

  stat(index: number, { size, mode }: { readonly size: number; readonly mode: number }): void {
    this.values[index] = 0;
    this.sizes[index] = size;
    this.modes[index] = mode;
  }

  /** The number of an error that the kernel gave; anything else is thrown on. */
  fail(index: number, error: unknown): void {
    const { errno } = error as NodeJS.ErrnoException;
    if (typeof errno !== 'number') throw error;
    this.values[index] = errno;
  }

  /** How many differ from the log; `kept` receives the first of them. */
  verify(ops: readonly OpSpec[], kept: Divergence[]): number {
    let count = 0;
    for (const [index, op] of ops.entries()) {
      const divergence = this.#differs(op, index);
      if (divergence === null) continue;
      count++;
      if (kept.length < DIVERGENCES_KEPT) kept.push({ op: index, line: op.line, ...divergence });
    }
    return count;
  }

  #differs({ check, expect = 0, expectSize = 0, expectMode = 0 }: OpSpec, index: number): Omit<Divergence, 'op' | 'line'> | null {
    const value = this.values[index];
    if ((check & CHECK_VALUE) !== 0 && value !== Number(expect)) return { what: 'value', expected: Number(expect), got: value };
    if ((check & CHECK_SUCCESS) !== 0 && value < 0) return { what: 'success', expected: Number(expect), got: value };
    if (value < 0) return null;
    const [size, mode] = [this.sizes[index], this.modes[index]];
    if ((check & CHECK_SIZE) !== 0 && size !== Number(expectSize)) return { what: 'size', expected: Number(expectSize), got: size };
    if ((check & CHECK_TYPE) !== 0 && ((mode ^ expectMode) & S_IFMT) !== 0) return { what: 'type', expected: expectMode, got: mode };
    return null;
  }
}
