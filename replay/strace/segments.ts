/**
 * Cuts a large log into parts that can be read at the same time. A cut lies between two whole calls of one line each,
 * where nothing is left open but calls that were left unfinished; those are handed from part to part afterwards.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { lexCommon } from './lexcommon.js';
import { Line } from './line.js';

export interface Segment {
  readonly start: number;
  readonly end: number;
}

/** Lines are looked at within this distance behind the wished-for place of a cut. */
const WINDOW_BYTES = 1 << 18;
const ESCAPE = 27;
const NEWLINE = 10;

/** Parts of about `bytes` each, in order. One part when the log cannot be cut: too small, coloured, without pids. */
export function segmentsOf(path: string, bytes: number): Segment[] {
  const fd = openSync(path, 'r');
  try {
    const { size } = fstatSync(fd);
    const cuts: number[] = [];
    const window = Buffer.alloc(WINDOW_BYTES);
    for (let wish = bytes; wish < size - bytes / 2; wish += bytes) {
      const count = readSync(fd, window, 0, WINDOW_BYTES, wish);
      const cut = cutIn(window.subarray(0, count));
      if (cut >= 0) cuts.push(wish + cut);
    }
    const starts = [0, ...cuts];
    return starts.map((start, i) => ({ start, end: starts[i + 1] ?? size }));
  } finally {
    closeSync(fd);
  }
}

/** Where a whole call's line begins behind another, both with a pid; -1: nowhere. */
function cutIn(window: Buffer): number {
  if (window.includes(ESCAPE)) return -1;
  const line = new Line();
  let start = window.indexOf(NEWLINE) + 1; // behind the line that the window's beginning cuts
  let wholeBefore = false;
  for (let end = window.indexOf(NEWLINE, start); end >= 0; end = window.indexOf(NEWLINE, start)) {
    const whole = lexCommon(window, start, end, line) && line.pid >= 0;
    if (whole && wholeBefore) return start;
    wholeBefore = whole;
    start = end + 1;
  }
  return -1;
}
