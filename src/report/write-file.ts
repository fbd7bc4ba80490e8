/** Output files appear whole or not at all. */
import { rename, rm, writeFile } from 'node:fs/promises';
import { UringReplayError } from '../../replay/errors.js';

/** Writes beside `file` and renames; throws UR_CANNOT_WRITE naming the file and the reason. */
export async function writeFileWhole(file: string, data: string | Uint8Array): Promise<void> {
  const partial = `${file}.${process.pid}.partial`;
  try {
    await writeFile(partial, data);
    await rename(partial, file);
  } catch (error) {
    await rm(partial, { force: true });
    const reason = (error as NodeJS.ErrnoException).code ?? String(error);
    throw new UringReplayError('UR_CANNOT_WRITE', `cannot write ${file}: ${reason}`, 'Name a file in a folder that exists and that you may write to.', {
      cause: error,
    });
  }
}
