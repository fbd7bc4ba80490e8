/** `plan LOG`: what a replay would do, as figures of its dependency graph, or as the graph itself. */
import type { Command } from 'commander';
import { wholeNumber } from './options.js';

interface Options {
  readonly pid?: readonly string[];
  readonly dot?: true;
  readonly json?: true;
}

export function addPlanCommand(program: Command): void {
  program
    .command('plan')
    .description('what a replay would do: calls, dependencies by kind, critical path, largest batch, calls without an opcode')
    .argument('<LOG>', 'strace log (- for standard input; .gz, .xz and .zst are read as they are)')
    .option('--pid <pid...>', 'only these processes')
    .option('--dot', 'the graph for Graphviz: one node per call, dashed where io_uring has no opcode')
    .option('--json', 'the figures as JSON')
    .addHelpText(
      'after',
      `
Example:
  $ uring-replay plan my.strace
  $ uring-replay plan my.strace --dot | dot -Tsvg -o plan.svg`,
    )
    .action(async (log: string, options: Options) => {
      const { loadTrace } = await import('../../replay/strace/load.js');
      const { resolve } = await import('../../replay/world/resolve.js');
      const { ProgramView } = await import('../../replay/plan/view.js');
      const { graphDot, graphFigures } = await import('../../replay/plan/graph.js');
      const pids = options.pid?.map((pid) => wholeNumber('--pid', pid, 0, 2 ** 31 - 1));
      const { logProgress } = await import('./log-progress.js');
      const progress = logProgress(log, 'reading');
      const trace = await loadTrace(log, { onBytes: progress.onBytes });
      progress.say('planning the replay');
      const plan = resolve(trace, { mode: 'sandbox', ...(pids && { pids }) });
      progress.done();
      const view = new ProgramView(plan.program);
      if (options.dot === true) {
        for (const line of graphDot(view)) process.stdout.write(`${line}\n`);
        return;
      }
      const figures = graphFigures(view);
      if (options.json === true) {
        process.stdout.write(`${JSON.stringify({ trace: trace.file, logCalls: trace.length, ...figures, standIns: plan.standIns, ledger: plan.ledger })}\n`);
        return;
      }
      const { planText } = await import('../report/plan-text.js');
      process.stdout.write(planText(trace, plan, figures));
    });
}
