/** Pieces of the page: sections, tables, figures. Every text that goes in is escaped here, once. */
import { html } from './escape.js';

/** Markup that is finished; only made by this file and those that draw. */
export interface Markup {
  readonly markup: string;
}

export const raw = (markup: string): Markup => ({ markup });
type Piece = string | number | Markup;

/** A template whose holes are escaped unless they are markup already. */
export function h(strings: TemplateStringsArray, ...holes: readonly (Piece | readonly Markup[])[]): Markup {
  return raw(strings.reduce((text, part, i) => text + render(holes[i - 1]) + part));
}

function render(hole: Piece | readonly Markup[]): string {
  if (typeof hole === 'string') return html(hole);
  if (typeof hole === 'number') return String(hole);
  if ('markup' in hole) return hole.markup;
  return hole.map((piece) => piece.markup).join('');
}

export interface TableColumn {
  readonly head: string;
  readonly numeric?: boolean;
  /** File names and the like, which may break anywhere. */
  readonly path?: boolean;
  /** Sentences and lists, which want some width. */
  readonly prose?: boolean;
}

/** The first cell of each row is its header. */
export function table(caption: string, columns: readonly TableColumn[], rows: readonly (readonly Piece[])[]): Markup {
  const kind = (i: number): string => (columns[i].numeric === true ? 'n' : columns[i].path === true ? 'p' : columns[i].prose === true ? 't' : '');
  const head = columns.map((column, i) => h`<th scope="col" class="${kind(i)}">${column.head}</th>`);
  const body = rows.map((row) => h`<tr>${row.map((cell, i) => (i === 0 ? h`<th scope="row" class="${kind(i)}">${cell}</th>` : h`<td class="${kind(i)}">${cell}</td>`))}</tr>\n`);
  return h`<div class="scroll" tabindex="0" role="region" aria-label="${caption}"><table><caption>${caption}</caption><thead><tr>${head}</tr></thead><tbody>\n${body}</tbody></table></div>`;
}

/** A chart with its legend and the words that go with it. */
export function figure(svg: string, caption: string, legend: readonly (readonly [string, string])[] = []): Markup {
  const keys = legend.map(([colour, text]) => h`<span class="key"><i style="background:${colour}"></i>${text}</span>`);
  return h`<figure>${keys.length > 0 ? h`<p class="legend">${keys}</p>` : ''}<div class="scroll" tabindex="0" role="region" aria-label="chart: ${caption}">${raw(svg)}</div><figcaption>${caption}</figcaption></figure>`;
}

export interface Section {
  readonly id: string;
  readonly title: string;
  readonly body: Markup;
}

export const section = (id: string, title: string, ...body: readonly Markup[]): Section => ({ id, title, body: h`${body}` });

export const paragraph = (text: string): Markup => h`<p>${text}</p>`;
export const note = (text: string): Markup => h`<p class="note">${text}</p>`;

/** Its first words, up to the colon, are what the reader came for. */
export function verdict(sentence: string, kind: string): Markup {
  const end = sentence.indexOf(': ') + 1;
  return h`<p class="verdict ${kind}"><strong>${end === 0 ? sentence : sentence.slice(0, end)}</strong>${end === 0 ? '' : sentence.slice(end)}</p>`;
}

/** `name: value` pairs. */
export function facts(rows: readonly (readonly [string, Piece])[]): Markup {
  return h`<dl>${rows.map(([name, value]) => h`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}
