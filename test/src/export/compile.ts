/** What the tests of exported C need from the host. */
import { spawnSync } from 'node:child_process';
import { compilerEnvironment } from '../../../bench/figures/compiler-environment.js';
import { findProgram } from '../../../bench/find-program.js';

/** false, or why tests that compile are skipped. */
export const noCompiler: string | false = findProgram('cc') === null ? 'no C compiler (cc) on this host' : false;

function hasLiburing(): boolean {
  const source = '#include <liburing.h>\nint main(void) { return IORING_SETUP_DEFER_TASKRUN == 0; }';
  return spawnSync('cc', ['-x', 'c', '-', '-luring', '-o', '/dev/null'], { input: source, env: compilerEnvironment() }).status === 0;
}
export const noLiburing: string | false = noCompiler !== false ? noCompiler : hasLiburing() ? false : 'liburing 2.3 or newer is not installed for cc';

function canEnterRoots(): boolean {
  return spawnSync(enter[0] ?? 'chroot', [...enter.slice(1), ...(enter.length > 0 ? ['chroot'] : []), '/', 'true']).status === 0;
}
/** What to put before a program that makes a directory its root. */
export const enter: readonly string[] = process.getuid?.() === 0 ? [] : ['unshare', '--user', '--map-root-user'];
export const noRoot: string | false = canEnterRoots() ? false : 'neither root nor user namespaces: cannot change the root directory';
