/** `uring-replay probes LOG`: the search-path lookups of a log. */
import type { Command } from 'commander';
import { wholeNumber } from './options.js';

interface Options {
  readonly top: string;
  readonly places?: true;
  readonly rule?: string;
  readonly json?: true;
  readonly tsv?: true;
}

export function addProbesCommand(program: Command): void {
  program
    .command('probes')
    .description('what was searched for along search paths (libraries, modules, headers, commands), where it was found, and the misses before')
    .argument('<LOG>', 'strace log; - for standard input')
    .option('--top <n>', 'show the n searches with most misses; 0: all, in the order of the log', '20')
    .option('--places', 'list the directories of each search in order')
    .option('--rule <id>', 'only searches of one kind (python, ruby, node, perl, loader, include, linker, locale, path, none)')
    .option('--json', 'as JSON, every search with every lookup')
    .option('--tsv', 'as tab separated values, one search per line')
    .addHelpText(
      'after',
      `
Example:
  $ uring-replay record -o ruby.strace -- ruby -e 1
  $ uring-replay probes ruby.strace --places

A search is a run of lookups (open, stat, access, readlink, exec) of one process for one name in several places.
The kind is named only where names and places tell it. Seconds are strace's own and inflated by tracing.`,
    )
    .action(async (log: string, options: Options) => {
      const top = wholeNumber('--top', options.top, 0);
      const [{ analyse }, { Probes }, { logProgress }, text] = await Promise.all([
        import('../analysis/analyse.js'), import('../analysis/probes.js'), import('./log-progress.js'), import('../report/probes-text.js'),
      ]);
      const probes = new Probes();
      const progress = logProgress(log, 'reading');
      await analyse(log, [probes], { onBytes: progress.onBytes });
      progress.done();
      const result = text.onlyRule(probes.result(), options.rule);
      if (options.json === true) process.stdout.write(text.probesJson(result));
      else if (options.tsv === true) process.stdout.write(text.probesTsv(result));
      else process.stdout.write(text.probesText(log, result, { top, places: options.places === true }));
    });
}
