/** A replayer in memory: each pass takes what `passNs` says. */
import type { Replayer } from '../../bench/experiment.js';
import type { Divergence, RunReport } from '../../replay/engine.js';

export interface FakeReplayer extends Replayer {
  /** Number of passes of each run, in order. */
  readonly runs: number[];
}

export function fakeReplayer(
  id: string,
  passNs: (run: number) => number,
  { diverging = 0, onRun }: { diverging?: number; onRun?: (run: number) => void } = {},
): FakeReplayer {
  const runs: number[] = [];
  const divergence: Divergence = { op: 0, line: 12, what: 'value', expected: 3, got: -2 };
  return {
    id,
    runs,
    run(passes): Promise<RunReport> {
      onRun?.(runs.length);
      runs.push(passes);
      const ns = passNs(runs.length);
      return Promise.resolve({
        wallNs: new Float64Array(passes).fill(ns),
        cpuNs: new Float64Array(passes).fill(2 * ns),
        divergences: new Uint32Array(passes).fill(runs.length === 1 ? diverging : 0),
        divergent: diverging > 0 ? [divergence] : [],
        syscalls: 7,
        voluntarySwitches: passes,
        involuntarySwitches: 0,
        passes,
      });
    },
    count: () => Promise.resolve({ inline: { read: 3 }, punted: { statx: 4 }, direct: { lseek: 1 }, source: 'completions' }),
  };
}
