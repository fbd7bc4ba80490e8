/** `run LOG`: replay serially and batched, verify, print the speed-up and the verdict. */
import type { Command } from 'commander';
import type { ResultDocument } from '../../bench/result/result.js';
import type { RunSettings } from '../../bench/settings.js';
import { ARM_HELP } from './arm-help.js';
import type { RunFlags } from './run-flags.js';

export function addRunCommand(program: Command): void {
  program
    .command('run')
    .description('replay a log serially and batched through io_uring, verify every outcome, and say whether batching helps')
    .argument('[LOG]', 'strace log (- for standard input; .gz, .xz and .zst are read as they are)')
    .option('--engine <list>', `arms, comma separated: ${Object.keys(ARM_HELP).join(', ')}; libuv (all three of them); auto (the best way, found by a pilot); or all`, 'serial,ring')
    .option('--batch <list>', 'ring, hybrid, nop, libuv: calls in flight at most; numbers or "all" (comma separated; default: 32)')
    .option('--order <list>', 'trace (the order of the log) and/or deps (as early as dependencies allow; default: both, with auto trace)')
    .option('--window <kind>', 'ring: sliding (refill as calls complete; the default) or barrier (wait for the whole batch)')
    .option('--ring-setup <kind>', 'ring: auto (the default), defer, coop, default or sqpoll')
    .option('--ring-workers <n>', 'ring: io-wq workers at most (0 = the kernel\'s default)')
    .option('--ring-affinity <kind>', 'ring: workers on any CPU (the default), on the same as the thread that submits, or on others')
    .option('--threads <n>', 'threads: how many issue calls (default: one per CPU)')
    .option('--pool <n>', 'libuv: threads of its pool (default: 4, as Node has it)')
    .option('--sweep <name=list>', 'a curve over batch, workers, threads or depth (all three): batch=1,2,4,8,all')
    .option('--cache <kind>', 'page cache and dentries before each pass: warm, cold or both (default: warm, with --latency cold)')
    .option('--latency <time>', 'the sandbox behind a file system that answers each lookup and read so late (500us, 1ms, ...)')
    .option('--pin <cpus>', 'run the arms on these CPUs only (0,2-3)')
    .option('--nice <n>', 'add this to the niceness of the arms')
    .option('--live', 'replay read-only against the real file system instead of a sandbox')
    .option('--sandbox <dir>', 'build (and keep) the file tree there, or use the one that it holds')
    .option('--keep', 'keep the temporary sandbox and print where it is')
    .option('--rounds <n>', 'measure exactly this many interleaved rounds')
    .option('--time <seconds>', 'measure at most about this long (default: 10)')
    .option('--precision <percent>', 'stop when the interval of every comparison is within +- this (default: 1)')
    .option('--seed <n>', 'seed of the shuffling and the bootstrap')
    .option('--pid <pid...>', 'replay only these processes')
    .option('--partial', 'replay a log that breaks off in the middle of a line, without that line')
    .option('--max-tree-size <bytes>', 'refuse to build a larger file tree (K, M, G)', '2G')
    .option('--timeline', 'watch one pass of each arm afterwards, for "export perfetto RESULT.json"')
    .option('--from <result>', 'repeat the experiment of a result file with its settings, and say what differs')
    .option('--json [file]', 'the result as JSON (uring-replay/result@1), to standard output or to a file')
    .addHelpText(
      'after',
      `
Arms:
${Object.entries(ARM_HELP).map(([name, text]) => `  ${name.padEnd(14)} ${text}`).join('\n')}

Examples:
  $ uring-replay run my.strace --batch 8,32,128 --order deps --json result.json
  $ uring-replay run my.strace --engine auto --latency 1ms
  $ uring-replay run my.strace --engine serial,ring,threads --sweep depth=1,2,4,8,16,32
  $ uring-replay run --from result.json --json again.json`,
    )
    .action(async (log: string | undefined, flags: RunFlags, command: Command) => {
      // `run --json LOG`: the optional value of --json must not swallow the log.
      if (log === undefined && flags.from === undefined && typeof flags.json === 'string') [log, flags.json] = [flags.json, true];
      if (log === undefined && flags.from === undefined) command.error("error: missing required argument 'LOG'");
      const settings = await settingsFor(log, flags, command);
      const { run } = await import('../../bench/run.js');
      const { interruptible } = await import('./interruptible.js');
      const result = await interruptible((signal, progress) => run({ ...settings, onProgress: progress.update, onKept, signal }));
      await printResult(result, flags.json);
      if (result.arms.some((arm) => arm.divergences > 0)) process.exitCode = 1;
    });
}

/** Everything that is wrong with them is said before anything is measured. */
async function settingsFor(log: string | undefined, flags: RunFlags, command: Command): Promise<RunSettings> {
  const { settingsOf } = await import('./run-settings.js');
  const { repeated } = await import('./run-from.js');
  const settings = flags.from === undefined ? settingsOf(log!, flags) : await repeated(flags.from, log ?? null, flags, command);
  if (typeof flags.json === 'string') {
    const { checkOutput } = await import('./run-output.js');
    checkOutput(flags.json, settings.file, flags.from === undefined ? [] : [flags.from]);
  }
  return settings;
}

/** On standard error: standard output may be JSON. */
function onKept(dir: string): void {
  process.stderr.write(`The sandbox stays in ${dir}\n`);
}

async function printResult(result: ResultDocument, json: string | true | undefined): Promise<void> {
  const text = JSON.stringify(result, null, 2) + '\n';
  if (json === true) {
    process.stdout.write(text);
    return;
  }
  if (json !== undefined) {
    const { writeFileWhole } = await import('../report/write-file.js');
    await writeFileWhole(json, text);
  }
  const { renderResult } = await import('../report/table.js');
  process.stdout.write(renderResult(result));
}
