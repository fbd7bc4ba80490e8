/** `uring-replay phases LOG`: a start-up told as a story. */
import type { Command } from 'commander';
import { wholeNumber } from './options.js';

interface Options {
  readonly programs: string;
  readonly steps?: true;
  readonly json?: true;
  readonly tsv?: true;
}

export function addPhasesCommand(program: Command): void {
  program
    .command('phases')
    .description('a start-up told as a story: exec, dynamic loader, C library, heap, locale, interpreter, modules, program, exit')
    .argument('<LOG>', 'strace log; - for standard input')
    .option('--programs <n>', 'tell the first n programs; 0: all', '5')
    .option('--steps', 'list what was done with each file')
    .option('--json', 'as JSON, with every file of every stretch')
    .option('--tsv', 'as tab separated values, one stretch per line')
    .addHelpText(
      'after',
      `
Example:
  $ uring-replay record -o date.strace -- date
  $ uring-replay phases date.strace --steps

A stretch lasts from its first call to the first call of the next. Times are strace's own and inflated by tracing.
What fits no phase is called not recognised.`,
    )
    .action(async (log: string, options: Options) => {
      const programs = wholeNumber('--programs', options.programs, 0);
      const [{ analyse }, { Phases }, { logProgress }, text] = await Promise.all([
        import('../analysis/analyse.js'), import('../analysis/phases/phases.js'), import('./log-progress.js'), import('../report/phases-text.js'),
      ]);
      const phases = new Phases();
      const progress = logProgress(log, 'reading');
      await analyse(log, [phases], { onBytes: progress.onBytes });
      progress.done();
      const result = phases.result();
      if (options.json === true) process.stdout.write(text.phasesJson(result));
      else if (options.tsv === true) process.stdout.write(text.phasesTsv(result));
      else process.stdout.write(text.phasesText(log, result, { programs, steps: options.steps === true }));
    });
}
