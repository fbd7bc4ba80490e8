/** The charts of what a log shows. */
import * as Plot from '@observablehq/plot';
import { PHASES, type Story } from '../../analysis/phases/model.js';
import { count, duration } from '../units.js';
import { drawPlot } from './plot.js';

const MARGIN_LEFT = 210;

/** Calls per syscall, most first. */
export function syscallChart(rows: readonly { readonly name: string; readonly calls: number; readonly errors: number }[]): string {
  const label = `Calls per syscall: ${rows.map((row) => `${row.name} ${count(row.calls)}`).join(', ')}`;
  return drawPlot(label, {
    height: 60 + 22 * rows.length,
    marginLeft: 150,
    marginRight: 60,
    x: { label: 'calls', grid: true },
    y: { type: 'band', domain: rows.map((row) => row.name), label: null },
    marks: [
      Plot.barX(rows, { y: 'name', x: 'calls', fill: 'var(--c1)', title: (row: { name: string; calls: number; errors: number }) => `${row.name}: ${count(row.calls)} calls, ${count(row.errors)} errors` }),
      Plot.barX(rows, { y: 'name', x: 'errors', fill: 'var(--c2)' }),
      Plot.text(rows, { y: 'name', x: 'calls', text: (row: { calls: number }) => count(row.calls), dx: 5, textAnchor: 'start', fontSize: 11 }),
      Plot.ruleX([0]),
    ],
  });
}

/** The phases of one program over time; null where the log has no times. */
export function phasesChart(story: Story): string | null {
  const origin = story.stretches[0]?.start ?? null;
  if (origin === null) return null;
  const rows = story.stretches.flatMap((s) => (s.start === null || s.wallSeconds === null ? [] : [{ phase: PHASES[s.phase], from: (s.start - origin) * 1e3, to: (s.start + s.wallSeconds - origin) * 1e3, calls: s.calls, sentence: s.sentence }]));
  const order = [...new Set(rows.map((row) => row.phase))];
  const label = `Phases over time: ${rows.map((row) => `${row.phase} from ${row.from.toFixed(2)} to ${row.to.toFixed(2)} ms`).join('; ')}`;
  return drawPlot(label, {
    height: 65 + 26 * order.length,
    marginLeft: MARGIN_LEFT,
    x: { label: 'milliseconds since its start (under strace)', grid: true },
    y: { type: 'band', domain: order, label: null },
    marks: [
      Plot.barX(rows, { y: 'phase', x1: 'from', x2: 'to', fill: 'var(--c1)', stroke: 'var(--c1)', title: (row: { phase: string; calls: number; from: number; to: number }) => `${row.phase}: ${count(row.calls)} calls, ${duration((row.to - row.from) * 1e6)}` }),
      Plot.ruleX([0]),
    ],
  });
}
