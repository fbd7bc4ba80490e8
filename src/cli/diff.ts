/** `uring-replay diff A B`: two start-ups side by side. */
import type { Command } from 'commander';
import { wholeNumber } from './options.js';

interface Options {
  readonly top: string;
  readonly json?: true;
  readonly tsv?: true;
}

export function addDiffCommand(program: Command): void {
  program
    .command('diff')
    .description('two logs side by side: calls per syscall, phases, misses, time, files that only one of them asks for')
    .argument('<A>', 'strace log; - for standard input')
    .argument('<B>', 'strace log')
    .option('--top <n>', 'show the n largest differences of each kind; 0: all', '15')
    .option('--json', 'as JSON, everything')
    .option('--tsv', 'the syscalls as tab separated values')
    .addHelpText(
      'after',
      `
Example:
  $ uring-replay diff python.strace ruby.strace
  $ uring-replay diff before.strace after.strace --top 0

Times are strace's own and inflated by tracing.`,
    )
    .action(async (a: string, b: string, options: Options) => {
      const top = wholeNumber('--top', options.top, 0);
      const { compareSides, sideOf } = await import('../analysis/diff.js');
      const text = await import('../report/diff-text.js');
      const { writeStdout } = await import('./stdout.js');
      const { logProgress } = await import('./log-progress.js');
      const { shownText } = await import('../analysis/text.js');
      const side = async (log: string): ReturnType<typeof sideOf> => {
        const progress = logProgress(log, `reading ${shownText(log)}`);
        return sideOf(log, progress.onBytes).finally(progress.done);
      };
      const result = compareSides(await side(a), await side(b));
      const out = options.json === true ? text.diffJson(result) : options.tsv === true ? text.diffTsv(result) : text.diffText(result, top);
      writeStdout(Buffer.from(out));
    });
}
