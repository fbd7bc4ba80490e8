/** `uring-replay files LOG`: what was done to each path. */
import type { Command } from 'commander';
import { oneOf, wholeNumber } from './options.js';

interface Options {
  readonly by: string;
  readonly top: string;
  readonly tree?: true;
  readonly depth: string;
  readonly json?: true;
  readonly tsv?: true;
}

export function addFilesCommand(program: Command): void {
  program
    .command('files')
    .description('what was done to each path: opens, stats, reads, bytes, seeks, errors, repeated opens; per directory with --tree')
    .argument('<LOG>', 'strace log; - for standard input')
    .option('--by <measure>', 'sort by calls, opens, reopens, stats, reads, bytesRead, writes, bytesWritten, seeks, maps, lists, errors, misses or seconds', 'calls')
    .option('--top <n>', 'show the first n; 0: all', '20')
    .option('--tree', 'per directory, with totals of what lies below')
    .option('--depth <n>', 'levels of directories shown with --tree', '3')
    .option('--json', 'as JSON, every path (with --tree every directory)')
    .option('--tsv', 'as tab separated values')
    .addHelpText(
      'after',
      `
Example:
  $ uring-replay files python.strace --by reopens --top 10
  $ uring-replay files python.strace --tree --depth 4

Paths are as the program asked for them (symbolic links not followed). reopens counts successful opens of what had
been opened before; seconds are strace's own and inflated by tracing.`,
    )
    .action(async (log: string, options: Options) => {
      const [{ analyse }, { FILE_MEASURES, Files }, { logProgress }, text] = await Promise.all([
        import('../analysis/analyse.js'), import('../analysis/files.js'), import('./log-progress.js'), import('../report/files-text.js'),
      ]);
      const choice = {
        by: oneOf('--by', options.by, FILE_MEASURES),
        top: wholeNumber('--top', options.top, 0),
        depth: wholeNumber('--depth', options.depth, 0, 255),
      };
      const files = new Files();
      const progress = logProgress(log, 'reading');
      await analyse(log, [files], { onBytes: progress.onBytes });
      progress.done();
      const render = options.tree === true ? text.treeRenderers : text.fileRenderers;
      const form = options.json === true ? 'json' : options.tsv === true ? 'tsv' : 'text';
      process.stdout.write(render[form](log, files.result(), choice));
    });
}
