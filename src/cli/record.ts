/** `record -o LOG -- CMD...`: a command's real time, and its strace log; `--pid`: the log of a process that runs. */
import type { Command } from 'commander';

interface RecordFlags {
  output: string;
  pid?: string;
  for?: string;
  runs?: string;
  force?: boolean;
  snapshot?: boolean;
  maxSnapshotSize?: string;
  json?: boolean;
}

export function addRecordCommand(program: Command): void {
  program
    .command('record')
    .description('run a command untraced (its real time) and once under strace with the flags that a replay needs')
    .argument('[CMD...]', 'the command and its arguments, after --')
    .requiredOption('-o, --output <LOG>', 'the log; .gz, .xz and .zst compress it. Its timing goes to LOG.json')
    .option('--pid <pid>', 'instead of a command: a process that runs already, its threads, and what it starts')
    .option('--for <time>', 'with --pid: for so long (5s, 200ms; default: until Ctrl-C, or until it ends)')
    .option('--runs <n>', 'untraced runs (default: 10, at least 3 where the command is slow; 0: none)')
    .option('--snapshot', 'archive the files that the program touched as LOG.snapshot.tar, for replays with their real content')
    .option('--max-snapshot-size <bytes>', 'leave out files beyond this, in the order of their first use (K, M, G; default: 256M)')
    .option('--force', 'overwrite LOG, LOG.json and LOG.snapshot.tar')
    .option('--json', 'print what was measured as JSON (uring-replay/recording@1) to standard error')
    .addHelpText(
      'after',
      `
In the untraced runs the standard streams are /dev/null; in the traced run they are this terminal's, and Ctrl-C
goes to the command alone. For a command that cannot be repeated or does not end by itself: --runs 0.
A snapshot holds whatever the program could read, secrets too; only its owner may open it.

Examples:
  $ uring-replay record -o my.strace -- ruby -e 1
  $ uring-replay record -o server.strace --pid 4711 --for 5s`,
    )
    .action(async (words: string[], flags: RecordFlags, self: Command) => {
      if (flags.pid !== undefined) {
        const other = words.length > 0 ? 'a command' : flags.runs !== undefined ? '--runs' : flags.snapshot === true ? '--snapshot' : null;
        if (other !== null) self.error(`error: --pid records a process that runs already: ${other} does not go with it`);
        await (await import('./record-running.js')).recordPid({ ...flags, pid: flags.pid });
        return;
      }
      if (words.length === 0) self.error('error: name a command after --, or a process with --pid');
      if (flags.for !== undefined) self.error('error: --for goes with --pid');
      await recordCommand(words, flags);
    });
}

async function recordCommand(command: readonly string[], flags: RecordFlags): Promise<void> {
  const { byteSize, wholeNumber } = await import('./options.js');
  const { SNAPSHOT_BYTES_MAX } = await import('../../bench/snapshot/format.js');
  const { record } = await import('../../bench/record/record.js');
  const { recordedText } = await import('../report/recording.js');
  const { note, progressLine } = await import('../report/progress.js');
  const runs = flags.runs === undefined ? null : wholeNumber('--runs', flags.runs, 0, 10_000);
  if (flags.maxSnapshotSize !== undefined && flags.snapshot !== true) {
    const { UringReplayError } = await import('../../replay/errors.js');
    throw new UringReplayError('UR_USAGE', '--max-snapshot-size limits a snapshot, and none was asked for', 'Add --snapshot.');
  }
  const snapshotBytesMax = flags.maxSnapshotSize === undefined ? SNAPSHOT_BYTES_MAX : byteSize('--max-snapshot-size', flags.maxSnapshotSize);

  const abort = new AbortController();
  let tracing = false;
  const interrupt = (signal: NodeJS.Signals): void => {
    // Ctrl-C in the traced run is for the command (a server, say): it ends as it chooses and the log is kept.
    if (!tracing || signal !== 'SIGINT') abort.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt).on('SIGHUP', interrupt);
  const progress = progressLine(process.stderr);
  try {
    const recorded = await record({
      log: flags.output,
      command,
      runs,
      force: flags.force ?? false,
      ...(flags.snapshot === true && { snapshotBytesMax }),
      signal: abort.signal,
      onRun: (done) => {
        progress.update(`untraced run ${done}`);
      },
      onTrace: () => {
        progress.clear();
        tracing = true;
      },
      onTraced: () => {
        tracing = false;
        if (flags.snapshot === true) progress.update('taking the snapshot');
      },
    });
    // Standard output belongs to the command.
    if (flags.json === true) process.stderr.write(`${JSON.stringify(recorded.recording)}\n`);
    else note(recordedText(flags.output, recorded));
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt).off('SIGHUP', interrupt);
  }
}
