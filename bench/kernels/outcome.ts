/** What a guest's frames say, arm by arm; or why there is nothing to trust. */
import type { CountReport, Divergence, ProbeReport } from '../../replay/engine.js';
import type { Usage } from '../arms/arm.js';
import { parseFrames } from './frames.js';
import type { Frame } from './frames.js';
import type { GuestArm, Passes } from './guest.js';
import { consoleTail } from './qemu.js';
import type { GuestEnd } from './qemu.js';

/** One arm in one guest. Arrays have one entry per measured pass. */
export interface ArmOutcome {
  readonly id: string;
  readonly wallNs: readonly number[];
  readonly cpuNs: readonly number[];
  /** The largest number in any pass, warm-up included. */
  readonly divergences: number;
  readonly divergent: readonly Divergence[];
  readonly syscalls: number;
  readonly usage: Usage;
  readonly counted: CountReport;
  readonly notes: Readonly<Record<string, unknown>>;
}

export interface GuestOutcome {
  readonly probe: ProbeReport;
  readonly cpu: string;
  readonly vulnerabilities: Readonly<Record<string, string>>;
  readonly arms: readonly ArmOutcome[];
  /** Arms that this kernel can't run, with the runner's own reason. */
  readonly unsupported: readonly { readonly id: string; readonly reason: string }[];
  readonly seconds: number;
}

/** A guest that hung, panicked or sent garbage. */
export interface GuestFailure {
  readonly failure: string;
  readonly console: string;
}

interface RunnerReport {
  readonly wallNs: readonly number[];
  readonly cpuNs: readonly number[];
  readonly divergences: readonly number[];
  readonly divergent: readonly Divergence[];
  readonly syscalls: number;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  readonly minorFaults: number;
  readonly majorFaults: number;
  readonly blocksRead: number;
  readonly count?: CountReport;
  readonly engine: Readonly<Record<string, unknown>>;
}

/** Exit statuses of the runner: 1 = some outcome differed, which is a result too. */
const DIVERGED = 1;
const NO_COUNTS: CountReport = { inline: {}, punted: {}, direct: {}, source: 'none' };

const ENDS: Readonly<Record<Exclude<GuestEnd['end'], 'exited'>, string>> = {
  deadline: 'it was ended at its deadline',
  cancelled: 'it was ended because the comparison was',
  'qemu failed': 'qemu failed',
};

export function readOutcome(end: GuestEnd, arms: readonly GuestArm[], passes: Passes): GuestOutcome | GuestFailure {
  const parsed = parseFrames(end.output);
  const why = end.end === 'exited' ? '' : `${ENDS[end.end]} after ${end.seconds.toFixed(0)} s${end.detail === '' ? '' : ` (${end.detail})`}; `;
  if (!parsed.ok) return { failure: `${why}${parsed.reason}`, console: consoleTail(end.console) };
  const frames = new Map(parsed.frames.map((frame) => [frame.name, frame]));
  const failure = frames.get('failure');
  if (failure !== undefined) return { failure: failure.payload.toString('utf8'), console: consoleTail(end.console) };
  try {
    return { ...collect(frames, arms, passes), seconds: end.seconds };
  } catch (error) {
    return { failure: (error as Error).message, console: consoleTail(end.console) };
  }
}

export function failed(outcome: GuestOutcome | GuestFailure): outcome is GuestFailure {
  return 'failure' in outcome;
}

function collect(frames: ReadonlyMap<string, Frame>, arms: readonly GuestArm[], passes: Passes): Omit<GuestOutcome, 'seconds'> {
  const outcomes: ArmOutcome[] = [];
  const unsupported: { id: string; reason: string }[] = [];
  for (const [index, arm] of arms.entries()) {
    const outcome = armOutcome(frames, index, arm.id, passes);
    if (typeof outcome === 'string') unsupported.push({ id: arm.id, reason: outcome });
    else outcomes.push(outcome);
  }
  const probe = frames.get('probe.out');
  if (probe?.status !== 0) throw new Error(`the guest could not probe io_uring: ${text(frames, 'probe.err')}`);
  return {
    probe: JSON.parse(probe.payload.toString('utf8')) as ProbeReport,
    cpu: /^model name\s*:\s*(.+)$/m.exec(text(frames, 'cpuinfo'))?.[1] ?? 'unknown',
    vulnerabilities: Object.fromEntries(text(frames, 'vulnerabilities').split('\n').filter((line) => line !== '').map((line) => line.split('\t') as [string, string])),
    arms: outcomes,
    unsupported,
  };
}

function text(frames: ReadonlyMap<string, Frame>, name: string): string {
  return frames.get(name)?.payload.toString('utf8').trim() ?? '';
}

/**
 * Without the tracepoint a completion that is there when submission returns counts as inline. Where worker
 * threads can post theirs before that (no DEFER_TASKRUN, so before 6.1), one CPU makes that the rule.
 */
function trustedCounts({ count, engine }: RunnerReport): CountReport {
  if (count === undefined) return NO_COUNTS;
  const flags = engine['setupFlags'];
  const deferred = !Array.isArray(flags) || flags.includes('DEFER_TASKRUN');
  return count.source === 'completions' && !deferred ? { ...NO_COUNTS, direct: count.direct } : count;
}

/** The arm's runs put together, or why the runner refused. Throws when it died. */
function armOutcome(frames: ReadonlyMap<string, Frame>, index: number, id: string, passes: Passes): ArmOutcome | string {
  const reports: RunnerReport[] = [];
  for (let n = 0; ; n++) {
    const frame = frames.get(`${index}.${n}.out`);
    if (frame === undefined) break;
    const said = text(frames, `${index}.${n}.err`);
    if (frame.status === 2) return said.split('\n')[0].replace(/^UR_[A-Z_]+: /, '');
    if (frame.status > DIVERGED) throw new Error(`the runner ended with status ${frame.status} in ${id}: ${said}`);
    reports.push(JSON.parse(frame.payload.toString('utf8')) as RunnerReport);
  }
  const last = reports.at(-1);
  if (last === undefined) throw new Error(`no report of ${id} arrived`);
  const timed = reports.filter((report) => report.wallNs.length > 0);
  const measured = (values: (report: RunnerReport) => readonly number[]): number[] => timed.flatMap(values).slice(-passes.measured);
  const count = timed.reduce((sum, report) => sum + report.wallNs.length, 0);
  const total = (value: (report: RunnerReport) => number): number => timed.reduce((sum, report) => sum + value(report), 0);
  const worst = (report: RunnerReport): number => Math.max(0, ...report.divergences);
  const divergent = timed.reduce((a, b) => (worst(b) > worst(a) ? b : a));
  return {
    id,
    wallNs: measured((report) => report.wallNs),
    cpuNs: measured((report) => report.cpuNs),
    divergences: worst(divergent),
    divergent: divergent.divergent,
    syscalls: timed.at(-1)!.syscalls,
    usage: {
      voluntarySwitches: total((report) => report.voluntarySwitches) / count,
      involuntarySwitches: total((report) => report.involuntarySwitches) / count,
      minorFaults: total((report) => report.minorFaults) / count,
      majorFaults: total((report) => report.majorFaults) / count,
      blocksRead: total((report) => report.blocksRead) / count,
      workersMax: null,
    },
    counted: trustedCounts(last),
    notes: last.engine,
  };
}
