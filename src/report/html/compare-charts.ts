/** The charts of a comparison of results: for each arm a row per result. */
import * as Plot from '@observablehq/plot';
import type { Estimate, Verdict } from '../../../bench/result/result.js';
import { VERDICT_COLOURS } from './arm-charts.js';
import { HALO, drawPlot } from './plot.js';

export interface IntervalRow extends Estimate {
  readonly arm: string;
  /** Of the result: A, B, ... */
  readonly result: string;
  /** null: of the colour of no verdict. */
  readonly verdict: Verdict | null;
  /** The figure, as the table has it. */
  readonly text: string;
}

const MARGIN_LEFT = 175;
const ROW = 30;
const PER_ARM = 26;

const armsOf = (rows: readonly IntervalRow[]): string[] => [...new Set(rows.map((row) => row.arm))];
const resultsOf = (rows: readonly IntervalRow[]): string[] => [...new Set(rows.map((row) => row.result))];
/** An arm has a row for every result, also for those that lack it. */
const height = (rows: readonly IntervalRow[]): number => 60 + (ROW * resultsOf(rows).length + PER_ARM) * armsOf(rows).length;
const spoken = (rows: readonly IntervalRow[]): string => rows.map((row) => `${row.arm} in ${row.result} ${row.text}`).join('; ');

/** Ratios with their intervals, beside the line of no difference. */
export function ratioChart(what: string, rows: readonly IntervalRow[]): string {
  const ends = [1, ...rows.flatMap((row) => [row.low, row.high])];
  const shown = rows.map((row) => ({ ...row, colour: row.verdict === null ? 'var(--c1)' : VERDICT_COLOURS[row.verdict] }));
  return drawPlot(`${what}: ${spoken(rows)}`, {
    height: height(rows),
    marginLeft: MARGIN_LEFT,
    marginRight: 30,
    x: { type: 'log', base: 2, domain: [Math.min(...ends) / 1.15, Math.max(...ends) * 1.15], label: 'times as fast (logarithmic)', grid: true, ticks: 6, tickFormat: (x: number) => `${Number(x.toPrecision(3))}` },
    ...rowsOf(rows),
    marks: [
      ...axes(),
      Plot.ruleX([1], { stroke: 'currentColor', strokeWidth: 1.5 }),
      Plot.ruleY(shown, { fy: 'arm', y: 'result', x1: 'low', x2: 'high', stroke: 'colour', strokeWidth: 3 }),
      Plot.dot(shown, { fy: 'arm', y: 'result', x: 'median', fill: 'colour', r: 5, title: titleOf }),
      Plot.text(shown, { fy: 'arm', y: 'result', x: 'median', text: 'text', dy: -11, fontSize: 11, ...HALO }),
    ],
  });
}

/** Amounts from 0, with their intervals. `label`: of the axis, with the unit. */
export function amountChart(what: string, label: string, rows: readonly IntervalRow[]): string {
  return drawPlot(`${what}: ${spoken(rows)}`, {
    height: height(rows),
    marginLeft: MARGIN_LEFT,
    marginRight: 170,
    x: { label, grid: true, domain: [0, Math.max(...rows.map((row) => row.high)) * 1.02] },
    ...rowsOf(rows),
    marks: [
      ...axes(),
      Plot.barX(rows, { fy: 'arm', y: 'result', x: 'median', fill: 'var(--c1)', insetTop: 3, insetBottom: 3, title: titleOf }),
      Plot.ruleY(rows, { fy: 'arm', y: 'result', x1: 'low', x2: 'high', stroke: 'currentColor' }),
      Plot.text(rows, { fy: 'arm', y: 'result', x: 'high', text: 'text', dx: 6, textAnchor: 'start', fontSize: 11 }),
      Plot.ruleX([0]),
    ],
  });
}

const titleOf = (row: IntervalRow): string => `${row.arm}, ${row.result}: ${row.text}`;

function rowsOf(rows: readonly IntervalRow[]): Plot.PlotOptions {
  return {
    y: { type: 'band', domain: resultsOf(rows), axis: null },
    fy: { domain: armsOf(rows), label: null, padding: 0.2 },
  };
}

const axes = (): Plot.Markish[] => [
  Plot.axisFy({ anchor: 'left', label: null, lineWidth: 13, dx: -22 }),
  Plot.axisY({ anchor: 'left', label: null, tickSize: 0 }),
];
