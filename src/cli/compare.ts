/** `compare A.json B.json ...`: results of the same log side by side. */
import type { Command } from 'commander';

interface CompareFlags {
  json?: true;
  markdown?: true;
  csv?: true;
  html?: true;
  output?: string;
}

export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('results of the same log side by side: hosts, kernels, file systems, conditions')
    .argument('<RESULT...>', 'two files or more that run --json wrote; the others are compared with the first')
    .option('--json', 'print the comparison as JSON (uring-replay/compare@1)')
    .option('--markdown', 'print tables in Markdown')
    .option('--csv', 'print one line per arm and result, comma separated')
    .option('--html', 'write a page that stands alone: verdicts, charts, what differs')
    .option('-o, --output <FILE>', 'write to this file (default: standard output)')
    .addHelpText(
      'after',
      `
Examples:
  $ uring-replay compare before.json after.json other-host.json --markdown
  $ uring-replay compare before.json after.json --html -o compare.html

Results are matched by the log's digest and by arm. Times of different runs are no pairs, so the intervals of their
ratios are wider than those within one run.`,
    )
    .action(async (files: string[], flags: CompareFlags) => {
      const { UringReplayError } = await import('../../replay/errors.js');
      const { readResult } = await import('../../bench/result/read-result.js');
      const { compareResults } = await import('../../bench/result/compare-results.js');
      const { checkOutput } = await import('./run-output.js');
      const formats = (['json', 'markdown', 'csv', 'html'] as const).filter((format) => flags[format] === true);
      if (formats.length > 1) {
        throw new UringReplayError('UR_USAGE', `--${formats.join(' and --')} contradict each other`, 'Choose one of them.');
      }
      if (flags.output !== undefined) checkOutput(flags.output, '-', files);
      const results = [];
      for (const name of files) results.push({ name, result: await readResult(name) });
      const comparison = compareResults(results);
      const text = await render(comparison, formats.at(0) ?? 'text');
      if (flags.output === undefined) {
        const { writeStdout } = await import('./stdout.js');
        writeStdout(Buffer.from(text));
        return;
      }
      const { writeFileWhole } = await import('../report/write-file.js');
      await writeFileWhole(flags.output, text);
    });
}

type Format = 'text' | 'json' | 'markdown' | 'csv' | 'html';
type ResultsComparison = import('../../bench/result/compare-results.js').ResultsComparison;

async function render(comparison: ResultsComparison, format: Format): Promise<string> {
  switch (format) {
    case 'json':
      return JSON.stringify(comparison, null, 2) + '\n';
    case 'markdown':
      return (await import('../report/compare-markdown.js')).compareMarkdown(comparison);
    case 'csv':
      return (await import('../report/compare-csv.js')).compareCsv(comparison);
    case 'html':
      return (await import('../report/html/compare-page.js')).comparePage(comparison, (await import('../../bench/version.js')).VERSION);
    case 'text':
      return (await import('../report/compare-text.js')).compareText(comparison);
  }
}
