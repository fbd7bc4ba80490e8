/** What a path is called, cut apart the way search rules do. Paths are latin1. */

export const baseName = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

/** `/usr/bin/sh` -> `/usr/bin`; `/sh` -> `/`; `sh` -> `.` */
export function directoryName(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}

/** `encdb.so` -> `encdb`, `libm.so.6` -> `libm`, `.bashrc` stays. */
export function stem(name: string): string {
  const dot = name.indexOf('.', 1);
  return dot < 0 ? name : name.slice(0, dot);
}

const CACHE = '__pycache__';
/** Files that stand for the directory they lie in: what was sought is the directory's name. */
const ENTRY_FILES = new Set(['__init__', '__main__', 'index', 'package']);

/**
 * The name that a lookup asks for, whatever the directory and the suffix tried: `json` for all of json.py,
 * json/__init__.py, json/__pycache__/__init__.cpython-311.pyc; `left` for left.js and left/package.json.
 */
export function soughtName(path: string): string {
  const slash = path.lastIndexOf('/');
  const file = path.slice(slash + 1);
  const name = stem(file);
  if (slash < 0) return name;
  let end = slash;
  const cached = path.endsWith(CACHE, end) && (end === CACHE.length || path[end - CACHE.length - 1] === '/');
  if (cached) end -= CACHE.length + 1;
  // A bare `index` is a file of that name; in a cache it stands for its directory whatever its suffix.
  if (!ENTRY_FILES.has(name) || !(cached || file.includes('.', 1))) return name;
  return end < 0 ? name : path.slice(path.lastIndexOf('/', end - 1) + 1, end);
}
