/** What the analyses keep in memory at most. Each is an error when reached, never a silent cut. */
import { UringReplayError } from '../../replay/errors.js';
import { grouped } from './text.js';

/** Distinct paths; about 200 bytes each. */
export const PATHS_MAX = 4_000_000;

export function tooMany(what: string, max: number): UringReplayError {
  return new UringReplayError(
    'UR_ANALYSIS_TOO_LARGE',
    `the log has more than ${grouped(max)} ${what}`,
    'Cut the log into parts, for example by process: grep "^PID " LOG > PART',
  );
}
