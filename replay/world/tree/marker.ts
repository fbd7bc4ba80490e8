/** The file in the root of a tree by which a directory is known to be ours. */
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const MARKER_NAME = '.uring-replay-tree';
const MARKER_SCHEMA = 'uring-replay/tree@1';

export interface Marker {
  readonly schema: typeof MARKER_SCHEMA;
  /** False while the tree is being built: a directory left so by a killed process is not used. */
  readonly complete: boolean;
  /** The process that built it, and when (ISO 8601). */
  readonly pid: number;
  readonly date: string;
  /** Kept on purpose (--keep, --sandbox, tree -o), so nobody should take it for a leftover. */
  readonly keep: boolean;
}

export function markerText(marker: Omit<Marker, 'schema'>): string {
  return `${JSON.stringify({ schema: MARKER_SCHEMA, ...marker })}\n`;
}

export function writeMarker(dir: string, complete: boolean, keep: boolean): void {
  const text = markerText({ complete, pid: process.pid, date: new Date().toISOString(), keep });
  writeFileSync(path.join(dir, MARKER_NAME), text);
}

/** null: there is no marker, or what bears its name is not ours. */
export function readMarker(dir: string): Marker | null {
  try {
    const marker = JSON.parse(readFileSync(path.join(dir, MARKER_NAME), 'utf8')) as Partial<Marker> | null;
    return marker?.schema === MARKER_SCHEMA ? (marker as Marker) : null;
  } catch {
    return null;
  }
}
