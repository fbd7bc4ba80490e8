// Prints -static when this host can link a static executable (glibc-static or musl), else nothing: the
// runner is then an ordinary dynamic executable, and build.mjs says so.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { findLiburing } from './liburing.mjs';

export function canLinkStatically() {
  if (findLiburing().kind === 'shared') return false;
  const dir = mkdtempSync(join(tmpdir(), 'uring-replay-link-'));
  try {
    const compiler = (process.env.CXX ?? 'c++').split(' ');
    const run = spawnSync(compiler[0], [...compiler.slice(1), '-x', 'c++', '-', '-static', '-o', join(dir, 'a.out')],
      { input: '#include <thread>\nint main() { return 0; }\n', stdio: ['pipe', 'ignore', 'ignore'] });
    return run.status === 0;
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href && canLinkStatically()) console.log('-static');
