/** What `check` finds out about a log. */
import { UringReplayError } from '../../replay/errors.js';
import { Audit } from '../../replay/strace/audit.js';
import { Feeder } from '../../replay/strace/feed.js';
import { fileSet } from '../../replay/strace/fileset.js';
import { loadTrace, traceOf } from '../../replay/strace/load.js';
import { canBeReadAgain, feedBytes, feedLog, readBytes, readLog } from '../../replay/strace/read.js';
import { RoundTrip } from '../../replay/strace/roundtrip.js';
import { Tee } from '../../replay/strace/tee.js';
import { resolve } from '../../replay/world/resolve.js';
import { Survey } from '../../replay/world/survey.js';
import { tallyReplay } from '../../replay/world/tally.js';
import type { NotUnderstood, NotUnderstoodLine } from '../../replay/strace/audit.js';
import type { Sink } from '../../replay/strace/join.js';
import type { ReadResult } from '../../replay/strace/read.js';
import type { RoundTripResult } from '../../replay/strace/roundtrip.js';
import type { RecordKind, Trace } from '../../replay/trace/model.js';
import type { LedgerEntry } from '../../replay/world/ledger.js';
import type { StandInCount } from '../../replay/world/types.js';
import type { ReplayTally } from '../../replay/world/tally.js';

export interface CheckResult {
  readonly lines: number;
  readonly kinds: Partial<Record<RecordKind, number>>;
  readonly unrecognised: readonly NotUnderstood[];
  readonly unrecognisedLines: readonly NotUnderstoodLine[];
  readonly calls: number;
  /** null: the log shows the pids of some lines only, and is too large to find out about the others. */
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

export async function checkLog(log: string, options: CheckOptions): Promise<CheckResult> {
  const bytes = canBeReadAgain(log) ? null : await readBytes(log);
  const read = (sink: Sink, onBytes?: (bytes: number) => void): Promise<ReadResult> => readLog(log, sink, { bytes, ...(onBytes && { onBytes }) });
  const audit = new Audit();
  const survey = new Survey();
  const { lines, kinds } = await read(new Tee(survey, audit), options.onBytes);
  options.onStage?.('going through the replay');
  const replay = survey.pidsAreMixed ? await planned(log, bytes) : await tallyReplay(survey, read);
  if (options.roundtrip) options.onStage?.('rebuilding the log');
  const roundtrip = options.roundtrip ? await roundTrip(log, bytes) : null;
  return {
    lines,
    kinds,
    unrecognised: audit.reasons,
    unrecognisedLines: audit.lines,
    calls: audit.calls,
    replayable: replay?.ops ?? null,
    ledger: replay?.ledger ?? [],
    standIns: replay?.standIns ?? { kernelFiles: 0, descriptors: 0 },
    roundtrip,
    ok: audit.reasons.length === 0 && (roundtrip === null || roundtrip.different.length === 0),
  };
}

/** Whose the lines without a pid are needs the whole log in memory. null: it is too large for that. */
async function planned(log: string, bytes: Uint8Array | null): Promise<ReplayTally | null> {
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
