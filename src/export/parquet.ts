/** The calls of a log as Apache Parquet, for DuckDB, Spark and pandas; one group of rows in memory at a time. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { VERSION } from '../../bench/version.js';
import { harmless, shown } from '../analysis/text.js';
import { ROW_COLUMNS, eachRow, type ColumnType } from './rows.js';
import type { Cell } from './tsv-row.js';
import type { Write } from '../report/write-file.js';

const GROUP_ROWS = 50_000;

/** Hands on what was written after every group. */
class StreamWriter extends ByteWriter {
  readonly #write: Write;
  open = true;

  constructor(write: Write) {
    super();
    this.#write = write;
  }

  flush(): void {
    if (this.index > 0 && this.open) this.open = this.#write(this.getBytes());
    this.index = 0;
  }

  override finish(): void {
    this.flush();
  }
}

type Element = ConstructorParameters<typeof ParquetWriter>[0]['schema'][number];

const TYPES: Readonly<Record<ColumnType, Pick<Element, 'type' | 'converted_type'>>> = {
  integer: { type: 'INT32' },
  big: { type: 'INT64' },
  double: { type: 'DOUBLE' },
  name: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  path: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  strace: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
};

/** Paths that are not UTF-8, and what is not harmless, are written with escapes as in TSV. */
function valueOf(cell: Cell, type: ColumnType): unknown {
  if (cell === null) return undefined;
  if (type === 'big') return BigInt.asIntN(64, BigInt(cell));
  if (typeof cell !== 'string') return cell;
  return type === 'path' ? shown(cell) : harmless(cell);
}

export async function streamParquet(log: string, write: Write, onBytes?: (bytes: number) => void): Promise<void> {
  const writer = new StreamWriter(write);
  const schema: Element[] = [
    { name: 'calls', num_children: ROW_COLUMNS.length },
    ...ROW_COLUMNS.map((column): Element => ({ name: column.name, repetition_type: 'OPTIONAL', ...TYPES[column.type] })),
  ];
  const parquet = new ParquetWriter({ writer, schema, createdBy: `uring-replay ${VERSION}` });
  let group: unknown[][] = ROW_COLUMNS.map(() => []);
  const flush = (): void => {
    if (group[0].length === 0) return;
    void parquet.write({ columnData: ROW_COLUMNS.map(({ name }, i) => ({ name, data: group[i] })), rowGroupSize: GROUP_ROWS });
    group = ROW_COLUMNS.map(() => []);
  };
  await eachRow(log, (cells) => {
    cells.forEach((cell, i) => group[i].push(valueOf(cell, ROW_COLUMNS[i].type)));
    if (group[0].length === GROUP_ROWS) flush();
    return writer.open;
  }, onBytes);
  flush();
  await parquet.finish();
}
