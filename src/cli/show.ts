/** `show`: the calls of a log, decoded. */
import type { Command } from 'commander';
import type { FilterFlags } from './log-filter.js';

const collect = (value: string, previous: readonly string[] | undefined): string[] => [
  ...(previous ?? []),
  ...value.split(',').map((item) => item.trim()).filter((item) => item !== ''),
];

export function addShowCommand(program: Command): void {
  program
    .command('show')
    .description('the calls of a log, the pieces of split calls joined, in strace\'s notation or as JSON')
    .argument('<log>', 'strace log; - for standard input; a directory or glob of strace -ff files')
    .option('--json', 'one JSON object per line')
    .option('--tree', 'the processes instead: who started whom, what each ran, its calls and its exit (the filters do not apply)')
    .option('--pid <pids>', 'only these processes (comma separated)', collect)
    .option('--name <names>', 'only these syscalls (comma separated)', collect)
    .option('--path <glob>', 'only calls with a path that matches; * stands for any characters, slashes too')
    .option('--errors', 'only calls that failed')
    .option('--since <time>', "from this time on: as in the log, +SECONDS from the log's start, or a date")
    .option('--until <time>', 'up to this time')
    .option('--slower-than <duration>', 'only calls that took longer: 5ms, 10us, 0.5')
    .addHelpText(
      'after',
      `
Calls are shown in the order in which they returned; --json gives the lines that they came from.

Examples:
  $ uring-replay show --errors --path '/usr/lib/*' my.strace
  $ uring-replay show --tree my.strace
  $ uring-replay show --json my.strace.xz | jq -c 'select(.name == "openat") | .args[1]'`,
    )
    .action(async (log: string, { json = false, tree = false, ...flags }: FilterFlags & { json?: boolean; tree?: boolean }) => {
      if (tree) {
        await showTree(log, json);
        return;
      }
      const { readLog } = await import('../../replay/strace/read.js');
      const { Shower } = await import('../../replay/strace/show.js');
      const { filterOptions } = await import('./log-filter.js');
      const { WriteBehind } = await import('./write-behind.js');
      const output = new WriteBehind();
      const shower = new Shower(filterOptions(flags), json, output.write);
      const { outputProgress } = await import('./log-progress.js');
      const progress = outputProgress(log, 'reading');
      try {
        await readLog(log, shower, { goOn: () => shower.open, onBytes: progress.onBytes });
        progress.done();
        shower.flush();
      } finally {
        output.end();
      }
    });
}

async function showTree(log: string, json: boolean): Promise<void> {
  const { analyse } = await import('../analysis/analyse.js');
  const { ProcessTree } = await import('../analysis/tree.js');
  const { treeJson, treeText } = await import('../report/tree-text.js');
  const { writeStdout } = await import('./stdout.js');
  const processes = new ProcessTree();
  const { logProgress } = await import('./log-progress.js');
  const progress = logProgress(log, 'reading');
  await analyse(log, [processes], { onBytes: progress.onBytes });
  progress.done();
  const tree = processes.result();
  writeStdout(Buffer.from(json ? treeJson(tree) : treeText(tree)));
}
