/** Removes a tree that may hold unreadable directories and paths beyond PATH_MAX, and nothing outside it. */
import { chmodSync, type Dirent, lstatSync, readdirSync, rmdirSync, unlinkSync } from 'node:fs';
import { bytesOf, fsPath, Place } from './place.js';

/** Entries with names as one char per byte. */
export function readEntries(place: Place): Dirent[] {
  return readdirSync(place.self(), { withFileTypes: true, encoding: 'latin1' });
}

interface Frame {
  readonly place: Place;
  readonly entries: Dirent[];
  /** What removes the directory once it is empty. */
  readonly path: string;
}

/**
 * Empties `dir`, and removes it too unless `keepRoot`. Symlinks are removed, never followed; other file systems
 * mounted inside are left alone (and then the directory above them cannot go: EBUSY).
 */
export function removeTree(dir: string, keepRoot = false): void {
  const root = bytesOf(dir);
  const { dev } = lstatSync(fsPath(root));
  const frames: Frame[] = [];
  const enter = (path: string): void => {
    if (lstatSync(fsPath(path)).dev !== dev) return;
    if (frames.length > 0 || !keepRoot) chmodSync(fsPath(path), 0o700);
    const place = new Place(path);
    frames.push({ place, entries: readEntries(place), path });
  };
  try {
    enter(root);
    for (let frame = frames.at(-1); frame !== undefined; frame = frames.at(-1)) {
      const entry = frame.entries.pop();
      if (entry === undefined) {
        frame.place.close();
        frames.pop();
        if (frames.length > 0 || !keepRoot) rmdirSync(fsPath(frame.path));
      } else if (entry.isDirectory()) {
        enter(frame.place.entry(entry.name));
      } else {
        unlinkSync(fsPath(frame.place.entry(entry.name)));
      }
    }
  } finally {
    for (const frame of frames) frame.place.close();
  }
}
