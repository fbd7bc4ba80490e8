/**
 * Output files appear whole or not at all: written beside their place and renamed, and gone when this process ends
 * before. A device or a pipe is written to as it is: a rename would put a file in its place, as root even in that of
 * /dev/null.
 */
import { closeSync, createWriteStream, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { cannotWrite } from '../../replay/errors.js';
import { removeAtEnd } from '../../replay/leftovers.js';

/** Takes the bytes that are ready; false: nobody reads any more. */
export type Write = (bytes: Uint8Array) => boolean;

/** Throws UR_CANNOT_WRITE naming the file and the reason. */
export async function writeFileWhole(file: string, data: string | Uint8Array): Promise<void> {
  await replace(file, async (target) => {
    await writeFile(target, data).catch((error: unknown) => { throw cannotWrite(file, error); });
  });
}

/** The same for what is too large to be held in memory. `signal`: stop; rejects with its reason, `file` stays as it was. */
export async function writePiecesWhole(file: string, pieces: Iterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  await replace(file, async (target) => {
    await pipeline(Readable.from(pieces), createWriteStream(target), { signal }).catch((error: unknown) => { throw cannotWrite(file, error); });
  });
}

/** The same for what `produce` hands over piece by piece. */
export async function writeStreamWhole(file: string, produce: (write: Write) => Promise<void>): Promise<void> {
  await replace(file, async (target, special) => {
    const fd = attempt(file, () => openSync(target, special ? 'w' : 'wx'));
    try {
      await produce((bytes) => {
        for (let at = 0; at < bytes.length; ) at += attempt(file, () => writeSync(fd, bytes, at));
        return true;
      });
    } finally {
      closeSync(fd);
    }
  });
}

async function replace(file: string, fill: (target: string, special: boolean) => Promise<void>): Promise<void> {
  if (isSpecial(file)) {
    await fill(file, true);
    return;
  }
  const partial = `${file}.${process.pid}.partial`;
  const release = removeAtEnd(partial, removeFile);
  try {
    await fill(partial, false);
    attempt(file, () => { renameSync(partial, file); });
  } finally {
    release();
  }
}

function isSpecial(file: string): boolean {
  try {
    const found = statSync(file);
    return !found.isFile() && !found.isDirectory();
  } catch {
    return false; // what is wrong will say the writing
  }
}

function removeFile(file: string): void {
  try {
    rmSync(file, { force: true });
  } catch {
    // ENOTDIR, say: it was never there.
  }
}

function attempt<T>(file: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw cannotWrite(file, error);
  }
}
