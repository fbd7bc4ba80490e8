/** The charts of what an experiment measured. */
import * as Plot from '@observablehq/plot';
import { count, duration, ratioWithInterval } from '../units.js';
import { HALO, drawPlot } from './plot.js';
import type { ArmResult, Comparison, ResultDocument } from '../../../bench/result/result.js';

const MARGIN_LEFT = 150;
const ROW = 34;

export const VERDICT_COLOURS: Readonly<Record<Comparison['verdict'], string>> = {
  faster: 'var(--faster)', slower: 'var(--slower)', same: 'var(--same)', undecided: 'var(--same)',
};

/** A point per arm with its interval, beside the line of no difference. */
export function speedupChart(comparisons: readonly Comparison[]): string {
  const rows = comparisons.map(({ arm, speedup, verdict }) => ({ arm, ...speedup, colour: VERDICT_COLOURS[verdict], text: ratioWithInterval(speedup) }));
  const ends = [1, ...rows.flatMap((row) => [row.low, row.high])];
  const label = `Speed-up over ${baselines(comparisons)}: ${rows.map((row) => `${row.arm} ${row.text}`).join('; ')}`;
  return drawPlot(label, {
    height: 75 + ROW * rows.length,
    marginLeft: MARGIN_LEFT,
    marginRight: 30,
    x: { type: 'log', base: 2, domain: [Math.min(...ends) / 1.15, Math.max(...ends) * 1.15], label: 'times as fast (logarithmic)', grid: true, ticks: 6, tickFormat: (x: number) => `${Number(x.toPrecision(3))}` },
    y: { type: 'band', domain: rows.map((row) => row.arm), label: null },
    marks: [
      Plot.ruleX([1], { stroke: 'currentColor', strokeWidth: 1.5 }),
      Plot.ruleY(rows, { y: 'arm', x1: 'low', x2: 'high', stroke: 'colour', strokeWidth: 3 }),
      Plot.dot(rows, { y: 'arm', x: 'median', fill: 'colour', r: 5, title: (row: { arm: string; text: string }) => `${row.arm}: ${row.text}` }),
      Plot.text(rows, { y: 'arm', x: 'median', text: 'text', dy: -12, fontSize: 11, ...HALO }),
    ],
  });
}

/** `serial`, or `serial/warm and serial/cold`. */
export const baselines = (comparisons: readonly Comparison[]): string => [...new Set(comparisons.map((c) => c.baseline))].join(' and ');

/** Wall and CPU time of one replay, side by side per arm. */
export function timesChart(arms: readonly ArmResult[]): string {
  const rows = arms.flatMap((arm) => [
    { arm: arm.id, kind: 'wall', ms: arm.wallNs.median / 1e6, low: arm.wallNs.low / 1e6, high: arm.wallNs.high / 1e6 },
    { arm: arm.id, kind: 'CPU', ms: arm.cpuNs.median / 1e6, low: arm.cpuNs.low / 1e6, high: arm.cpuNs.high / 1e6 },
  ]);
  const label = `Wall and CPU time of one replay: ${arms.map((arm) => `${arm.id} ${duration(arm.wallNs.median)} and ${duration(arm.cpuNs.median)}`).join('; ')}`;
  return drawPlot(label, {
    height: 65 + 2 * ROW * arms.length * 0.8,
    marginLeft: MARGIN_LEFT,
    marginRight: 70,
    x: { label: 'milliseconds per replay', grid: true, domain: [0, Math.max(...rows.map((row) => row.high)) * 1.05] },
    y: { type: 'band', domain: ['wall', 'CPU'], axis: null },
    fy: { domain: arms.map((arm) => arm.id), label: null, padding: 0.15 },
    color: { domain: ['wall', 'CPU'], range: ['var(--c1)', 'var(--c2)'] },
    marks: [
      Plot.axisFy({ anchor: 'left', label: null, lineWidth: 14 }),
      Plot.barX(rows, { fy: 'arm', y: 'kind', x: 'ms', fill: 'kind', title: (row: { arm: string; kind: string; ms: number }) => `${row.arm}, ${row.kind}: ${duration(row.ms * 1e6)}` }),
      Plot.ruleY(rows, { fy: 'arm', y: 'kind', x1: 'low', x2: 'high', stroke: 'currentColor' }),
      Plot.text(rows, { fy: 'arm', y: 'kind', x: 'high', text: (row: { ms: number }) => duration(row.ms * 1e6), dx: 6, textAnchor: 'start', fontSize: 11, ...HALO }),
    ],
  });
}

/** Where the requests went: completed at once, handed to io-wq, or made as plain calls. */
export function requestsChart(arms: readonly ArmResult[]): string {
  const kinds = [['inline', 'done at submission'], ['punted', 'handed to a worker'], ['direct', 'plain call']] as const;
  const rows = arms.flatMap((arm) => kinds.flatMap(([member, kind]) => Object.entries(arm[member]).map(([call, n]) => ({ arm: arm.id, kind, call, n }))));
  const totals = arms.map((arm) => `${arm.id}: ${kinds.map(([member, kind]) => `${count(sum(arm[member]))} ${kind}`).join(', ')}`);
  return drawPlot(`Requests of one replay: ${totals.join('; ')}`, {
    height: 65 + ROW * arms.length,
    marginLeft: MARGIN_LEFT,
    x: { label: 'calls of one replay', grid: true },
    y: { type: 'band', domain: arms.map((arm) => arm.id), label: null },
    color: { domain: kinds.map(([, kind]) => kind), range: ['var(--c5)', 'var(--c2)', 'var(--c3)'] },
    marks: [
      Plot.barX(rows, Plot.stackX({ order: 'kind', y: 'arm', x: 'n', fill: 'kind', stroke: 'var(--bg)', strokeWidth: 0.5, title: (row: { call: string; n: number; kind: string }) => `${row.call}: ${count(row.n)}, ${row.kind}` } as Plot.BarXOptions)),
      Plot.ruleX([0]),
    ],
  });
}

export const REQUEST_LEGEND = [['var(--c5)', 'done at submission (inline)'], ['var(--c2)', 'handed to a worker thread (punted)'], ['var(--c3)', 'plain call (no opcode)']] as const;
export const TIMES_LEGEND = [['var(--c1)', 'wall time'], ['var(--c2)', 'CPU time']] as const;

const sum = (counts: Readonly<Record<string, number>>): number => Object.values(counts).reduce((a, b) => a + b, 0);

const BINS = 60;
/** Beyond this share of the passes lie the few that a scheduler interrupted; they would flatten all others. */
const SHOWN_SHARE = 0.98;

export interface CostDistribution {
  readonly svg: string;
  /** Passes slower than the chart shows, per arm. */
  readonly beyond: readonly { readonly arm: string; readonly passes: number }[];
}

/** How long one call took on average in each pass. */
export function costChart(arms: readonly ArmResult[]): CostDistribution {
  const perCall = arms.map((arm) => ({ arm: arm.id, ns: arm.wallNs.samples.map((ns) => ns / arm.calls) }));
  const limit = Math.max(...perCall.map(({ ns }) => quantile(ns, SHOWN_SHARE)));
  const least = perCall.reduce((all, { ns }) => ns.reduce((low, value) => Math.min(low, value), all), Infinity);
  const rows = perCall.flatMap(({ arm, ns }) => histogram(ns, least, limit).map((bin) => ({ arm, ...bin })));
  const svg = drawPlot(`Distribution of the wall time per call over the passes of each arm, from ${duration(least)} to ${duration(limit)}`, {
    height: 60 + 62 * arms.length,
    marginLeft: MARGIN_LEFT,
    x: { type: 'log', label: 'nanoseconds per call (logarithmic)', grid: true, domain: [least, limit], ticks: roundNumbers(least, limit), tickFormat: (x: number) => count(Math.round(x)) },
    y: { axis: null },
    fy: { domain: arms.map((arm) => arm.id), label: null, padding: 0.15 },
    marks: [
      Plot.axisFy({ anchor: 'left', label: null, lineWidth: 14 }),
      Plot.rectY(rows, { fy: 'arm', x1: 'from', x2: 'to', y: 'share', fill: 'var(--c1)', title: (bin: { from: number; to: number; passes: number }) => `${bin.from.toFixed(0)} to ${bin.to.toFixed(0)} ns: ${count(bin.passes)} passes` }),
      Plot.ruleX(arms, { fy: 'id', x: (arm: ArmResult) => arm.wallNs.median / arm.calls, stroke: 'currentColor', strokeWidth: 2 }),
      Plot.ruleY([0]),
    ],
  });
  return { svg, beyond: perCall.map(({ arm, ns }) => ({ arm, passes: ns.filter((value) => value > limit).length })).filter(({ passes }) => passes > 0) };
}

/** 1, 2 and 5 times powers of ten: far enough apart on a logarithmic axis for their labels. A few ticks where there are none. */
function roundNumbers(low: number, high: number): number[] | number {
  const powers = Array.from({ length: 12 }, (_, power) => 10 ** power);
  const found = powers.flatMap((power) => [power, 2 * power, 5 * power]).filter((n) => n >= low && n <= high);
  return found.length > 1 ? found : 3;
}

/** Bins of equal width on a logarithmic scale. */
function histogram(values: readonly number[], least: number, limit: number): { from: number; to: number; share: number; passes: number }[] {
  const ratio = Math.log(limit / least) / BINS || 1e-9;
  const bins = Array.from({ length: BINS }, (_, i) => ({ from: least * Math.exp(i * ratio), to: least * Math.exp((i + 1) * ratio), share: 0, passes: 0 }));
  for (const value of values) {
    if (value <= limit) bins[Math.min(BINS - 1, Math.max(0, Math.floor(Math.log(value / least) / ratio)))].passes++;
  }
  const most = Math.max(...bins.map((bin) => bin.passes));
  return bins.filter((bin) => bin.passes > 0).map((bin) => ({ ...bin, share: bin.passes / most }));
}

function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
}

/** Arms that differ in their batch alone, as a curve. */
export interface Sweep {
  readonly name: string;
  readonly arms: readonly ArmResult[];
}

export function sweepsOf(result: ResultDocument): readonly Sweep[] {
  const groups = new Map<string, ArmResult[]>();
  for (const arm of result.arms) {
    if (arm.batch === null) continue;
    const workers = arm.workers === null || arm.workers === 0 ? null : `${arm.workers} workers`;
    const placed = (arm.affinity ?? 'any') === 'any' ? null : `workers on ${arm.affinity === 'same' ? 'the same CPU' : 'other CPUs'}`;
    const name = [arm.engine, result.conditions.cache === 'both' ? arm.cache : null, arm.order, arm.window, arm.setup, workers, placed].filter((part) => part !== null).join(', ');
    groups.set(name, [...(groups.get(name) ?? []), arm]);
  }
  const size = (arm: ArmResult): number => batchSize(arm);
  return [...groups].filter(([, arms]) => new Set(arms.map(size)).size > 2).map(([name, arms]) => ({ name, arms: arms.toSorted((a, b) => size(a) - size(b)) }));
}

/** 0 stands for all calls at once. */
export const batchSize = (arm: ArmResult): number => (arm.batch === 0 ? arm.calls : (arm.batch ?? 0));

const CURVE_COLOURS = ['var(--c1)', 'var(--c2)', 'var(--c4)', 'var(--c5)', 'var(--c3)'];

export function sweepChart(sweeps: readonly Sweep[], serials: readonly ArmResult[]): string {
  const rows = sweeps.flatMap(({ name, arms }, i) => arms.map((arm) => ({ name, colour: CURVE_COLOURS[i % CURVE_COLOURS.length], batch: batchSize(arm), us: arm.wallNs.median / 1e3, low: arm.wallNs.low / 1e3, high: arm.wallNs.high / 1e3 })));
  const label = `Wall time by batch size: ${sweeps.map(({ name, arms }) => `${name}: ${arms.map((arm) => `${batchSize(arm)} ${duration(arm.wallNs.median)}`).join(', ')}`).join('; ')}`;
  const marks = sweeps.flatMap(({ name }, i) => {
    const own = rows.filter((row) => row.name === name);
    const stroke = CURVE_COLOURS[i % CURVE_COLOURS.length];
    return [
      Plot.areaY(own, { x: 'batch', y1: 'low', y2: 'high', fill: stroke, fillOpacity: 0.18 }),
      Plot.lineY(own, { x: 'batch', y: 'us', stroke, strokeWidth: 2 }),
      Plot.dot(own, { x: 'batch', y: 'us', fill: stroke, r: 3.5, title: (row: { batch: number; us: number }) => `${name}, ${row.batch}: ${duration(row.us * 1e3)}` }),
    ];
  });
  const baseline = [Plot.ruleY(serials.map((arm) => arm.wallNs.median / 1e3), { stroke: 'currentColor', strokeDasharray: '5 4' })];
  return drawPlot(label, {
    height: 335,
    marginLeft: 70,
    x: { type: 'log', base: 2, label: 'calls in flight at most', ticks: 8, tickFormat: (x: number) => String(Math.round(x)) },
    y: { label: 'microseconds per replay', grid: true, zero: true },
    marks: [baseline, marks, Plot.ruleY([0])],
  });
}

export const sweepLegend = (sweeps: readonly Sweep[]): (readonly [string, string])[] => sweeps.map(({ name }, i) => [CURVE_COLOURS[i % CURVE_COLOURS.length], name] as const);
