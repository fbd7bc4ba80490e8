/** Folders that are to be there and to be written into. */
import { constants } from 'node:fs';
import { access, mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { cannotWrite } from './errors.js';

/** Makes `dir` and what is missing above it. Throws UR_CANNOT_WRITE, also where it is there and may not be written to. */
export async function makeFolders(dir: string, remedy = 'Name a folder that you may write to.'): Promise<void> {
  try {
    await make(dir);
    await access(dir, constants.W_OK);
  } catch (error) {
    throw cannotWrite(dir, error, remedy);
  }
}

/** mkdir() with `recursive` never returns below /proc (Node 20), where making a folder fails with ENOENT. */
async function make(dir: string): Promise<void> {
  try {
    await mkdir(dir);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') return;
    const parent = dirname(dir);
    if (code !== 'ENOENT' || parent === dir || (await isThere(parent))) throw error;
    await make(parent);
    await mkdir(dir);
  }
}

const isThere = (path: string): Promise<boolean> => access(path).then(() => true, () => false);
