/** Tells the tree what a call's outcome says about the file behind its path. */
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG } from './constants.js';
import type { World } from './world.js';

export interface StatFact {
  readonly mode: number | null;
  readonly size: number | null;
}

type TreeType = 'dir' | 'file' | 'symlink' | 'other';

/**
 * `follow`: the call followed a final symlink. On success `fact` holds; on failure the path's absence is told where
 * the errno means absence. Takes effect when the call returns.
 */
export function tellPath(
  w: World, absolute: string | null, follow: boolean,
  fact: { type?: TreeType; size?: number; mode?: number; may?: number },
): void {
  if (absolute === null) return;
  const { line, errno, ret } = w.call;
  w.after(() => {
    if (errno === null) {
      if (ret !== null) w.tree.exists(absolute, { follow, ...fact }, line);
    } else if (errno === 'ENOENT' || errno === 'ENOTDIR' || errno === 'ELOOP') {
      w.tree.missing(absolute, errno, line, follow);
    } else if (errno === 'EISDIR' || errno === 'ENOTEMPTY') {
      w.tree.exists(absolute, { follow, type: 'dir' }, line);
    } else if (errno === 'EEXIST') {
      w.tree.exists(absolute, { follow: false }, line);
    }
  });
}

export function tellLink(w: World, absolute: string, target: Uint8Array): void {
  const { line } = w.call;
  w.after(() => {
    w.tree.symlink(absolute, target, line);
    w.paths.learnedLink(absolute);
  });
}

/** What st_mode says; null for a type that no sandbox can hold. */
export function treeFact(stat: StatFact): { type?: TreeType; size?: number; mode?: number } | null {
  if (stat.mode === null) return stat.size === null ? {} : { size: stat.size };
  const type = typeOf(stat.mode);
  if (type === 'other') return null;
  const fact = { type, mode: stat.mode & 0o7777 };
  return stat.size === null || type === 'dir' ? fact : { ...fact, size: stat.size };
}

function typeOf(mode: number): TreeType {
  switch (mode & S_IFMT) {
    case S_IFDIR: return 'dir';
    case S_IFREG: return 'file';
    case S_IFLNK: return 'symlink';
    default: return 'other';
  }
}
