/** `--quiet`, on every command that shows progress or notes. */
import type { Command } from 'commander';

/** By their whole names; `export` stands for all its formats. */
const COMMANDS: ReadonlySet<string> = new Set([
  'run', 'record', 'check', 'show', 'summary', 'probes', 'files', 'phases', 'diff', 'flamegraph', 'plan', 'report', 'tree', 'export', 'kernels',
  'kernels fetch', 'warm',
]);

export function addQuiet(program: Command): void {
  for (const command of program.commands) {
    for (const sub of command.commands) if (COMMANDS.has(command.name() === 'export' ? 'export' : `${command.name()} ${sub.name()}`)) addTo(sub);
    if (COMMANDS.has(command.name()) && command.name() !== 'export') addTo(command);
  }
  program.hook('preAction', async (_program, action) => {
    if (action.opts()['quiet'] === true) (await import('../report/progress.js')).beQuiet();
  });
}

function addTo(command: Command): void {
  command.option('-q, --quiet', 'no progress and no notes, only what was asked for and errors');
}
