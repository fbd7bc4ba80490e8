/** `export FORMAT LOG -o OUTPUT`: a replay in a form that other tools take. */
import type { Command } from 'commander';
import { FORMATS } from '../export/formats.js';

export function addExportCommand(program: Command): void {
  const command = program.command('export').description('write a replay in a form that stands alone');
  for (const { name, description, example, write } of FORMATS) {
    command
      .command(name)
      .description(description)
      .argument('<LOG>', 'strace log (- for standard input; .gz, .xz and .zst are read as they are)')
      .requiredOption('-o, --output <DIR>', 'a folder that is empty or does not exist yet')
      .option('--json', 'print what was written as JSON')
      .addHelpText('after', `\nExample:\n  $ ${example}`)
      .action(async (log: string, { output, json }: { output: string; json?: boolean }) => {
        const files = await write(log, output);
        process.stdout.write(json === true ? `${JSON.stringify({ output, files })}\n` : `${output}: ${files.join(', ')}\n`);
      });
  }
}
