/** `check`: how much of a log is understood, and what `run` would replay. */
import type { Command } from 'commander';

export function addCheckCommand(program: Command): void {
  program
    .command('check')
    .description('how much of a log is understood: lines by kind, what is not understood and why, what run would replay')
    .argument('<log>', 'strace log; - for standard input; a directory or glob of strace -ff files')
    .option('--list', 'every line that is not understood, with its number')
    .option('--roundtrip', 'rebuild the log from what was read and compare it byte for byte')
    .option('--json', 'machine-readable')
    .addHelpText(
      'after',
      `
Exit status 1 when there is a line that is not understood, or when the rebuilt log differs.

Examples:
  $ uring-replay check my.strace
  $ uring-replay check --roundtrip my.strace.xz`,
    )
    .action(async (log: string, options: { list?: boolean; roundtrip?: boolean; json?: boolean }) => {
      const { checkLog } = await import('../check/check.js');
      const { checkJson, checkText } = await import('../check/text.js');
      const { writeStdout } = await import('./stdout.js');
      const { logProgress } = await import('./log-progress.js');
      const progress = logProgress(log, 'reading');
      const result = await checkLog(log, { roundtrip: options.roundtrip === true, onBytes: progress.onBytes, onStage: progress.say });
      progress.done();
      writeStdout(Buffer.from(options.json === true ? checkJson(result) : checkText(result, options.list === true)));
      if (!result.ok) process.exitCode = 1;
    });
}
