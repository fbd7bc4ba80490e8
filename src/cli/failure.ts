/** How a failure ends the program: message and remedy on stderr, and the exit status. */
import { UringReplayError } from '../../replay/errors.js';
import { clearProgress } from '../report/progress.js';

/** EX_SOFTWARE of sysexits.h: a fault of ours, never the user's. */
const INTERNAL = 70;

/** Writes the error to stderr; returns the exit status (2 for wrong input). */
export function reportFailure(error: unknown): number {
  clearProgress();
  if (error instanceof UringReplayError) {
    process.stderr.write(`uring-replay: ${error.message}\n`);
    if (error.remedy !== null) process.stderr.write(`  ${error.remedy}\n`);
    return 2;
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  process.stderr.write(`uring-replay: internal error, please report it:\n${text}\n`);
  return INTERNAL;
}
