import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test from 'node:test';
import { parquetReadObjects } from 'hyparquet';
import { ROW_COLUMNS } from '../../../src/export/rows.js';
import { callLines, fixture } from '../analysis/logs.js';
import { HOSTILE_LOG, exported, exportedText } from './collect.js';

const NAMES = ROW_COLUMNS.map((column) => column.name);

/** RFC 4180, by a reading of its own. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (let i = 0; i < text.length; ) {
    let cell = '';
    if (text[i] === '"') {
      for (i++; text[i] !== '"' || text[i + 1] === '"'; i++) {
        if (text[i] === '"') i++;
        cell += text[i];
      }
      i++;
    } else while (i < text.length && text[i] !== ',' && text[i] !== '\r') cell += text[i++];
    row.push(cell);
    if (text[i] === '\r') {
      rows.push(row);
      row = [];
      i += 2;
    } else i++;
  }
  return rows;
}

const cellsOf = (row: Record<string, unknown>): string[] => NAMES.map((name) => String((row[name] as string | number | bigint | null | undefined) ?? ''));

const parquetRows = async (bytes: Buffer): Promise<Record<string, unknown>[]> => parquetReadObjects({ file: new Uint8Array(bytes).buffer });

test('TSV, CSV, NDJSON and Parquet hold the same rows, one per call', async () => {
  for (const name of ['bash', 'date', 'node', 'ruby']) {
    const calls = callLines(await readFile(fixture(name), 'latin1'));
    const tsv = (await exported('tsv', fixture(name))).toString().trimEnd().split('\n').map((line) => line.split('\t'));
    const csv = parseCsv((await exported('csv', fixture(name))).toString());
    const ndjson = (await exported('ndjson', fixture(name))).toString().trimEnd().split('\n').map((line) => JSON.parse(line) as Record<string, unknown>);
    const parquet = await parquetRows(await exported('parquet', fixture(name)));
    assert.deepEqual(tsv[0], NAMES);
    assert.deepEqual(csv, tsv);
    assert.equal(tsv.length - 1, calls.length, name);
    assert.deepEqual(ndjson.map(cellsOf), tsv.slice(1));
    assert.deepEqual(parquet.map(cellsOf), tsv.slice(1));
  }
});

test('a row has the path, the result and the time of its call', async () => {
  const log = '7 10.5 openat(AT_FDCWD, "/a b", O_RDONLY) = 3 <0.000012>\n7 11.5 fstat(3, 0x1) = -1 EIO (Input/output error) <0.000001>\n7 12.5 mmap(NULL, 1) = 0xffffffffff600000\n';
  const rows = (await exportedText('ndjson', log)).toString().trimEnd().split('\n').map((line) => JSON.parse(line) as object);
  assert.deepEqual(rows[0], { line: 1, line_end: 1, pid: 7, time: 10.5, syscall: 'openat', arguments: '(AT_FDCWD, "/a b", O_RDONLY)', path: '/a b', result: 3, errno: null, seconds: 0.000012, program: null });
  assert.deepEqual(rows[1], { line: 2, line_end: 2, pid: 7, time: 11.5, syscall: 'fstat', arguments: '(3, 0x1)', path: '/a b', result: -1, errno: 'EIO', seconds: 0.000001, program: null });
  assert.equal((rows[2] as { result: unknown }).result, '18446744073699065856');
  const [, , third] = await parquetRows(await exportedText('parquet', log));
  assert.equal(third.result, BigInt.asIntN(64, 0xffffffffff600000n));
});

test('Parquet types are those of the columns', async () => {
  const [row] = await parquetRows(await exported('parquet', fixture('ruby')));
  assert.deepEqual(NAMES.map((n) => typeof row[n]), ['number', 'number', 'number', 'number', 'string', 'string', 'string', 'bigint', 'object', 'number', 'string']);
});

test('hostile names stay text in every table', async () => {
  for (const format of ['tsv', 'csv', 'ndjson']) {
    const text = (await exportedText(format, HOSTILE_LOG)).toString();
    // eslint-disable-next-line no-control-regex
    assert.doesNotMatch(text, /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202e]/, format);
    assert.equal(text.trimEnd().split('\n').length, format === 'ndjson' ? 3 : 4, format);
  }
  const cells = (await exportedText('tsv', HOSTILE_LOG)).toString().trimEnd().split('\n').flatMap((line) => line.split('\t'));
  assert.equal(cells.length, 4 * NAMES.length);
  for (const cell of cells) assert.doesNotMatch(cell, /^[=+@"]|^-(?!\d)/);
});
