/** Writes large output to standard output without building it up in memory, and notices when nobody reads it. */
import { fstatSync, writeSync } from 'node:fs';
import { UringReplayError } from '../../replay/errors.js';

const STDOUT = 1;
/** First wait for a slow reader, doubled up to the last: a pipe of 64 KiB is read within microseconds, or by a person. */
const RETRY_MS = { first: 0.02, last: 2 };
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** Whether a pipe takes the output: its reader may be slow. */
export const stdoutIsPipe = (): boolean => fstatSync(STDOUT).isFIFO();

let blocking = false;

/** process.stdout makes a pipe non-blocking as soon as somebody looks at it; then a full one is an error and no wait. */
function makeBlocking(): void {
  blocking = true;
  (process.stdout as { _handle?: { setBlocking?: (on: boolean) => void } })._handle?.setBlocking?.(true);
}

/** False when the reader has closed the pipe (`| head`), which is no error. Throws UR_CANNOT_WRITE. */
export function writeStdout(bytes: Uint8Array): boolean {
  if (!blocking) makeBlocking();
  let at = 0;
  let wait = RETRY_MS.first;
  while (at < bytes.length) {
    try {
      at += writeSync(STDOUT, bytes, at);
      wait = RETRY_MS.first;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return false;
      if (code !== 'EAGAIN') throw cannotWrite(code ?? 'EIO', error);
      Atomics.wait(sleeper, 0, 0, wait); // others made the pipe non-blocking
      wait = Math.min(2 * wait, RETRY_MS.last);
    }
  }
  return true;
}

export function cannotWrite(code: string, cause?: unknown): UringReplayError {
  const what = code === 'ENOSPC' ? 'no space left on the device' : code;
  return new UringReplayError('UR_CANNOT_WRITE', `cannot write the output: ${what}`, 'What was written is incomplete; send it elsewhere, or make room.', { cause });
}
