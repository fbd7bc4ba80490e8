/** `warm LOG|PLAN [-- CMD...]`: brings what a start-up needs into memory, beside the program or before it. */
import type { Command } from 'commander';
import type { Ended, WarmOptions, WarmReport } from '../../bench/warm/runner.js';
import type { WarmRecord } from '../../replay/warm/format.js';
import type { MeasureFlags, MeasureSettings } from './warm-measure.js';

interface Flags extends MeasureFlags {
  readonly engine: string;
  readonly width?: string;
  readonly budget: string;
  readonly maxBytes: string;
  readonly root: string;
  readonly before?: true;
  readonly check?: true;
  readonly measure?: true;
  readonly json?: true;
}

export function addWarmCommand(program: Command): void {
  program
    .command('warm')
    .description('look up, open and read what a start-up will need, so that it is in memory: beside the program, or before it')
    .argument('<PLAN>', 'a plan (compile), or an strace log')
    .argument('[CMD...]', 'the program and its arguments, after --: its streams, signals and exit status are passed through')
    .option('--before', 'the program starts when the warming is done')
    .option('--engine <name>', 'auto (whichever is ahead in the first moments), ring, threads', 'auto')
    .option('--width <n>', 'so many at once (default: as many as the storage rewards)')
    .option('--budget <time>', 'stop after so long (200ms, 2s)', '5s')
    .option('--max-bytes <bytes>', 'read at most so much (K, M, G)', '256M')
    .option('--root <dir>', 'the directory that all paths begin in and cannot leave', '/')
    .option('--check', 'touch nothing: say what has changed on disk since the log was recorded; exit status 1 if anything has')
    .option('--measure', 'run the program (default: the one of the log) without and with warming, cold and warm, and compare')
    .option('--latency <time>', 'measure: all files behind a file system that answers each lookup and read so late (1ms)')
    .option('--cache <kind>', 'measure: cold, warm or both (default)')
    .option('--rounds <n>', 'measure: exactly this many interleaved rounds of each')
    .option('--time <seconds>', 'measure: at most about this long each (default: 10)')
    .option('--precision <percent>', 'measure: stop when the interval of the speed-up is within +- this (default: 1)')
    .option('--seed <n>', 'measure: seed of the shuffling and the bootstrap')
    .option('--json', 'what was done as JSON; on standard error where a program runs')
    .addHelpText(
      'after',
      `
It only reads, and opens neither devices nor FIFOs. Where the first paths looked at are all in memory, it stops at once.
If the warming fails, the program runs all the same. A plan and the static runner (see compile) do without Node.

Examples:
  $ uring-replay warm my.strace -- python3 app.py
  $ uring-replay compile my.strace -o start.plan
  $ uring-replay warm start.plan --before --budget 200ms -- python3 app.py
  $ uring-replay warm start.plan --check
  $ uring-replay warm my.strace --measure --latency 1ms`,
    )
    .action(async (input: string, command: string[], flags: Flags, self: Command) => {
      if (flags.check === true && command.length > 0) self.error('error: --check goes without a program');
      if (input === '-' && command.length > 0) self.error('error: standard input belongs to the program: name the log, or compile it first');
      const options = await optionsOf(flags);
      if (flags.check === true && flags.measure === true) self.error('error: --check touches nothing, so there is nothing to --measure');
      const { measureSettings, refuseWithoutMeasure } = await import('./warm-measure.js');
      if (flags.measure === true) {
        const settings = await measureSettings(flags);
        await withPlan(input, (plan) => measure(input, plan, { options, command, settings, json: flags.json === true }));
        return;
      }
      refuseWithoutMeasure(flags);
      const use = async (plan: string, records: () => Promise<readonly WarmRecord[]>): Promise<void> =>
        flags.check === true ? check(plan, await records(), flags) : warm(plan, options, command, flags);
      if (command.length === 0) {
        await withPlan(input, use);
        return;
      }
      try {
        await withPlan(input, use);
      } catch (error) {
        await runUnwarmed(command, error);
      }
    });
}

/** Whatever keeps the warming from beginning does not keep the program from it. */
async function runUnwarmed(command: readonly string[], error: unknown): Promise<void> {
  const { reportFailure } = await import('./failure.js');
  const { runAlone } = await import('../../bench/warm/runner.js');
  reportFailure(error);
  process.stderr.write('The program runs without a warming.\n');
  try {
    endAs(await runAlone(command));
  } catch (failure) {
    const { code } = failure as NodeJS.ErrnoException;
    process.stderr.write(`uring-replay: ${command[0]}: ${code ?? String(failure)}\n`);
    process.exitCode = code === 'ENOENT' ? 127 : 126;
  }
}

async function optionsOf(flags: Flags): Promise<WarmOptions> {
  const { byteSize, duration, oneOf, wholeNumber } = await import('./options.js');
  return {
    engine: oneOf('--engine', flags.engine, ['auto', 'ring', 'threads'] as const),
    ...(flags.width !== undefined && { width: wholeNumber('--width', flags.width, 1, 1024) }),
    budgetNs: duration('--budget', flags.budget, 0, 3600e9),
    bytesMax: byteSize('--max-bytes', flags.maxBytes),
    root: flags.root,
    before: flags.before === true,
  };
}

/** Calls `use` with a plan file: the input itself, or one made from the log that it is, for as long as it is needed. */
async function withPlan(input: string, use: (plan: string, records: () => Promise<readonly WarmRecord[]>) => Promise<void>): Promise<void> {
  const { open, readFile, writeFile } = await import('node:fs/promises');
  const { decodeWarmPlan, isWarmPlan } = await import('../../replay/warm/encode.js');
  const head = Buffer.alloc(4);
  const file = input === '-' ? null : await open(input, 'r').catch(() => null);
  // What is no file is left to the reader of logs, which says why.
  const isFile = (await file?.stat())?.isFile() === true;
  if (isFile) await file!.read(head, 0, head.length, 0);
  await file?.close();
  if (isWarmPlan(head)) {
    await use(input, async () => decodeWarmPlan(await readFile(input), input));
    return;
  }
  const path = await import('node:path');
  const { temporaryFolder } = await import('../../replay/temporary.js');
  const { compileLogs } = await import('./compile.js');
  const { bytes, records } = await compileLogs([input]);
  const folder = temporaryFolder('uring-replay-warm-');
  try {
    const plan = path.join(folder.path, 'start.plan');
    await writeFile(plan, bytes);
    await use(plan, () => Promise.resolve(records));
  } finally {
    folder.remove();
  }
}

async function warm(plan: string, options: WarmOptions, command: readonly string[], flags: Flags): Promise<void> {
  const { runWarm } = await import('../../bench/warm/runner.js');
  const { report, ...ended } = await runWarm(plan, options, command);
  // Standard output belongs to the program.
  const out = command.length > 0 ? process.stderr : process.stdout;
  if (flags.json === true) out.write(`${JSON.stringify(report)}\n`);
  else await tell(report, command.length > 0);
  endAs(ended);
}

interface Measured {
  readonly options: WarmOptions;
  readonly command: readonly string[];
  readonly settings: MeasureSettings;
  readonly json: boolean;
}

async function measure(log: string, plan: string, { options, command, settings, json }: Measured): Promise<void> {
  const { warmArguments, warmRunner } = await import('../../bench/warm/runner.js');
  const { commandOfLog, measureAndPrint } = await import('./warm-measure.js');
  const measured = command.length > 0 ? command : await commandOfLog(log, log === plan);
  await measureAndPrint({ ...settings, log, command: measured, runner: warmRunner(), plan, options: warmArguments(options) }, json);
}

async function tell(report: WarmReport | null, beside: boolean): Promise<void> {
  const { warmedText } = await import('../report/warm-text.js');
  const { note } = await import('../report/progress.js');
  const text = warmedText(report);
  if (beside) note(text);
  else process.stdout.write(text);
}

/** Ends as the program did, killed by the same signal where one killed it. */
function endAs({ status, signal }: Ended): void {
  if (signal === null) process.exitCode = status ?? 2;
  else process.once('exit', () => process.kill(process.pid, signal));
}

async function check(plan: string, records: readonly WarmRecord[], flags: Flags): Promise<void> {
  const { checkWarmPlan } = await import('../../bench/warm/runner.js');
  const { checkedText } = await import('../report/warm-text.js');
  const { printable } = await import('../../replay/world/tree/place.js');
  const report = await checkWarmPlan(plan, flags.root);
  if (report.changed.length > 0) process.exitCode = 1;
  if (flags.json !== true) {
    process.stdout.write(checkedText(report, records));
    return;
  }
  const changed = report.changed.map(({ record, what, type, size }) => {
    const was = records[record];
    return { path: printable(was.path), what, recorded: { type: was.type, size: was.size }, now: { type, size } };
  });
  process.stdout.write(`${JSON.stringify({ records: report.records, changed })}\n`);
}
