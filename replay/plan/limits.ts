/** Limits of the program format, as native/program.h has them. Reaching one is an error that names it. */
import { UringReplayError } from '../errors.js';

export const OPS_MAX = 64 * 1024 * 1024;
export const SLOTS_MAX = 16 * 1024 * 1024;
/** Longest single read or write. */
export const IO_BYTES_MAX = 256 * 1024 * 1024;
/** Without the terminating NUL. */
export const PATH_BYTES_MAX = 64 * 1024 - 1;
/** Path offsets are 32 bit, and 0xffffffff means "no path". */
export const ARENA_BYTES_MAX = 0xffff0000;

export function checkLimit(what: string, found: number, max: number): void {
  if (found <= max) return;
  throw new UringReplayError(
    'UR_LIMIT',
    `the program has ${what} = ${found}, the limit is ${max}`,
    'replay a part of the log: --pid, or cut the log at a line',
  );
}
