/** A temporary directory of one's own, so that what others leave in the common one does not count. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Makes it this process's TMPDIR until the process ends. */
export function ownTmpdir(): string {
  const dir = mkdtempSync(path.join(tmpdir(), 'uring-replay-test-'));
  process.env['TMPDIR'] = dir;
  process.on('exit', () => { rmSync(dir, { recursive: true, force: true }); });
  return dir;
}
