/**
 * The command line. One file per command in this folder; only the one that is named is loaded, and
 * loads what it needs when it runs: reading a small log takes no longer than loading everything would.
 *
 * Exit status: 0 done, 1 the work found a problem, 2 wrong usage or input.
 */
import { Command, CommanderError } from 'commander';
import { addQuiet } from './quiet.js';
import { reportFailure } from './failure.js';
import { VERSION } from '../../bench/version.js';

const EXAMPLES = `
Examples:
  $ uring-replay record -o my.strace -- python3 -c pass
  $ uring-replay run my.strace
  $ uring-replay doctor

LOG may be - for standard input, and may be compressed (.gz, .xz, .zst).
Exit status: 0 done; 1 the work found a problem (a divergence, lines not understood); 2 wrong usage or input.`;

/** By name; each loads its file and returns what adds it to the program. */
export type Commands = Readonly<Record<string, () => Promise<(program: Command) => void>>>;

/** Runs the command that process.argv names; sets process.exitCode. */
export async function runProgram(commands: Commands): Promise<void> {
  const program = new Command('uring-replay')
    .description('Would batching these system calls help? Replays the file calls of an strace log one by one and through io_uring.')
    .version(VERSION)
    .showHelpAfterError('(add --help for the options)')
    .exitOverride()
    .addHelpText('after', EXAMPLES);

  /** What stands first is the command; help of all, completion and what is no command need every one. */
  const first = process.argv[2] ?? '';
  const named = first !== 'completion' && Object.hasOwn(commands, first) ? [commands[first]] : Object.values(commands);
  for (const add of await Promise.all(named.map((load) => load()))) add(program);
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
}
