/** Starts build/Release/uring-warm, the static runner of native/warm/, and reads what it reports. */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { fileURLToPath } from 'node:url';
import { UringReplayError } from '../../replay/errors.js';

/** For the report after the end of the command. */
const REPORT_WAIT_MS = 2000;

export interface WarmOptions {
  readonly engine?: 'auto' | 'ring' | 'threads';
  /** Records in hand at once; default: as many as the storage rewards. */
  readonly width?: number;
  /** Stop after so many nanoseconds; default: 5 s. */
  readonly budgetNs?: number;
  /** Read at most so many bytes of files; default: 256 MiB. */
  readonly bytesMax?: number;
  /** The directory that paths begin in and cannot leave. */
  readonly root?: string;
  /** The command starts when the warming is done. */
  readonly before?: boolean;
}

/** What the runner says of a warming (uring-replay/warm@1). Counts of the plan's paths unless named otherwise. */
export interface WarmReport {
  readonly schema: string;
  /** Why there was no warming: UR_NO_PLAN, UR_BAD_PLAN, UR_ROOT, UR_LIMIT, UR_WARM. */
  readonly error: { readonly code: string; readonly message: string; readonly remedy: string } | null;
  /** From the start of the warming to its end. */
  readonly wallNs: number;
  /** Of the warming's own process, all threads. Not part of what wait4(2) tells of the command: add it. */
  readonly cpuNs: number;
  /** Looked at before anything else, and how many of them were in memory: all = nothing was to be done. */
  readonly sampled: number;
  readonly sampledCached: number;
  readonly cached: boolean;
  /** null: nobody was needed. The rest is missing where the warming could not begin. */
  readonly engine?: string | null;
  readonly width?: number;
  /** Why there was no ring although one was wanted. */
  readonly noRing?: string | null;
  /** Records that each had touched when it was decided who goes on; null: they did not race. */
  readonly raced?: { readonly threads: number; readonly ring: number } | null;
  readonly records?: number;
  readonly touched?: number;
  readonly lookups?: number;
  readonly misses?: number;
  readonly files?: number;
  readonly bytes?: number;
  readonly listings?: number;
  readonly links?: number;
  readonly skipped?: Readonly<Record<WarmSkip, number>>;
  /** null: it came to the end of the plan. */
  readonly stoppedBy?: 'budget' | 'bytes' | 'command' | 'failed' | null;
}

/** special: neither file nor directory, or an interface of the kernel; bytes: beyond bytesMax. */
export type WarmSkip = 'special' | 'permission' | 'failed' | 'bytes';

export interface CheckReport {
  readonly schema: string;
  readonly records: number;
  readonly changed: readonly {
    /** Index in the plan. */
    readonly record: number;
    readonly what: 'vanished' | 'appeared' | 'type' | 'size' | 'unreadable';
    /** What is there now; `size` in bytes, of regular files. */
    readonly type: string;
    readonly size: number;
  }[];
}

export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The executable, which needs neither Node nor anything else beside it. Throws UR_NOT_BUILT. */
export function warmRunner(): string {
  const file = fileURLToPath(new URL('../../../build/Release/uring-warm', import.meta.url));
  if (!existsSync(file)) throw new UringReplayError('UR_NOT_BUILT', `${file} is missing`, 'npm run build');
  return file;
}

/** The arguments of the runner for these options. */
export function warmArguments(options: WarmOptions): string[] {
  const { engine, width, budgetNs, bytesMax, root, before } = options;
  const pairs: readonly (readonly [string, string | undefined])[] = [
    ['--engine', engine], ['--width', width?.toString()], ['--budget', budgetNs === undefined ? undefined : `${budgetNs}ns`],
    ['--max-bytes', bytesMax?.toString()], ['--root', root],
  ];
  return [...pairs.flatMap(([name, value]) => (value === undefined ? [] : [name, value])), ...(before === true ? ['--before'] : [])];
}

/**
 * Warms the plan (a file), beside `command` where that is not empty; the standard streams are the command's, and so are
 * the signals that this process gets meanwhile. Resolves when the command has ended, with its status, and with the
 * report: null where the warming ended without one. A plan that cannot be used is in the report's `error`, and the command
 * runs all the same. Rejects with UR_NOT_BUILT.
 */
export async function runWarm(plan: string, options: WarmOptions, command: readonly string[]): Promise<Ended & { readonly report: WarmReport | null }> {
  const { ended, report } = await start([...warmArguments(options), plan, ...(command.length > 0 ? ['--', ...command] : [])], ['inherit', 'inherit', 'inherit', 'pipe']);
  return { ...ended, report: parsed(report) };
}

/** null for a report that was cut short: the command has run, and that must not be an error any more. */
function parsed(report: string): WarmReport | null {
  try {
    return JSON.parse(report) as WarmReport | null;
  } catch {
    return null;
  }
}

/** What has changed on disk, below `root`, since the plan (a file) was recorded. Touches nothing. Rejects with UR_BAD_PLAN, UR_NOT_BUILT. */
export async function checkWarmPlan(plan: string, root: string): Promise<CheckReport> {
  const { report, errors } = await start(['--check', '--root', root, plan], ['ignore', 'ignore', 'pipe', 'pipe']);
  if (report !== '') return JSON.parse(report) as CheckReport;
  const [first, ...rest] = errors.trim().split('\n');
  throw new UringReplayError('UR_BAD_PLAN', first.replace(/^uring-warm: /, ''), rest.join('\n').trim() || null);
}

/** Only the command, as runWarm() would run it: for when nothing can be warmed. Rejects when it cannot be started. */
export async function runAlone(command: readonly string[]): Promise<Ended> {
  return (await run(command[0], command.slice(1), ['inherit', 'inherit', 'inherit'])).ended;
}

const start = (args: readonly string[], stdio: StdioOptions): ReturnType<typeof run> => run(warmRunner(), ['--report-fd', '3', ...args], stdio);

function run(file: string, args: readonly string[], stdio: StdioOptions): Promise<{ ended: Ended; report: string; errors: string }> {
  return new Promise((resolve, reject) => {
    // Before the command can run: a signal that came between its start and the handlers would end (or, SIGUSR1, stop)
    // this process alone, and leave the command behind.
    const unforward = forwardSignals((signal) => child.kill(signal));
    let child: ChildProcess;
    try {
      child = spawn(file, args, { stdio });
    } catch (error) {
      unforward();
      throw error;
    }
    let report = '';
    let errors = '';
    (child.stdio[3] as Readable | undefined)?.setEncoding('utf8').on('data', (text: string) => (report += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (errors += text));
    child.once('error', (error) => {
      unforward();
      reject(error);
    });
    // The warming ends with the command; one that hangs in a storage that does not answer is left to itself.
    child.once('exit', () => {
      setTimeout(() => child.stdio[3]?.destroy(), REPORT_WAIT_MS).unref();
    });
    // After the report has been read to its end.
    child.once('close', (status, signal) => {
      unforward();
      resolve({ ended: { status, signal }, report, errors });
    });
  });
}

/** Signals sent to this process are for the command. Those of a terminal reach it without our help. */
function forwardSignals(send: (signal: NodeJS.Signals) => void): () => void {
  const terminal = [0, 1, 2].some((fd) => isatty(fd));
  const ofTerminal: readonly NodeJS.Signals[] = ['SIGINT', 'SIGQUIT', 'SIGWINCH'];
  const others: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGHUP', 'SIGUSR1', 'SIGUSR2', 'SIGCONT'];
  const forward = (signal: NodeJS.Signals): void => {
    if (!terminal || !ofTerminal.includes(signal)) send(signal);
  };
  for (const signal of [...ofTerminal, ...others]) process.on(signal, forward);
  return () => {
    for (const signal of [...ofTerminal, ...others]) process.off(signal, forward);
  };
}
