/**
 * What `record` measured of a command without strace, kept beside its log as LOG.json
 * (`uring-replay/recording@1`). `run` reads it to say what the file calls mean for the whole program.
 */
import { readFile } from 'node:fs/promises';
import { UringReplayError } from '../../replay/errors.js';
import { bootstrapMean, type MeanEstimate } from '../statistics/bootstrap.js';
import type { Estimate, Recording, SampledEstimate } from '../result/result.js';
import type { SnapshotSummary } from '../snapshot/format.js';

export interface SampledMean extends MeanEstimate {
  /** One value per run, in order. */
  readonly samples: readonly number[];
}

export const RECORDING_SCHEMA = 'uring-replay/recording@1';

export interface RecordingDocument {
  readonly schema: typeof RECORDING_SCHEMA;
  /** ISO 8601. */
  readonly date: string;
  readonly command: readonly string[];
  readonly cwd: string;
  /** Untraced runs behind the estimates; standard streams were /dev/null in them. */
  readonly runs: number;
  /** Seconds; user and system include descendants that were waited for, and are means (see MeanEstimate). */
  readonly wall: SampledEstimate;
  readonly user: SampledMean;
  readonly system: SampledMean;
  /** How the traced run ended; one of the two is null. */
  readonly ended: { readonly status: number | null; readonly signal: string | null };
  readonly kernel: string;
  readonly strace: string;
  /** sha256 of the (decompressed) log, hex: the timing belongs to this log and no other. */
  readonly logDigest: string;
  /** What `record --snapshot` archived beside the log, and what not; absent where that was not asked for. */
  readonly snapshot?: SnapshotSummary & { readonly file: string };
}

/** Of the intervals, so that the same samples always give the same. */
const SEED = 1;

export function recordingFileOf(log: string): string {
  return `${log}.json`;
}

/** A recording that lies beside a log but was made of another one, by the sha256 of both logs. */
export interface OtherRecording {
  readonly file: string;
  readonly belongsTo: string;
  readonly log: string;
  readonly digest: string;
}

/**
 * The recording beside a log; null where there is none, or where it belongs to another log (`digest` is that of
 * Trace.digest): `onOther` is told of that. Throws UR_BAD_RECORDING when the file is there but is not a recording.
 */
export async function readRecording(log: string, digest: string, onOther?: (other: OtherRecording) => void): Promise<Recording | null> {
  const file = recordingFileOf(log);
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw bad(file, code ?? String(error));
  }
  let document: Partial<RecordingDocument> | null;
  try {
    document = JSON.parse(text) as Partial<RecordingDocument> | null;
  } catch {
    throw bad(file, 'not JSON');
  }
  if (document?.schema !== RECORDING_SCHEMA) throw bad(file, `its schema is not ${RECORDING_SCHEMA}`);
  if (document.logDigest !== digest) {
    onOther?.({ file, belongsTo: document.logDigest ?? 'unknown', log, digest });
    return null;
  }
  return {
    wall: estimate(file, 'wall', document.wall),
    user: meanEstimate(file, 'user', document.user),
    system: meanEstimate(file, 'system', document.system),
  };
}

function estimate(file: string, name: string, value: Partial<Estimate> | undefined): Estimate {
  const { median, low, high } = value ?? {};
  if (!isSeconds(median) || !isSeconds(low) || !isSeconds(high)) throw bad(file, `${name} is not an estimate in seconds`);
  return { median, low, high };
}

/** From the samples: recordings of earlier versions hold their median. */
function meanEstimate(file: string, name: string, value: { readonly samples?: unknown } | undefined): MeanEstimate {
  const samples: unknown = value?.samples;
  if (!Array.isArray(samples) || samples.length === 0 || !samples.every(isSeconds)) throw bad(file, `${name} has no samples in seconds`);
  return bootstrapMean(samples, SEED);
}

function isSeconds(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function bad(file: string, reason: string): UringReplayError {
  return new UringReplayError('UR_BAD_RECORDING', `${file}: ${reason}`, 'Remove that file, or record the program again.');
}
