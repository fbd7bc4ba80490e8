/** `export FORMAT LOG -o OUTPUT`: a log, or its replay, in a form that other tools take. */
import type { Command } from 'commander';
import { FORMATS } from '../export/formats.js';
import { STREAMS, type StreamFormat } from '../export/streams.js';
import { oneOf } from './options.js';

export function addExportCommand(program: Command): void {
  const command = program.command('export').description('write a log, or its replay, in a form that other tools take');
  command.addHelpText('after', '\nExamples:\n  $ uring-replay export perfetto my.strace -o my.json\n  $ uring-replay export parquet --help');
  for (const { name, description, example, write } of FORMATS) {
    command
      .command(name)
      .description(description)
      .argument('<LOG>', LOG)
      .requiredOption('-o, --output <DIR>', 'a folder that is empty or does not exist yet')
      .option('--json', 'print what was written as JSON')
      .addHelpText('after', `\nExample:\n  $ ${example}`)
      .action(async (log: string, { output, json }: { output: string; json?: boolean }) => {
        const { logProgress } = await import('./log-progress.js');
        const progress = logProgress(log, 'reading');
        const files = await write(log, output, progress).finally(progress.done);
        process.stdout.write(json === true ? `${JSON.stringify({ output, files })}\n` : `${output}: ${files.join(', ')}\n`);
      });
  }
  for (const format of STREAMS) addStream(command, format);
}

const LOG = 'strace log (- for standard input; .gz, .xz and .zst are read as they are)';

function addStream(command: Command, { name, description, example, input, binary, measured, stream }: StreamFormat): void {
  const sub = command
    .command(name)
    .description(description)
    .argument('<LOG>', input ?? LOG)
    .option('-o, --output <FILE>', 'write to this file (default: standard output)')
    .addHelpText('after', `\nExample:\n  $ ${example}`);
  if (measured === true) sub.option('--by <measure>', 'weigh by calls or time (nanoseconds)', 'calls');
  sub.action(async (log: string, options: { output?: string; by?: string }) => {
    const by = oneOf('--by', options.by ?? 'calls', ['calls', 'time'] as const);
    if (options.output !== undefined) {
      const { writeStreamWhole } = await import('../report/write-file.js');
      const { logProgress } = await import('./log-progress.js');
      const progress = logProgress(log, 'exporting');
      await writeStreamWhole(options.output, (write) => stream(log, write, { by, onBytes: progress.onBytes }));
      progress.done();
      return;
    }
    const { WriteBehind } = await import('./write-behind.js');
    if (binary === true && process.stdout.isTTY) sub.error(`error: ${name} is binary; write it to a file with -o FILE`);
    const { outputProgress } = await import('./log-progress.js');
    const progress = outputProgress(log, 'exporting');
    const behind = new WriteBehind();
    try {
      await stream(log, behind.write, { by, onBytes: progress.onBytes });
    } finally {
      progress.done();
      behind.end();
    }
  });
}
