/** Tab separated values as VisiData, spreadsheets and cut(1) read them: one line per row, no quoting. */
import { shown } from '../analysis/text.js';

export type Cell = string | number | bigint | null;

/** Strings are latin1 bytes; tabs, line feeds and every other control character in them become escapes. */
export function tsvRow(cells: readonly Cell[]): string {
  return cells.map((cell) => (cell === null ? '' : typeof cell === 'string' ? shown(cell) : String(cell))).join('\t') + '\n';
}
