/** What was done to files, for the terminal, as JSON and as TSV. */
import pc from 'picocolors';
import { FILE_MEASURES, directoryTree, topFiles, type DirectoryRow, type FileCounts, type FileMeasure, type FilesResult } from '../analysis/files.js';
import { jsonPath, safeJson, shown } from '../analysis/text.js';
import { tsvRow } from '../export/tsv-row.js';
import { renderColumns, type Column } from './columns.js';
import { terminalWidth, wrapLines } from './prose.js';
import { bytes, count, duration, share } from './units.js';

export interface FilesChoice {
  readonly by: FileMeasure;
  readonly top: number;
  readonly depth: number;
}
type Renderers = Readonly<Record<'text' | 'json' | 'tsv', (log: string, result: FilesResult, choice: FilesChoice) => string>>;

/** Measures shown on the terminal when some path has any of them. */
const SHOWN: readonly FileMeasure[] = ['calls', 'opens', 'reopens', 'stats', 'reads', 'bytesRead', 'writes', 'bytesWritten', 'seeks', 'maps', 'lists', 'errors', 'misses', 'seconds'];
/** On a narrow terminal these are left out, the first first; never what the rows are sorted by. */
const LEFT_OUT: readonly FileMeasure[] = ['maps', 'lists', 'seeks', 'writes', 'errors', 'bytesWritten', 'reads', 'reopens', 'misses', 'stats', 'bytesRead', 'opens', 'seconds', 'calls'];
const HEADS: Readonly<Partial<Record<FileMeasure, string>>> = { bytesRead: 'read', bytesWritten: 'written', seconds: 'time' };

const countCells = (row: FileCounts): Record<FileMeasure, number> =>
  Object.fromEntries(FILE_MEASURES.map((measure) => [measure, row[measure]])) as Record<FileMeasure, number>;
const exact = (row: FileCounts): number[] => FILE_MEASURES.map((m) => (m === 'seconds' ? Number(row[m].toFixed(9)) : row[m]));

function cell(row: FileCounts, measure: FileMeasure): string {
  const value = row[measure];
  if (value === 0) return '';
  if (measure === 'seconds') return duration(value * 1e9);
  return measure === 'bytesRead' || measure === 'bytesWritten' ? bytes(value) : count(value);
}

function head(log: string, result: FilesResult): string {
  const { totals } = result;
  return [
    `${log}: ${count(result.fileCalls)} of ${count(result.calls)} calls are about ${count(result.paths)} paths`,
    `${count(totals.opens)} opens (${count(totals.reopens)} repeated), ${count(totals.stats)} stats, ${count(totals.reads)} reads (${bytes(totals.bytesRead)}), ` +
      `${count(totals.errors)} errors, ${count(totals.misses)} misses (${share(totals.misses, result.fileCalls)})`,
  ].join('\n');
}

interface Line {
  readonly counts: FileCounts;
  /** Of a directory: how many are in it and below. */
  readonly paths?: number;
  readonly path: string;
}

function table(rows: readonly Line[], by: FileMeasure): string {
  const measures = SHOWN.filter((measure) => measure === by || rows.some(({ counts }) => counts[measure] > 0));
  const columns: Column[] = measures.map((measure) => ({ head: HEADS[measure] ?? measure, right: true, ...(measure !== by && { rank: LEFT_OUT.indexOf(measure) }) }));
  if (rows.some(({ paths }) => paths !== undefined)) columns.push({ head: 'paths', right: true, rank: -1 });
  columns.push({ head: 'path', flexible: true });
  const cells = rows.map(({ counts, paths, path }) => [...measures.map((m) => cell(counts, m)), ...(paths === undefined ? [] : [count(paths)]), path]);
  return renderColumns(columns, cells, terminalWidth());
}

export const fileRenderers: Renderers = {
  text(log, result, { by, top }) {
    const rows = topFiles(result, by, top);
    const all = result.files.length === rows.length ? '' : pc.dim(`\n\nThe ${count(rows.length)} paths with most ${by}; --top 0 shows all`);
    return wrapLines(`${head(log, result)}\n\n${table(rows.map((row) => ({ counts: row, path: shown(row.path) })), by)}${all}\n`);
  },
  json(_log, result, { by }) {
    const files = topFiles(result, by, 0).map((row) => ({ path: jsonPath(row.path), ...countCells(row) }));
    const silent = result.files.filter((row) => row[by] === 0).map((row) => ({ path: jsonPath(row.path), ...countCells(row) }));
    return safeJson({ ...result, files: [...files, ...silent] }) + '\n';
  },
  tsv(_log, result, { by }) {
    const rows = topFiles(result, by, 0).map((row) => tsvRow([row.path, ...exact(row)]));
    return tsvRow(['path', ...FILE_MEASURES]) + rows.join('');
  },
};

export const treeRenderers: Renderers = {
  text(log, result, { by, top, depth }) {
    const lines: Line[] = [];
    const walk = (rows: readonly DirectoryRow[], indent: string): void => {
      const some = top === 0 ? rows : rows.slice(0, top);
      for (const row of some) {
        lines.push({ counts: row, paths: row.paths, path: `${indent}${shown(row.name)}${row.name === '/' ? '' : '/'}` });
        walk(row.children, `${indent}  `);
      }
    };
    walk(directoryTree(result, by, depth), '');
    return wrapLines(`${head(log, result)}\n\n${table(lines, by)}\n`);
  },
  json(_log, result, { by, depth }) {
    const plain = (row: DirectoryRow): object => ({ name: jsonPath(row.name), path: jsonPath(row.path), paths: row.paths, ...countCells(row), children: row.children.map(plain) });
    return safeJson({ calls: result.calls, fileCalls: result.fileCalls, paths: result.paths, totals: result.totals, directories: directoryTree(result, by, depth).map(plain) }) + '\n';
  },
  tsv(_log, result, { by, depth }) {
    const flat = (rows: readonly DirectoryRow[]): string => rows.map((row) => tsvRow([row.path, row.paths, ...exact(row)]) + flat(row.children)).join('');
    return tsvRow(['directory', 'paths', ...FILE_MEASURES]) + flat(directoryTree(result, by, depth));
  },
};
