/** The executables of the native part, and how tests run them. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

function packageDir(): string {
  let dir = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(dir, 'binding.gyp'))) dir = dirname(dir);
  return dir;
}

export const PACKAGE_DIR = packageDir();
const RELEASE = join(PACKAGE_DIR, 'build', 'Release');
export const ADDON = join(RELEASE, 'uring_replay.node');
export const RUNNER = join(RELEASE, 'uring-runner');
export const WARM = join(RELEASE, 'uring-warm');
export const NATIVE_TEST = join(RELEASE, 'uring-native-test');

export interface Outcome {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stdout: string;
  readonly stderr: string;
}

export function runBinary(command: string, args: readonly string[]): Outcome {
  const { status, signal, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8', timeout: 60_000, maxBuffer: 1 << 28 });
  return { status, signal, stdout, stderr };
}

export const isRoot = process.getuid?.() === 0;
