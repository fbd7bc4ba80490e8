/** Tables of the analyses: aligned, without rules, one column shortened so that rows fit the terminal. */
import Table from 'cli-table3';
import pc from 'picocolors';

export interface Column {
  readonly head: string;
  readonly right?: boolean;
  /** May be shortened in its middle; at most one column. */
  readonly flexible?: boolean;
}

const GAP = 2;
const FLEXIBLE_MIN = 20;

/** `width`: columns of the terminal; Infinity where the output is no terminal, and nothing is shortened. */
export function renderColumns(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const flexible = columns.findIndex((column) => column.flexible === true);
  const room = flexible < 0 ? Infinity : width - usedBesides(columns, rows, flexible);
  const table = new Table({
    head: columns.map((column) => pc.bold(column.head)),
    colAligns: columns.map((column) => (column.right === true ? 'right' : 'left')),
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': GAP },
    chars: NO_RULES,
  });
  for (const row of rows) table.push(row.map((cell, i) => (i === flexible ? shorten(cell, Math.max(room, FLEXIBLE_MIN)) : cell)));
  return table.toString().replace(/ +$/gm, '');
}

const NO_RULES = {
  top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '',
  'bottom-right': '', left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '',
};

function usedBesides(columns: readonly Column[], rows: readonly (readonly string[])[], flexible: number): number {
  return columns.reduce((sum, column, i) => {
    if (i === flexible) return sum + GAP;
    return sum + GAP + rows.reduce((most, row) => Math.max(most, row[i].length), column.head.length);
  }, 0);
}

/** `/usr/lib/python3.11/json/__init__.py` -> `/usr/lib/…/json/__init__.py`: the end of a path says most. */
export function shorten(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.max(1, Math.floor((width - 1) / 3));
  return `${text.slice(0, head)}…${text.slice(text.length - (width - 1 - head))}`;
}

/** Columns to write for: those of the terminal, or no limit. */
export const terminalWidth = (): number => (process.stdout.isTTY ? process.stdout.columns : Infinity);
