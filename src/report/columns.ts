/**
 * Tables for the terminal: aligned, without rules, so that columns stay easy to copy. One that is wider than the
 * terminal has its paths shortened, its sentences wrapped and its less important columns left out; where all that does
 * not help, each row becomes some lines. Numbers are never cut.
 */
import pc from 'picocolors';
import { shorten, visibleWidth, wrap } from './prose.js';

export interface Column {
  readonly head: string;
  readonly right?: boolean;
  /** May be shortened in its middle: a path. */
  readonly flexible?: boolean;
  /** May be wrapped: between words, or where a list has commas. */
  readonly wraps?: 'words' | 'list';
  /** May be left out of a table that is too wide: the lowest of all first. */
  readonly rank?: number;
}

/** Columns that are shown as they are. `numeric`: those to be aligned at the right. */
export const plainColumns = (heads: readonly string[], numeric: readonly number[] = []): Column[] =>
  heads.map((head, i) => ({ head, right: numeric.includes(i) }));

const GAP = 2;
const FLEXIBLE_MIN = 20;
const WRAPPED_MIN = 16;
const INDENT = 2;

/** `width`: columns of the terminal; Infinity where the output is no terminal, and everything is shown. */
export function renderColumns(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const wanted = columns.map((column, i) => Math.max(visibleWidth(column.head), widest(rows, i)));
  if (width === Infinity) return lines(columns, rows, wanted).join('\n');
  const least = columns.map((column, i) => leastWidth(column, rows, i));
  let shown = columns.map((_, i) => i);
  while (sum(least, shown) > width) {
    const first = shown.filter((i) => columns[i].rank !== undefined).sort((i, j) => columns[i].rank! - columns[j].rank!).at(0);
    if (first === undefined) return rows.map((row) => rowAsLines(columns, row, width).join('\n')).join('\n');
    shown = shown.filter((i) => i !== first);
  }
  const widths = shareOut(wanted, least, shown, width - sum(least, shown));
  const some = <T>(all: readonly T[]): T[] => shown.map((i) => all[i]);
  const table = lines(some(columns), rows.map(some), some(widths));
  if (shown.length === columns.length) return table.join('\n');
  const missing = columns.filter((_, i) => !shown.includes(i)).map(({ head }) => head);
  return [...table, ...wrap(`Too narrow for: ${missing.join(', ')}`, width).map((line) => pc.dim(line))].join('\n');
}

const widest = (rows: readonly (readonly string[])[], i: number): number => rows.reduce((most, row) => Math.max(most, visibleWidth(row[i])), 0);

const sum = (widths: readonly number[], shown: readonly number[]): number => shown.reduce((all, i) => all + widths[i] + GAP, -GAP);

/** Heads may always be wrapped. */
function leastWidth({ head, flexible, wraps }: Column, rows: readonly (readonly string[])[], i: number): number {
  const cells = widest(rows, i);
  const least = flexible === true ? Math.min(cells, FLEXIBLE_MIN) : wraps === undefined ? cells : Math.min(cells, Math.max(WRAPPED_MIN, longestPiece(rows, i, wraps)));
  return Math.max(least, ...head.split(' ').map(visibleWidth));
}

function longestPiece(rows: readonly (readonly string[])[], i: number, between: 'words' | 'list'): number {
  return Math.max(0, ...rows.flatMap((row) => wrap(row[i], 1, between).map(visibleWidth)));
}

/** What is left over goes to those that lack least first, so that it reaches far. */
function shareOut(wanted: readonly number[], least: readonly number[], shown: readonly number[], spare: number): readonly number[] {
  const widths = [...least];
  let left = spare;
  const wanting = shown.filter((i) => wanted[i] > least[i]).sort((i, j) => wanted[i] - least[i] - (wanted[j] - least[j]));
  for (const [k, i] of wanting.entries()) {
    const more = Math.min(wanted[i] - least[i], Math.floor(left / (wanting.length - k)));
    widths[i] += more;
    left -= more;
  }
  return widths;
}

function lines(columns: readonly Column[], rows: readonly (readonly string[])[], widths: readonly number[]): string[] {
  const head = columns.map(({ head: text }, i) => wrap(text, widths[i]).map((line) => pc.bold(line)));
  const body = rows.map((row) => row.map((cell, i) => cellLines(columns[i], cell, widths[i])));
  return [head, ...body].flatMap((cells) => {
    const height = cells.reduce((most, { length }) => Math.max(most, length), 1);
    return Array.from({ length: height }, (_, k) => cells.map((cell, i) => aligned(cell[k] ?? '', widths[i], columns[i].right === true)).join(' '.repeat(GAP)).trimEnd());
  });
}

function cellLines({ flexible, wraps }: Column, cell: string, width: number): readonly string[] {
  if (flexible === true) return [shorten(cell, width)];
  return wraps === undefined ? [cell] : wrap(cell, width, wraps);
}

function aligned(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - visibleWidth(text)));
  return right ? blanks + text : text + blanks;
}

/** The first cell, and below it what each column says, those that say nothing left out. */
function rowAsLines(columns: readonly Column[], row: readonly string[], width: number): string[] {
  const said = columns.map((column, i) => ({ column, cell: row[i] })).slice(1).filter(({ cell }) => cell !== '');
  const heads = said.reduce((most, { column }) => Math.max(most, visibleWidth(column.head)), 0);
  const room = width - 2 * INDENT - heads;
  const beside = said.every(({ column, cell }) => column.flexible === true ? room >= FLEXIBLE_MIN : visibleWidth(cell) <= room || (column.wraps !== undefined && room >= WRAPPED_MIN));
  const indent = ' '.repeat(INDENT);
  const entries = said.flatMap(({ column, cell }) => {
    const [first, ...rest] = cellLines(column, cell, beside ? room : width - 2 * INDENT);
    if (!beside) return [indent + column.head, ...[first, ...rest].map((line) => indent + indent + line)];
    return [`${indent}${aligned(column.head, heads, false)}${indent}${first}`, ...rest.map((line) => ' '.repeat(2 * INDENT + heads) + line)];
  });
  const title = `${columns[0].head === '' ? '' : `${columns[0].head} `}${row[0]}`;
  return [pc.bold(columns[0].flexible === true ? shorten(row[0], width) : title), ...entries];
}
