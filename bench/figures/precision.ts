/**
 * `npm run bench:precision [-- RUNS [SECONDS]]`: how narrow the intervals of the bundled trace are that a default run gives
 * in its time, and how much runs differ from each other. Each run once for every --ring-affinity, in turn.
 */
import { fileURLToPath } from 'node:url';
import { RING_AFFINITIES } from '../../replay/engine.js';
import { precisionOf } from '../judge/judge.js';
import { DEFAULTS, run } from '../run.js';
import { median } from '../statistics/statistics.js';

const LOG = fileURLToPath(new URL('../../../test/fixtures/python-startup.strace', import.meta.url));

const [runs = 5, timeSeconds = DEFAULTS.timeSeconds] = process.argv.slice(2).map(Number);
const found = new Map<string, { readonly halfPercent: number; readonly speedup: number }[]>();
for (let i = 0; i < runs; i++) {
  for (const affinity of RING_AFFINITIES) {
    const { comparisons, conditions: { rounds, seconds, stoppedBy } } = await run({ ...DEFAULTS, file: LOG, affinity, timeSeconds });
    for (const { arm, speedup, verdict } of comparisons) {
      const halfPercent = 100 * precisionOf(speedup);
      found.set(arm, [...(found.get(arm) ?? []), { halfPercent, speedup: speedup.median }]);
      console.log(`${arm.padEnd(28)} ${speedup.median.toFixed(3)} +-${halfPercent.toFixed(2)} %  ${verdict}, ${rounds} rounds in ${seconds.toFixed(1)} s, ended by ${stoppedBy}`);
    }
  }
}
const goal = 100 * DEFAULTS.precision;
console.log(`\n${runs} runs: half the interval (goal +-${goal} %), median of the runs; speed-ups of the single runs`);
for (const [arm, values] of found) {
  const half = median(values.map(({ halfPercent }) => halfPercent));
  const speedups = values.map(({ speedup }) => speedup);
  console.log(`${arm.padEnd(28)} +-${half.toFixed(2)} % (${half <= goal ? 'reached' : 'missed'}); ${Math.min(...speedups).toFixed(3)} to ${Math.max(...speedups).toFixed(3)}`);
}
