/** `uring-replay report RESULT.json [LOG] -o report.html`: one page to send to a colleague. */
import type { Command } from 'commander';

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('a result, and what its log shows, as one HTML file that stands alone: verdict, charts, ledger, host, how to repeat it')
    .argument('<RESULT>', 'result file that run --json wrote')
    .argument('[LOG]', 'the log that was replayed: adds what was called, phases, searches and files')
    .option('-o, --output <FILE>', 'write to this file (default: standard output)')
    .option('--json', 'print what was written as JSON (with -o)')
    .addHelpText(
      'after',
      `
Example:
  $ uring-replay run my.strace --json result.json
  $ uring-replay report result.json my.strace -o report.html

The page needs no network and runs no script; it reads well in light and dark, on paper and by screen reader.`,
    )
    .action(async (file: string, log: string | undefined, options: { output?: string; json?: true }) => {
      const { readResult } = await import('../../bench/result/read-result.js');
      const { renderReport } = await import('../report/render-report.js');
      const result = await readResult(file);
      const { logProgress } = await import('./log-progress.js');
      const progress = logProgress(log ?? file, 'reading');
      const page = await renderReport(result, log ?? null, progress.onBytes).finally(progress.done);
      if (options.output === undefined) {
        const { writeStdout } = await import('./stdout.js');
        writeStdout(Buffer.from(page));
        return;
      }
      const { writeFileWhole } = await import('../report/write-file.js');
      await writeFileWhole(options.output, page);
      if (options.json === true) process.stdout.write(`${JSON.stringify({ output: options.output, bytes: Buffer.byteLength(page) })}\n`);
    });
}
