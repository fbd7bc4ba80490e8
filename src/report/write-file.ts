/** Output files appear whole or not at all. */
import { createWriteStream } from 'node:fs';
import { rename, rm, stat, writeFile } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { UringReplayError } from '../../replay/errors.js';

/** Writes beside `file` and renames; throws UR_CANNOT_WRITE naming the file and the reason. */
export async function writeFileWhole(file: string, data: string | Uint8Array): Promise<void> {
  await writeWhole(file, (partial) => writeFile(partial, data));
}

/** The same for what is too large to be held in memory. `signal`: stop; rejects with its reason, `file` stays as it was. */
export async function writePiecesWhole(file: string, pieces: Iterable<Uint8Array>, signal: AbortSignal): Promise<void> {
  await writeWhole(file, async (partial) => pipeline(Readable.from(pieces), createWriteStream(partial), { signal }));
}

/** A device or a pipe is written to; as root a rename would put a file in its place, and /dev/null is dear to all. */
async function isSpecial(file: string): Promise<boolean> {
  return stat(file).then((found) => !found.isFile() && !found.isDirectory(), () => false);
}

async function writeWhole(file: string, write: (partial: string) => Promise<void>): Promise<void> {
  const special = await isSpecial(file);
  const partial = special ? file : `${file}.${process.pid}.partial`;
  try {
    await write(partial);
    if (!special) await rename(partial, file);
  } catch (error) {
    if (!special) await rm(partial, { force: true });
    if (error instanceof UringReplayError) throw error;
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UringReplayError('UR_CANNOT_WRITE', `cannot write ${file}: ${reason}`, 'Name a file in a folder that exists and that you may write to.', {
      cause: error,
    });
  }
}
