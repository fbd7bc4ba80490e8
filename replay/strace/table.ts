/** Where the tables of -c and -C begin and end (strace, count.c). Their contents are read by counts.ts. */
import { ascii, latin1, startsWith } from './bytes.js';

const TITLE = ascii('System call usage summary for ');
const HEADER_BYTES_MAX = 400;
const COLUMNS = new Set([
  '% time', 'seconds', 'usecs/call', 'calls', 'errors', 'syscall', 'shortest', 'longest',
  'wall-total', 'wall-min', 'wall-max', 'wall-avg',
]);

/** The titles of a table's columns, in order; null when the line is no header. */
export function tableHeader(b: Uint8Array, start: number, end: number): string[] | null {
  if (end - start > HEADER_BYTES_MAX) return null;
  const columns = latin1(b, start, end).replace(/\r$/, '').trim().split(/(?<!%)\s+/);
  return columns.includes('syscall') && columns.every((column) => COLUMNS.has(column)) ? columns : null;
}

export function isTableTitle(b: Uint8Array, start: number, end: number): boolean {
  return startsWith(b, start, end, TITLE);
}

/** `------ ----------- ---`; the lengths are the widths of the columns. */
export function isTableRule(b: Uint8Array, start: number, end: number): boolean {
  if (b[start] !== 45) return false;
  for (let i = start; i < end; i++) if (b[i] !== 45 && b[i] !== 32 && b[i] !== 13) return false;
  return true;
}

/** Follows a table from its header over two rules to the line of totals. */
export class TableTracker {
  #rules = -1;

  get active(): boolean {
    return this.#rules >= 0;
  }

  begins(b: Uint8Array, start: number, end: number): boolean {
    if (isTableTitle(b, start, end)) return true;
    if (tableHeader(b, start, end) === null) return false;
    this.#rules = 0;
    return true;
  }

  /** Whether the line still belongs to the table. */
  continues(b: Uint8Array, start: number, end: number): boolean {
    if (isTableRule(b, start, end)) {
      this.#rules++;
      return this.#rules <= 2 || this.#stop();
    }
    if (this.#rules === 0) return this.#stop();
    if (this.#rules === 2) {
      this.#stop();
      return isRow(b, start, end);
    }
    return isRow(b, start, end) || this.#stop();
  }

  #stop(): false {
    this.#rules = -1;
    return false;
  }
}

/** Numbers and one name. */
function isRow(b: Uint8Array, start: number, end: number): boolean {
  return end - start <= HEADER_BYTES_MAX && /^\s*(?:(?:nan|-?[\d.]+|[a-z_?][\w?]*)\s*)+$/i.test(latin1(b, start, end)) && /\d/.test(latin1(b, start, end));
}
