/** `uring-replay flamegraph LOG`: calls or time by program, phase, directory and file. */
import type { Command } from 'commander';
import { oneOf } from './options.js';

interface Options {
  readonly by: string;
  readonly output?: string;
  readonly html?: true;
  readonly json?: true;
}

export function addFlamegraphCommand(program: Command): void {
  program
    .command('flamegraph')
    .description('calls or time by program > phase > directory > file > syscall, as one SVG or HTML file')
    .argument('<LOG>', 'strace log; - for standard input')
    .option('--by <measure>', 'calls or time (inside the calls, as strace saw it)', 'calls')
    .option('-o, --output <FILE>', 'write to this file; .html makes a page with zoom and search (default: standard output)')
    .option('--html', 'a page with zoom and search, whatever the name')
    .option('--json', 'the boxes as JSON')
    .addHelpText(
      'after',
      `
Example:
  $ uring-replay flamegraph python.strace -o python.svg
  $ uring-replay flamegraph python.strace --by time -o python.html`,
    )
    .action(async (log: string, options: Options) => {
      const by = oneOf('--by', options.by, ['calls', 'time'] as const);
      const { stacksOf } = await import('../export/stack-formats.js');
      const { flameHtml, flameSvg } = await import('../export/flamegraph.js');
      const { flameJson, refuseWithoutTimes } = await import('../export/flame-json.js');
      const { writeFileWhole } = await import('../report/write-file.js');
      const { writeStdout } = await import('./stdout.js');
      const { logProgress } = await import('./log-progress.js');
      const progress = logProgress(log, 'reading');
      const stacks = await stacksOf(log, progress.onBytes).finally(progress.done);
      if (by === 'time') refuseWithoutTimes(stacks);
      const asHtml = options.html === true || /\.html?$/.test(options.output ?? '');
      const choice = { by, title: `${by === 'calls' ? 'Calls' : 'Time in calls'}: ${log}` };
      const text = options.json === true ? flameJson(stacks, by) : asHtml ? flameHtml(stacks, choice) : flameSvg(stacks, choice);
      if (options.output === undefined) writeStdout(Buffer.from(text));
      else await writeFileWhole(options.output, text);
    });
}
