/** `summary`: the strace -c table of any log, and histograms. */
import type { Command } from 'commander';

export function addSummaryCommand(program: Command): void {
  program
    .command('summary')
    .description('calls, errors and time per syscall, in the form of strace -c; also reads a table made by strace -c')
    .argument('<log>', 'strace log; - for standard input; a directory or glob of strace -ff files')
    .option('--by <what>', 'rows are: syscall, pid', 'syscall')
    .option('--sort <column>', 'time, calls, errors, usecs, name, none (default: time, or calls in a log without -T)')
    .option('--histogram', 'bars: calls per row, and how long calls took')
    .option('--tsv', 'tab separated, with unformatted numbers, for spreadsheets and VisiData')
    .option('--json', 'machine-readable')
    .addHelpText(
      'after',
      `
Time is the time from entry to return (strace -T), as strace -c -w counts it; plain strace -c counts system CPU time.
Calls that never returned are not in the table, as in strace's own; they are listed below it.

Examples:
  $ uring-replay summary my.strace
  $ uring-replay summary --histogram --sort calls my.strace
  $ uring-replay summary --tsv my.strace | vd`,
    )
    .action(async (log: string, options: { by: string; sort?: string; histogram?: boolean; tsv?: boolean; json?: boolean }) => {
      const { countLog } = await import('../../replay/strace/count.js');
      const { oneOf } = await import('./options.js');
      const report = await import('../report/counts.js');
      const { writeStdout } = await import('./stdout.js');
      const by = oneOf('--by', options.by, ['syscall', 'pid'] as const);
      const sort = options.sort === undefined ? null : oneOf('--sort', options.sort, report.SORTS);
      const { logProgress } = await import('./log-progress.js');
      const progress = logProgress(log, 'counting');
      const counts = await countLog(log, { by, onBytes: progress.onBytes });
      progress.done();
      const summary = report.summarise(counts, sort);
      const text =
        options.json === true ? report.summaryJson(summary)
        : options.tsv === true ? report.summaryTsv(summary, by)
        : report.summaryText(summary, by) + (options.histogram === true ? `\n${report.summaryHistogram(summary, process.stdout.columns || 80)}` : '');
      writeStdout(Buffer.from(text));
    });
}
