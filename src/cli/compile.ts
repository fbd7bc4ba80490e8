/** `compile LOG... -o PLAN`: what start-ups touched, in the compact form that `warm` and its static runner read. */
import type { Command } from 'commander';
import type { WarmPlan } from '../../replay/warm/compile.js';

interface Options {
  readonly output: string;
  readonly runner?: string;
  readonly cwd?: string;
  readonly json?: true;
}

export function addCompileCommand(program: Command): void {
  program
    .command('compile')
    .description('make a plan of what a start-up looks up, opens, lists and reads, for warm and its static runner')
    .argument('<LOG...>', 'strace logs (several: what any of them touched); - for standard input')
    .requiredOption('-o, --output <file>', 'the plan')
    .option('--runner <file>', 'put a copy of the static runner there, which warms without Node')
    .option('--cwd <dir>', 'where the program started, for a log that does not tell (default: here)')
    .option('--json', 'print what the plan holds as JSON')
    .addHelpText(
      'after',
      `
Examples:
  $ uring-replay compile first.strace second.strace -o start.plan --runner uring-warm
  $ ./uring-warm start.plan -- python3 app.py`,
    )
    .action(async (logs: string[], options: Options) => {
      const { writeFileWhole } = await import('../report/write-file.js');
      const { warmRunner } = await import('../../bench/warm/runner.js');
      const { compiledText, planCounts } = await import('../report/warm-text.js');
      const plan = await compileLogs(logs, options.cwd);
      const runner = options.runner ?? warmRunner();
      if (options.runner !== undefined) await copyRunner(options.runner);
      await writeFileWhole(options.output, plan.bytes);
      if (options.json === true) process.stdout.write(`${JSON.stringify({ output: options.output, runner, ...planCounts(plan) })}\n`);
      else process.stdout.write(compiledText(options.output, plan, runner));
    });
}

/** Reads and compiles the logs, one after the other. */
export async function compileLogs(logs: readonly string[], cwd?: string): Promise<WarmPlan> {
  const { loadTrace } = await import('../../replay/strace/load.js');
  const { compileWarmPlan } = await import('../../replay/warm/compile.js');
  const { bytesOf } = await import('../../replay/world/tree/place.js');
  const path = await import('node:path');
  const traces = [];
  for (const log of logs) traces.push(await loadTrace(log));
  const plan = compileWarmPlan(traces, bytesOf(path.resolve(cwd ?? '.')));
  if (plan.records.length > 0) return plan;
  const { UringReplayError } = await import('../../replay/errors.js');
  throw new UringReplayError('UR_NOTHING_TO_WARM', `${logs.join(', ')}: no call is about a file that could be warmed`, 'Look at the log: uring-replay files LOG');
}

async function copyRunner(file: string): Promise<void> {
  const { readFile, chmod } = await import('node:fs/promises');
  const { writeFileWhole } = await import('../report/write-file.js');
  const { warmRunner } = await import('../../bench/warm/runner.js');
  await writeFileWhole(file, await readFile(warmRunner()));
  await chmod(file, 0o755);
}
