#!/usr/bin/env node
/**
 * uring-replay: the command line. One file per command in this folder; each declares itself and loads
 * what it needs only when it runs, so that `--help` costs little more than starting Node.
 *
 * Exit status: 0 done, 1 the work found a problem, 2 wrong usage or input.
 */
import { Command, CommanderError } from 'commander';
import { addCheckCommand } from './check.js';
import { addCompileCommand } from './compile.js';
import { addCompletionCommand } from './completion.js';
import { addDiffCommand } from './diff.js';
import { addCompareCommand } from './compare.js';
import { addDoctorCommand } from './doctor.js';
import { addExportCommand } from './export.js';
import { addFilesCommand } from './files.js';
import { addFlamegraphCommand } from './flamegraph.js';
import { addKernelsCommand } from './kernels.js';
import { addPhasesCommand } from './phases.js';
import { addPlanCommand } from './plan.js';
import { addProbesCommand } from './probes.js';
import { addRecordCommand } from './record.js';
import { addReportCommand } from './report.js';
import { addRunCommand } from './run.js';
import { addShowCommand } from './show.js';
import { addSummaryCommand } from './summary.js';
import { addTreeCommand } from './tree.js';
import { addWarmCommand } from './warm.js';
import { addQuiet } from './quiet.js';
import { reportFailure } from './failure.js';
import { VERSION } from '../../bench/version.js';

const program = new Command('uring-replay')
  .description('Would batching these system calls help? Replays the file calls of an strace log one by one and through io_uring.')
  .version(VERSION)
  .showHelpAfterError('(add --help for the options)')
  .exitOverride()
  .addHelpText(
    'after',
    `
Examples:
  $ uring-replay record -o my.strace -- python3 -c pass
  $ uring-replay run my.strace
  $ uring-replay doctor

LOG may be - for standard input, and may be compressed (.gz, .xz, .zst).
Exit status: 0 done; 1 the work found a problem (a divergence, lines not understood); 2 wrong usage or input.`,
  );

/** In the order in which --help lists them. */
const commands: readonly ((program: Command) => void)[] = [
  addRunCommand,
  addRecordCommand,
  addCheckCommand,
  addShowCommand,
  addSummaryCommand,
  addProbesCommand,
  addFilesCommand,
  addPhasesCommand,
  addDiffCommand,
  addFlamegraphCommand,
  addPlanCommand,
  addTreeCommand,
  addCompareCommand,
  addReportCommand,
  addExportCommand,
  addKernelsCommand,
  addWarmCommand,
  addCompileCommand,
  addDoctorCommand,
  addCompletionCommand,
];
for (const add of commands) add(program);
addQuiet(program);

// A reader such as `head` that closes the pipe ends the work quietly, as it does for cat and grep.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit();
  throw error;
});

try {
  await program.parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else process.exitCode = reportFailure(error);
}
