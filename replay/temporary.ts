/** Folders for what is needed for a while, below TMPDIR. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UringReplayError } from './errors.js';
import { removeAtEnd } from './leftovers.js';

const REMEDY = 'Set TMPDIR to a directory that exists and that you may write to.';

export interface TemporaryFolder {
  readonly path: string;
  /** Removes it and all that is in it; safe to call again. Happens by itself when this process ends before. */
  remove(): void;
}

export function temporaryFolder(prefix: string): TemporaryFolder {
  const path = makeTemporary(prefix);
  return { path, remove: removeAtEnd(path, () => { rmSync(path, { recursive: true, force: true }); }) };
}

/** A new folder, absolute and without symlinks, whose name begins with `prefix`. The caller removes it. Throws UR_TMPDIR. */
export function makeTemporary(prefix: string, remedy = REMEDY): string {
  const parent = tmpdir();
  try {
    return realpathSync.native(mkdtempSync(join(parent, prefix)));
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new UringReplayError('UR_TMPDIR', `no temporary directory can be made below ${parent}: ${code}`, remedy, { cause: error });
  }
}
