/**
 * Charts as SVG text, drawn by Observable Plot on a document of its own: the page needs no script for them. Colours are
 * custom properties of the page, so that light, dark and print are a matter of its style sheet.
 */
import * as Plot from '@observablehq/plot';
import { parseHTML } from 'linkedom';
import { html } from './escape.js';

/** The little of the DOM that is used here. */
interface Svg {
  readonly outerHTML: string;
}

export const WIDTH = 760;

/** Below the tick labels. */
const LABEL_OFFSET = 38;

const STYLE = { fontFamily: 'inherit', fontSize: '13px', background: 'none', overflow: 'visible' };

/** Keeps text legible that lies on lines. */
export const HALO = { fill: 'currentColor', stroke: 'var(--bg)', strokeWidth: 4 } as const;

/** `label`: what a screen reader says for the whole chart; its figures stand in a table beside it. */
export function drawPlot(label: string, options: Plot.PlotOptions): string {
  const { document } = parseHTML('<html><body></body></html>') as { document: object };
  const draw = Plot.plot as unknown as (options: object) => Svg;
  const x = options.x === undefined ? {} : { x: { labelOffset: LABEL_OFFSET, ...options.x } };
  const svg = draw({ document, width: WIDTH, marginBottom: LABEL_OFFSET + 8, className: 'plot', style: STYLE, ...options, ...x });
  return svg.outerHTML.replace(/<style>[^]*?<\/style>/, '').replace(/^<svg /, () => `<svg role="img" aria-label="${html(label)}" `);
}
