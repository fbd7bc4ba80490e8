/** Where a program is, as execvp(3) would find it. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** The path of an executable regular file; null where there is none. */
export function findProgram(name: string, path = process.env['PATH'] ?? '/usr/local/bin:/usr/bin:/bin'): string | null {
  const candidates = name.includes('/') ? [name] : path.split(delimiter).map((dir) => join(dir === '' ? '.' : dir, name));
  return candidates.find(isExecutable) ?? null;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
