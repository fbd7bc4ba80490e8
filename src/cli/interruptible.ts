/** Work that Ctrl-C ends early, with a line of progress. */
import { progressLine, type Progress } from '../report/progress.js';

/** `work` is handed the signal that SIGINT and SIGTERM abort; the line of progress is gone when it ends. */
export async function interruptible<T>(work: (signal: AbortSignal, progress: Progress) => Promise<T>): Promise<T> {
  const abort = new AbortController();
  const interrupt = (): void => {
    abort.abort();
  };
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const progress = progressLine(process.stderr);
  try {
    return await work(abort.signal, progress);
  } finally {
    progress.clear();
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
  }
}
