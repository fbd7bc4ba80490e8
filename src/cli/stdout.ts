/** Writes large output to standard output without building it up in memory, and notices when nobody reads it. */
import { writeSync } from 'node:fs';
import { UringReplayError } from '../../replay/errors.js';

const STDOUT = 1;
const RETRY_MS = 2;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** False when the reader has closed the pipe (`| head`), which is no error. Throws UR_CANNOT_WRITE. */
export function writeStdout(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(STDOUT, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return false;
      if (code !== 'EAGAIN') throw cannotWrite(code ?? 'EIO', error);
      Atomics.wait(sleeper, 0, 0, RETRY_MS); // the other end made the pipe non-blocking and is slow
    }
  }
  return true;
}

export function cannotWrite(code: string, cause?: unknown): UringReplayError {
  const what = code === 'ENOSPC' ? 'no space left on the device' : code;
  return new UringReplayError('UR_CANNOT_WRITE', `cannot write the output: ${what}`, 'What was written is incomplete; send it elsewhere, or make room.', { cause });
}
