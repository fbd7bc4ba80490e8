/** The calls of a log as TSV, CSV and NDJSON, for DuckDB, pandas, VisiData and spreadsheets. */
import { harmless, jsonPath, safeJson, shown } from '../analysis/text.js';
import { ROW_COLUMNS, eachRow, type RowColumn } from './rows.js';
import { noFormula, type Cell } from './tsv-row.js';
import type { Write } from '../report/write-file.js';

const FLUSH_CHARS = 1 << 16;

/** Collects text and hands it on in large pieces. */
class TextSink {
  readonly #write: Write;
  #parts = '';
  #open = true;

  constructor(write: Write) {
    this.#write = write;
  }

  add(text: string): boolean {
    this.#parts += text;
    if (this.#parts.length >= FLUSH_CHARS) this.flush();
    return this.#open;
  }

  flush(): void {
    if (this.#open && this.#parts !== '') this.#open = this.#write(Buffer.from(this.#parts));
    this.#parts = '';
  }
}

/** The text of a cell: harmless wherever it is printed or opened. */
function cellText(cell: Cell, column: RowColumn): string {
  if (cell === null) return '';
  if (typeof cell !== 'string') return String(cell);
  return noFormula(column.type === 'path' ? shown(cell) : harmless(cell));
}

async function streamRows(log: string, write: Write, head: string, format: (cells: readonly Cell[]) => string, onBytes: ((bytes: number) => void) | undefined): Promise<void> {
  const sink = new TextSink(write);
  sink.add(head);
  await eachRow(log, (cells) => sink.add(format(cells)), onBytes);
  sink.flush();
}

const names = ROW_COLUMNS.map((column) => column.name);

export function streamTsv(log: string, write: Write, onBytes?: (bytes: number) => void): Promise<void> {
  return streamRows(log, write, `${names.join('\t')}\n`, (cells) => `${cells.map((cell, i) => cellText(cell, ROW_COLUMNS[i])).join('\t')}\n`, onBytes);
}

/** RFC 4180, UTF-8. */
export function streamCsv(log: string, write: Write, onBytes?: (bytes: number) => void): Promise<void> {
  const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return streamRows(log, write, `${names.join(',')}\r\n`, (cells) => `${cells.map((cell, i) => quoted(cellText(cell, ROW_COLUMNS[i]))).join(',')}\r\n`, onBytes);
}

/** One object per line; results too large for a double are strings, paths that are not UTF-8 {"bytes": base64}. */
export function streamNdjson(log: string, write: Write, onBytes?: (bytes: number) => void): Promise<void> {
  const value = (cell: Cell, { type }: RowColumn): unknown => {
    if (typeof cell === 'bigint') return String(cell);
    if (typeof cell !== 'string') return cell;
    return type === 'path' ? jsonPath(cell) : cell;
  };
  return streamRows(log, write, '', (cells) => `${safeJson(Object.fromEntries(cells.map((cell, i) => [names[i], value(cell, ROW_COLUMNS[i])])))}\n`, onBytes);
}
