/** `tree LOG -o DIR|FILE.tar`: the file tree that the traced program saw, alone. */
import type { Command } from 'commander';
import type { Plan } from '../../replay/world/types.js';
import type { ContentCount } from '../../bench/snapshot/open.js';
import type { ContentSource } from '../../replay/world/tree/content.js';
import type { TreeSize } from '../../replay/world/tree/measure.js';
import { byteSize } from './options.js';

interface Options {
  readonly output: string;
  readonly maxTreeSize: string;
  readonly json?: true;
}

/** Contradictions shown; --json has them all. */
const CONFLICTS_SHOWN = 5;

export function addTreeCommand(program: Command): void {
  program
    .command('tree')
    .description('build the file tree that the traced program saw, from the log (and its snapshot), in a directory or a tar archive')
    .argument('<LOG>', 'strace log (- for standard input; .gz, .xz and .zst are read as they are)')
    .requiredOption('-o, --output <path>', 'a directory that is empty or does not exist yet, or FILE.tar')
    .option('--max-tree-size <bytes>', 'refuse to build a larger file tree (K, M, G)', '2G')
    .option('--json', 'print what was built as JSON')
    .addHelpText(
      'after',
      `
Example:
  $ uring-replay tree my.strace -o /mnt/xfs/tree
  $ uring-replay run my.strace --sandbox /mnt/xfs/tree

The files have their real names and sizes, and the contents that LOG.snapshot.tar (record --snapshot) has, else
made-up ones. Directories that the log lists have as many entries
as there; names that the log does not show are made up.`,
    )
    .action(async (log: string, options: Options) => {
      const { loadTrace } = await import('../../replay/strace/load.js');
      const { resolve } = await import('../../replay/world/resolve.js');
      const maxBytes = byteSize('--max-tree-size', options.maxTreeSize);
      const { openSnapshot } = await import('../../bench/snapshot/open.js');
      const { logProgress } = await import('./log-progress.js');
      const progress = logProgress(log, 'reading');
      const trace = await loadTrace(log, { onBytes: progress.onBytes });
      progress.say('planning the replay');
      const plan = resolve(trace, { mode: 'sandbox' });
      progress.say('building the tree');
      const snapshot = openSnapshot(log, trace.digest);
      const size = await build(plan, options.output, { maxBytes, content: snapshot }).finally(() => {
        snapshot?.close();
        progress.done();
      });
      const content = snapshot?.count;
      if (options.json === true) {
        process.stdout.write(`${JSON.stringify({ output: options.output, ...size, ...(content && { content }), conflicts: plan.tree.conflicts })}\n`);
      } else {
        await printReport(plan, options.output, { ...size, ...(content && { content }) });
      }
    });
}

async function build({ tree }: Plan, output: string, { maxBytes, content }: { maxBytes: number; content: ContentSource | null }): Promise<TreeSize> {
  const { interruptible } = await import('./interruptible.js');
  return interruptible(async (signal) => {
    try {
      if (output.endsWith('.tar')) {
        const { tarOf } = await import('../../replay/world/tree/tar.js');
        const { measureTree } = await import('../../replay/world/tree/measure.js');
        const { writePiecesWhole } = await import('../report/write-file.js');
        const size = measureTree(tree.root, maxBytes);
        await writePiecesWhole(output, tarOf(tree, maxBytes, content), signal);
        return size;
      }
      const { buildTree } = await import('../../replay/world/tree/build.js');
      return await buildTree(tree, output, { maxBytes, content, keep: true, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
      const { UringReplayError } = await import('../../replay/errors.js');
      throw new UringReplayError('UR_INTERRUPTED', `interrupted: ${output} was not written`, null, { cause: error });
    }
  });
}

async function printReport({ tree }: Plan, output: string, built: TreeSize & { content?: ContentCount }): Promise<void> {
  const { mebibytes } = await import('../../replay/world/tree/measure.js');
  const { note } = await import('../report/progress.js');
  const { printable } = await import('../../replay/world/tree/place.js');
  const { directories, files, symlinks, bytes, content } = built;
  process.stdout.write(`${output}: ${directories} directories, ${files} files (${mebibytes(bytes)}), ${symlinks} symlinks\n`);
  if (content !== undefined) process.stdout.write(`${(await import('../report/content-text.js')).contentText(content)}\n`);
  const { conflicts } = tree;
  if (conflicts.length === 0) return;
  note('The log contradicts itself; what it says first was built:\n');
  for (const { line, path, what } of conflicts.slice(0, CONFLICTS_SHOWN)) {
    note(`  line ${line}: ${printable(path)}: ${printable(what)}\n`);
  }
  if (conflicts.length > CONFLICTS_SHOWN) note(`  and ${conflicts.length - CONFLICTS_SHOWN} more (--json)\n`);
}
