/** Progress over a log: share, rate and time left, on a terminal and only when it takes longer than a second. */
import { statSync } from 'node:fs';
import { progressLine } from '../report/progress.js';

const QUIET_MS = 1000;
const MB = 1e6;

export interface LogProgress {
  readonly onBytes: (bytes: number) => void;
  /** What else it does. */
  readonly say: (message: string) => void;
  readonly done: () => void;
}

export function logProgress(log: string, what: string): LogProgress {
  const line = progressLine(process.stderr);
  const started = Date.now();
  // Loaded before the reading begins, which leaves no time for loading.
  let sets: typeof import('../../replay/strace/fileset.js') | null = null;
  if (process.stderr.isTTY && sizeOf(log) === null) void import('../../replay/strace/fileset.js').then((module) => (sets = module));
  let total: number | null | undefined;
  return {
    onBytes(bytes) {
      const seconds = (Date.now() - started) / 1000;
      if (seconds * 1000 < QUIET_MS) return;
      const rate = `${(bytes / MB).toFixed(0)} MB, ${(bytes / MB / seconds).toFixed(0)} MB/s`;
      total ??= sizeOf(log) ?? setSize(sets?.fileSet(log) ?? []);
      const left = total === null ? '' : `, ${Math.max(0, ((total - bytes) * seconds) / bytes).toFixed(0)} s left`;
      line.update(`${what}: ${rate}${left}`);
    },
    say(message) {
      if (Date.now() - started >= QUIET_MS) line.update(message);
    },
    done: line.clear,
  };
}

/** The same, but not where the output itself goes to the terminal meanwhile. */
export function outputProgress(log: string, what: string): LogProgress {
  if (process.stdout.isTTY) return { onBytes: () => undefined, say: () => undefined, done: () => undefined };
  return logProgress(log, what);
}

/** null for what is no file, and for what is compressed, whose size says nothing about the bytes read. */
function sizeOf(log: string): number | null {
  if (log === '-' || /\.(gz|xz|zst)$/.test(log)) return null;
  try {
    const stat = statSync(log);
    return stat.isFile() ? stat.size : null;
  } catch {
    return null; // why will say who opens it
  }
}

const setSize = (files: readonly { readonly path: string }[]): number | null =>
  files.length === 0 ? null : files.reduce((sum, { path }) => sum + (statSync(path, { throwIfNoEntry: false })?.size ?? 0), 0);
