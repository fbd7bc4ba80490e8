/**
 * `npm run bench:latency [-- RUNS [NICE [MICROSECONDS]]]`: figures of the latency file system. The same run several times:
 * how much faster a wide ring is than plain calls where each lookup takes 1 ms (or so many us), and than as many threads,
 * and how well that and the latency itself repeat.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { bootstrapMedian } from '../statistics/bootstrap.js';
import type { ResultDocument } from '../result/result.js';
import { DEFAULTS, run } from '../run.js';
import { pairedRatios } from '../statistics/statistics.js';
import { statLog } from './stat-log.js';

const STATS = 2000;
const WORKERS = 128;
const ROUNDS = 6;
const SPEEDUP_GOAL = 40;
/** Wall time of the ring / that of as many threads. */
const THREADS_GOAL = 1.1;
const SPREAD_GOAL_PERCENT = 2;

const runs = Number(process.argv[2] ?? 3);
/** On a busy machine a niceness below 0 keeps its other programs out of the figures. */
const nice = Number(process.argv[3] ?? 0) || null;
const latencyNs = Number(process.argv[4] ?? 1000) * 1000;
const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-figures-'));
try {
  const file = path.join(dir, 'stats.strace');
  writeFileSync(file, statLog(STATS));
  const results: ResultDocument[] = [];
  for (let i = 0; i < runs; i++) {
    const result = await run({ ...DEFAULTS, file, cache: 'cold', engines: ['serial', 'ring', 'threads'], threads: WORKERS, latencyNs, orders: ['deps'], batches: [0, 256], workers: WORKERS, rounds: ROUNDS, nice });
    results.push(result);
    console.log(describe(result));
  }
  console.log(`over ${runs} runs (largest - smallest median, of the smallest):`);
  for (const { id } of results[0].arms) {
    printSpread(id, results.map((result) => result.arms.find((arm) => arm.id === id)!.wallNs.median));
  }
  const served = results.flatMap(({ conditions }) => conditions.storage?.servedNs ?? []);
  printSpread('latency as served, mean', served.map(({ mean }) => mean));
  printSpread('latency as served, 99 % within', served.map(({ p99 }) => p99 ?? NaN));
  const excess = 100 * (Math.max(...served.map(({ mean }) => mean)) / latencyNs - 1);
  console.log(`  latency as served / as set: at most ${excess.toFixed(2)} % more (goal ${SPREAD_GOAL_PERCENT} %: ${excess <= SPREAD_GOAL_PERCENT ? 'reached' : 'missed'})`);
} finally {
  rmSync(dir, { recursive: true, force: true });
}

function printSpread(name: string, values: readonly number[]): void {
  const percent = 100 * (Math.max(...values) / Math.min(...values) - 1);
  console.log(`  ${name}: ${percent.toFixed(1)} % (goal ${SPREAD_GOAL_PERCENT} %: ${percent <= SPREAD_GOAL_PERCENT ? 'reached' : 'missed'})`);
}

function describe({ arms, comparisons, conditions }: ResultDocument): string {
  const served = conditions.storage?.servedNs;
  const lines = arms.map(({ id, wallNs, cpuNs, storage, divergences }) => {
    const comparison = comparisons.find(({ arm }) => arm === id);
    const speedup = comparison === undefined ? '' : `, ${comparison.speedup.median.toFixed(1)}x [${comparison.speedup.low.toFixed(1)}, ${comparison.speedup.high.toFixed(1)}] (goal ${SPEEDUP_GOAL}x: ${comparison.speedup.median >= SPEEDUP_GOAL ? 'reached' : 'missed'})`;
    return `  ${id}: wall ${ms(wallNs.median)}, CPU ${ms(cpuNs.median)}, ${storage?.requests?.lookup ?? 0} lookups, ${divergences} divergences${speedup}`;
  });
  const late = served == null ? '' : `; a request took ${ms(served.mean)} on average, 99 % within ${ms(served.p99 ?? NaN)}, ${(100 * (served.late?.count ?? NaN) / (served.late?.replies ?? NaN)).toFixed(2)} % more than 2 % late`;
  const threads = arms.find(({ engine }) => engine === 'threads');
  const beside = threads === undefined ? [] : arms.filter(({ engine }) => engine === 'ring').map(({ id, wallNs }) => {
    const { median: ratio, low, high } = bootstrapMedian(pairedRatios(wallNs.samples, threads.wallNs.samples), 1, { blocks: conditions.roundsPerBlock });
    return `  ${id} / ${threads.id}: ${ratio.toFixed(3)} [${low.toFixed(3)}, ${high.toFixed(3)}] (goal <= ${THREADS_GOAL}: ${ratio <= THREADS_GOAL ? 'reached' : 'missed'})`;
  });
  return [`${STATS} stats at ${ms(latencyNs)}, cold, load ${conditions.disturbance.loadBefore}${late}`, ...lines, ...beside].join('\n');
}

function ms(ns: number): string {
  return `${(ns / 1e6).toPrecision(4)} ms`;
}
