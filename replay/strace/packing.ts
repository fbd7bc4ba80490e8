/** How a log is compressed, and what to say when it cannot be read. */
import { UringReplayError } from '../errors.js';

export type Packing = 'gzip' | 'xz' | 'zstd';

/** How the file that begins so is compressed; null: it is not. */
export function packing(head: Uint8Array): Packing | null {
  const magic = Buffer.from(head.subarray(0, 6)).toString('hex');
  if (magic.startsWith('1f8b')) return 'gzip';
  if (magic === 'fd377a585a00') return 'xz';
  return magic.startsWith('28b52ffd') ? 'zstd' : null;
}

export function noSuchLog(path: string, error: unknown): UringReplayError {
  const code = (error as NodeJS.ErrnoException).code ?? String(error);
  const what = code === 'ENOENT' ? 'no such file' : code === 'EACCES' ? 'permission denied' : code;
  return new UringReplayError('UR_NO_SUCH_LOG', `cannot read the log ${path}: ${what}`, 'Check the name, or record one: uring-replay record -o LOG -- COMMAND', { cause: error });
}
