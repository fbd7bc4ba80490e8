/** Writes large output to standard output without building it up in memory, and notices when nobody reads it. */
import { writeSync } from 'node:fs';

const STDOUT = 1;
const RETRY_MS = 2;
const sleeper = new Int32Array(new SharedArrayBuffer(4));

/** False when the reader has closed the pipe (`| head`), which is no error. */
export function writeStdout(bytes: Uint8Array): boolean {
  let at = 0;
  while (at < bytes.length) {
    try {
      at += writeSync(STDOUT, bytes, at);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EPIPE') return false;
      if (code !== 'EAGAIN') throw error;
      Atomics.wait(sleeper, 0, 0, RETRY_MS); // the other end made the pipe non-blocking and is slow
    }
  }
  return true;
}
