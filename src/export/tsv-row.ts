/** Tab separated values as VisiData, spreadsheets and cut(1) read them: one line per row, no quoting. */
import { shown } from '../analysis/text.js';

export type Cell = string | number | bigint | null;

/** Strings are latin1 bytes; tabs, line feeds and every other control character in them become escapes. */
export function tsvRow(cells: readonly Cell[]): string {
  return cells.map((cell) => (cell === null ? '' : typeof cell === 'string' ? noFormula(shown(cell)) : String(cell))).join('\t') + '\n';
}

/**
 * A spreadsheet computes what begins with one of = + - @, and a reader of TSV takes a quote at the beginning for the
 * begin of a quoted field; written as an escape both stay text.
 */
export function noFormula(text: string): string {
  return /^[=+\-@"]/.test(text) ? `\\x${text.charCodeAt(0).toString(16)}${text.slice(1)}` : text;
}
