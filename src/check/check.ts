/** What `check` finds out about a log. */
import { UringReplayError } from '../../replay/errors.js';
import { Audit } from '../../replay/strace/audit.js';
import { Feeder } from '../../replay/strace/feed.js';
import { fileSet } from '../../replay/strace/fileset.js';
import { loadTrace, traceOf } from '../../replay/strace/load.js';
import { feedBytes, feedLog, readBytes, readLog } from '../../replay/strace/read.js';
import { RoundTrip } from '../../replay/strace/roundtrip.js';
import { resolve } from '../../replay/world/resolve.js';
import type { NotUnderstood, NotUnderstoodLine } from '../../replay/strace/audit.js';
import type { RoundTripResult } from '../../replay/strace/roundtrip.js';
import type { RecordKind, Trace } from '../../replay/trace/model.js';
import type { LedgerEntry } from '../../replay/world/ledger.js';
import type { StandInCount } from '../../replay/world/standins.js';
import type { Plan } from '../../replay/world/types.js';

export interface CheckResult {
  readonly lines: number;
  readonly kinds: Partial<Record<RecordKind, number>>;
  readonly unrecognised: readonly NotUnderstood[];
  readonly unrecognisedLines: readonly NotUnderstoodLine[];
  readonly calls: number;
  /** null: the log is too large to plan a replay of it. */
  readonly replayable: number | null;
  readonly ledger: readonly LedgerEntry[];
  /** Of those that are replayable. */
  readonly standIns: StandInCount;
  readonly roundtrip: RoundTripResult | null;
  readonly ok: boolean;
}

export interface CheckOptions {
  readonly roundtrip: boolean;
  /** Told now and then how many bytes have been read. */
  readonly onBytes?: (bytes: number) => void;
  /** What comes after the reading begins. */
  readonly onStage?: (stage: string) => void;
}

/** `-` is read into memory, because it is gone through more than once. */
export async function checkLog(log: string, options: CheckOptions): Promise<CheckResult> {
  const audit = new Audit();
  const bytes = log === '-' ? await readBytes(log) : null;
  const { lines, kinds } = await readLog(log, audit, { bytes, ...(options.onBytes && { onBytes: options.onBytes }) });
  options.onStage?.('planning a replay');
  const plan = await replayPlan(log, bytes);
  if (options.roundtrip) options.onStage?.('rebuilding the log');
  const roundtrip = options.roundtrip ? await roundTrip(log, bytes) : null;
  return {
    lines,
    kinds,
    unrecognised: audit.reasons,
    unrecognisedLines: audit.lines,
    calls: audit.calls,
    replayable: plan?.ops ?? null,
    ledger: plan?.ledger ?? [],
    standIns: plan?.standIns ?? { kernelFiles: 0, descriptors: 0 },
    roundtrip,
    ok: audit.reasons.length === 0 && (roundtrip === null || roundtrip.different.length === 0),
  };
}

async function replayPlan(log: string, bytes: Uint8Array | null): Promise<Pick<Plan, 'ops' | 'ledger' | 'standIns'> | null> {
  let trace: Trace;
  try {
    trace = bytes === null ? await loadTrace(log) : traceOf(bytes, log);
  } catch (error) {
    if (error instanceof UringReplayError && error.code === 'UR_LOG_TOO_LARGE') return null;
    throw error;
  }
  return resolve(trace, { mode: 'sandbox' });
}

/** Every file of a set by itself. */
async function roundTrip(log: string, bytes: Uint8Array | null): Promise<RoundTripResult> {
  const target = new RoundTrip();
  if (bytes !== null) feedBytes(bytes, new Feeder(target, 'keep'));
  else {
    const files = fileSet(log)?.map(({ path }) => path) ?? [log];
    for (const file of files) await feedLog(file, new Feeder(target, 'keep'));
  }
  return target.result;
}
