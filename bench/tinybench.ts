/**
 * The usual statistics of an arm (mean, standard deviation, margin of error, percentiles), by tinybench over
 * the durations that native code measured. tinybench runs a task to its end before the next and sorts its
 * samples, so interleaving and the order of time are kept outside (experiment.ts, MeasuredArm).
 */
import { Bench } from 'tinybench';

/** What is kept of tinybench's latency statistics. */
const KEPT = ['mean', 'sd', 'sem', 'moe', 'rme', 'mad', 'aad', 'min', 'max', 'p50', 'p75', 'p99', 'p995', 'p999'] as const;
export type ArmStatistics = Readonly<Record<(typeof KEPT)[number] | 'samples', number>>;

/** `wallNs`: one duration per pass, nanoseconds, not empty. Times in the answer are milliseconds, `rme` is per cent. */
export function tinybenchStatistics(id: string, wallNs: readonly number[]): ArmStatistics {
  let next = 0;
  const bench = new Bench({ iterations: wallNs.length, time: 0, warmup: false, throws: true });
  // async: false, because tinybench would otherwise call the task once only to see what it returns.
  bench.add(id, () => ({ overriddenDuration: wallNs[next++] / 1e6 }), { async: false });
  const [{ result }] = bench.runSync();
  if (result.state !== 'completed') throw new Error(`tinybench ended as ${result.state}`);
  const kept = Object.fromEntries(KEPT.map((name) => [name, result.latency[name]]));
  return { ...kept, samples: result.latency.samplesCount } as ArmStatistics;
}
