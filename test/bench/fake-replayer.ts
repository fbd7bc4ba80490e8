/** An arm in memory: each pass takes what `passNs` says. */
import type { Contestant, Replayer } from '../../bench/arms/contestant.js';
import type { Divergence, RunReport } from '../../replay/engine.js';

export interface FakeReplayer extends Replayer, Contestant {
  /** Number of passes of each run, in order. */
  readonly runs: number[];
  /** How often it was started and closed. */
  readonly starts: number;
  readonly closes: number;
}

export function fakeReplayer(
  id: string,
  passNs: (run: number) => number,
  { diverging = 0, onRun }: { diverging?: number; onRun?: (run: number) => void } = {},
): FakeReplayer {
  const runs: number[] = [];
  const divergence: Divergence = { op: 0, line: 12, what: 'value', expected: 3, got: -2 };
  let [starts, closes] = [0, 0];
  const replayer: FakeReplayer = {
    id,
    runs,
    get starts() { return starts; },
    get closes() { return closes; },
    start() {
      starts++;
      return Promise.resolve(replayer);
    },
    close() {
      closes++;
      return Promise.resolve();
    },
    workers: () => starts,
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
        minorFaults: 3 * passes,
        majorFaults: 0,
        blocksRead: 8 * passes,
        passes,
      });
    },
    count: () => Promise.resolve({ inline: { read: 3 }, punted: { statx: 4 }, direct: { lseek: 1 }, source: 'completions' }),
  };
  return replayer;
}
