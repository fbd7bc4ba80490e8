/** A file that is written piece by piece and appears whole or not at all. */
import { closeSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { UringReplayError } from '../../replay/errors.js';
import type { Write } from './streams.js';

/**
 * Throws UR_CANNOT_WRITE naming the file and the reason; whatever goes wrong, nothing is left behind. A device or a
 * pipe is written to as it is: a rename would put a file in its place, as root even in that of /dev/null.
 */
export async function writeWhole(file: string, produce: (write: Write) => Promise<void>): Promise<void> {
  const special = isSpecial(file);
  const target = special ? file : `${file}.${process.pid}.partial`;
  const fd = attempt(file, () => openSync(target, special ? 'w' : 'wx'));
  let done = false;
  try {
    await produce((bytes) => {
      for (let at = 0; at < bytes.length; ) at += attempt(file, () => writeSync(fd, bytes, at));
      return true;
    });
    if (!special) attempt(file, () => { renameSync(target, file); });
    done = true;
  } finally {
    closeSync(fd);
    if (!done && !special) rmSync(target, { force: true });
  }
}

function isSpecial(file: string): boolean {
  const found = statSync(file, { throwIfNoEntry: false });
  return found !== undefined && !found.isFile() && !found.isDirectory();
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UringReplayError('UR_CANNOT_WRITE', `cannot write ${file}: ${reason}`, 'Name a file in a folder that exists and that you may write to.', { cause: error });
  }
}
