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

/** Files that stand for the directory they lie in: what was sought is the directory's name. */
const ENTRY_FILES = new Set(['__init__', '__main__', 'index', 'package']);

/**
 * The name that a lookup asks for, whatever the directory and the suffix tried: `json` for all of json.py,
 * json/__init__.py, json/__pycache__/__init__.cpython-311.pyc; `left` for left.js and left/package.json.
 */
export function soughtName(path: string): string {
  const parts = path.split('/');
  let last = parts.length - 1;
  let name = stem(parts[last]);
  if (parts[last - 1] === '__pycache__') last--;
  if (ENTRY_FILES.has(name) && parts[last].includes('.', 1) && last > 0) name = parts[last - 1]!;
  else if (last < parts.length - 1 && ENTRY_FILES.has(name) && last > 0) name = parts[last - 1]!;
  return name;
}
