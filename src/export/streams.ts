/** The exports that are one stream of bytes, to a file or to standard output: one line each here. */
import type { Write } from '../report/write-file.js';

export interface StreamOptions {
  readonly by: 'calls' | 'time';
  /** Told now and then how many bytes of the log have been read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

export interface StreamFormat {
  readonly name: string;
  readonly description: string;
  readonly example: string;
  /** What it reads, where that is more than a log. */
  readonly input?: string;
  /** Not for a terminal. */
  readonly binary?: boolean;
  /** Offers --by calls|time. */
  readonly measured?: boolean;
  readonly stream: (log: string, write: Write, options: StreamOptions) => Promise<void>;
}

export const STREAMS: readonly StreamFormat[] = [
  {
    name: 'perfetto',
    description: 'a timeline in the Trace Event Format, for ui.perfetto.dev, speedscope and chrome://tracing: of processes and threads from a log, of one pass per arm from a result (run --timeline)',
    example: 'uring-replay export perfetto my.strace -o my.json',
    input: 'strace log (- for standard input; .gz, .xz and .zst are read as they are), or a result that run --timeline --json wrote',
    stream: async (log, write, { onBytes }) => {
      const { isResult } = await import('./result-file.js');
      if (isResult(log)) {
        const { readResult } = await import('../../bench/result/read-result.js');
        const { writeResultTimeline } = await import('./perfetto-result.js');
        writeResultTimeline(await readResult(log), log, write);
        return;
      }
      const { readLog } = await import('../../replay/strace/read.js');
      const { PerfettoWriter } = await import('./perfetto.js');
      const writer = new PerfettoWriter(write);
      await readLog(log, writer, { goOn: () => writer.open, ...(onBytes && { onBytes }) });
      writer.finish();
    },
  },
  {
    name: 'tsv',
    description: 'one line per call, tab separated, for VisiData and spreadsheets',
    example: 'uring-replay export tsv my.strace | vd -f tsv',
    stream: async (log, write, { onBytes }) => (await import('./table-streams.js')).streamTsv(log, write, onBytes),
  },
  {
    name: 'csv',
    description: 'one line per call, comma separated (RFC 4180)',
    example: 'uring-replay export csv my.strace -o my.csv',
    stream: async (log, write, { onBytes }) => (await import('./table-streams.js')).streamCsv(log, write, onBytes),
  },
  {
    name: 'ndjson',
    description: 'one flat JSON object per call, for DuckDB, pandas and jq (show --json has the decoded arguments)',
    example: `uring-replay export ndjson my.strace | jq -r 'select(.errno == "ENOENT") | .path'`,
    stream: async (log, write, { onBytes }) => (await import('./table-streams.js')).streamNdjson(log, write, onBytes),
  },
  {
    name: 'parquet',
    description: 'Apache Parquet, for DuckDB, Spark and pandas',
    example: "uring-replay export parquet my.strace -o my.parquet && duckdb -c \"select syscall, count(*) from 'my.parquet' group by 1\"",
    binary: true,
    stream: async (log, write, { onBytes }) => (await import('./parquet.js')).streamParquet(log, write, onBytes),
  },
  {
    name: 'speedscope',
    description: 'program > phase > directory > file > syscall by calls and by time, for speedscope.app',
    example: 'uring-replay export speedscope my.strace -o my.speedscope.json',
    stream: async (log, write, { onBytes }) => {
      const { speedscope, stacksOf } = await import('./stack-formats.js');
      const { VERSION } = await import('../../bench/version.js');
      write(Buffer.from(speedscope(await stacksOf(log, onBytes), log, `uring-replay ${VERSION}`)));
    },
  },
  {
    name: 'folded',
    description: 'the same stacks as folded lines, for flamegraph.pl and inferno',
    example: 'uring-replay export folded my.strace --by time | flamegraph.pl > my.svg',
    measured: true,
    stream: async (log, write, { by, onBytes }) => (await import('./stack-formats.js')).streamFolded(log, write, by, onBytes),
  },
];
