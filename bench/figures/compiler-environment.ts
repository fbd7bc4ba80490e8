import { readdirSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where the native build puts the liburing that it fetched: hosts without liburing-dev. */
const FETCHED = fileURLToPath(new URL('../../../build/liburing/usr', import.meta.url));

/** The environment for compilers of the exported C: they find the liburing that was fetched for lack of a system's own. */
export function compilerEnvironment(): NodeJS.ProcessEnv {
  let libraries: string[];
  try {
    libraries = readdirSync(path.join(FETCHED, 'lib')).map((name) => path.join(FETCHED, 'lib', name));
  } catch {
    return process.env;
  }
  const after = (before: string | undefined, paths: readonly string[]): string => [before ?? [], ...paths].flat().join(':');
  const { C_INCLUDE_PATH, LIBRARY_PATH, LD_RUN_PATH } = process.env;
  return {
    ...process.env,
    C_INCLUDE_PATH: after(C_INCLUDE_PATH, [path.join(FETCHED, 'include')]),
    LIBRARY_PATH: after(LIBRARY_PATH, libraries),
    LD_RUN_PATH: after(LD_RUN_PATH, libraries),
  };
}
