/** A call as a row of a table: the same columns in TSV, CSV, NDJSON and Parquet. */
import { analyse } from '../analysis/analyse.js';
import type { Subject } from '../analysis/subject.js';
import type { Cell } from './tsv-row.js';

export type ColumnType = 'integer' | 'big' | 'double' | 'name' | 'path' | 'strace';

export interface RowColumn {
  readonly name: string;
  /** name: plain words; path: bytes as latin1; strace: text in strace's own notation, latin1, in parentheses. */
  readonly type: ColumnType;
  readonly of: (subject: Subject) => Cell;
}

export const ROW_COLUMNS: readonly RowColumn[] = [
  { name: 'line', type: 'integer', of: ({ call }) => call.line },
  { name: 'line_end', type: 'integer', of: ({ call }) => call.lineEnd },
  { name: 'pid', type: 'integer', of: ({ call }) => call.pid },
  { name: 'time', type: 'double', of: ({ call }) => call.time },
  { name: 'syscall', type: 'name', of: ({ call }) => call.name },
  { name: 'arguments', type: 'strace', of: ({ call }) => `(${call.raw.text()})` },
  { name: 'path', type: 'path', of: ({ path }) => path },
  { name: 'result', type: 'big', of: ({ call }) => call.ret },
  { name: 'errno', type: 'name', of: ({ call }) => call.errno },
  { name: 'seconds', type: 'double', of: ({ call }) => call.duration },
  { name: 'program', type: 'path', of: ({ process }) => process.program },
];

/** Hands every call of a log to `row`, in the order in which they returned, until it answers false. */
export async function eachRow(log: string, row: (cells: readonly Cell[]) => boolean, onBytes?: (bytes: number) => void): Promise<void> {
  let open = true;
  await analyse(log, [{ add: (subject) => { if (open) open = row(ROW_COLUMNS.map((column) => column.of(subject))); } }], { goOn: () => open, ...(onBytes && { onBytes }) });
}
