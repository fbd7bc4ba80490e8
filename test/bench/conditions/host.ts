/** What this host lets a test do; the reason for skipping where it does not. */
import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { LatencyFs } from '../../../bench/conditions/latency-fs.js';
import { UringReplayError } from '../../../replay/errors.js';
import type { NamespaceKind } from '../../../bench/conditions/namespace.js';

export const isRoot = process.getuid?.() === 0;
export const namespace: NamespaceKind = isRoot ? 'mount' : 'user';

export async function withDirectory<T>(use: (dir: string) => T | Promise<T>): Promise<T> {
  const dir = realpathSync(mkdtempSync(path.join(tmpdir(), 'uring-replay-test-')));
  try {
    return await use(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

/** false: FUSE works here. Otherwise why not, for `skip`. */
export async function noFuse(): Promise<string | false> {
  return withDirectory(async (dir) => {
    try {
      await (await LatencyFs.open({ source: dir, mount: dir, latencyNs: 0, namespace })).close();
      return false;
    } catch (error) {
      if (error instanceof UringReplayError && error.code === 'UR_NO_LATENCY') return error.message;
      throw error;
    }
  });
}
