/** The program's own output inside a call's line, when strace and the program write to the same terminal or pipe. */
import { isDigit } from './bytes.js';
import { skipAnnotation, skipComment, skipString } from './skip.js';
import { unescape } from './leaf.js';

/**
 * Where output begins in b[start, end), the arguments of a call up to the line's end: `1, "hi\n", 3hi` -> behind
 * the 3. Exact where the output is the string that the call writes and -s did not cut it; else behind the last
 * argument that looks like one. `end` when all of it are arguments.
 */
export function outputStart(b: Uint8Array, start: number, end: number): number {
  let string: Uint8Array | null = null;
  let stringEnd = start;
  let i = start;
  for (;;) {
    while (i < end && b[i] === 32) i++;
    if (i >= end) return end;
    const argument = i;
    const from = behindName(b, i, end);
    i = skipValue(b, from, end);
    if (i < 0 || i === from) return argument;
    if (b[from] === 34) {
      string = unescape(b, from + 1, i - 1);
      stringEnd = i;
    }
    if (i >= end || b[i] !== 44) break;
    i++;
  }
  if (i >= end && string === null) return end;
  const own = string === null ? -1 : writtenAt(b, stringEnd, end, string);
  return own >= 0 ? own : i;
}

/** `child_tidptr=` */
function behindName(b: Uint8Array, i: number, end: number): number {
  let k = i;
  while (k < end && ((b[k] >= 97 && b[k] <= 122) || b[k] === 95 || (k > i && isDigit(b[k])))) k++;
  return k > i && k < end && b[k] === 61 ? k + 1 : i;
}

/** Position of the written bytes (up to their first line feed) at the end of b[from, end), or -1. */
function writtenAt(b: Uint8Array, from: number, end: number, written: Uint8Array): number {
  const newline = written.indexOf(10);
  const shown = newline < 0 ? written : written.subarray(0, newline);
  const at = end - shown.length;
  if (shown.length === 0 || at <= from) return shown.length === 0 ? end : -1;
  for (let i = 0; i < shown.length; i++) if (b[at + i] !== shown[i]) return -1;
  return at;
}

/** Behind one value as strace prints it; `i` itself when none stands here, -1 when it does not end. */
function skipValue(b: Uint8Array, i: number, end: number): number {
  const c = b[i];
  if (c === 34) {
    const stop = skipString(b, i, end);
    return stop > 0 && b[stop] === 46 && b[stop + 1] === 46 && b[stop + 2] === 46 ? stop + 3 : stop;
  }
  if (c === 123 || c === 91 || (c === 126 && b[i + 1] === 91)) return skipBrackets(b, i, end);
  const from = i;
  if (isDigit(c) || (c === 45 && isDigit(b[i + 1]))) {
    i++;
    if (b[i] === 120) i++;
    while (i < end && (isDigit(b[i]) || (b[from + 1] === 120 && b[i] >= 97 && b[i] <= 102))) i++;
  } else while (i < end && ((b[i] >= 65 && b[i] <= 90) || b[i] === 95 || b[i] === 124 || (i > from && isDigit(b[i])))) i++;
  if (i > from && b[i] === 60 && i < end) {
    const stop = skipAnnotation(b, i, end);
    if (stop > i + 1) i = stop;
  }
  if (i > from && b[i] === 32 && b[i + 1] === 47 && b[i + 2] === 42) i = skipComment(b, i + 1, end);
  return i;
}

function skipBrackets(b: Uint8Array, i: number, end: number): number {
  let depth = 0;
  while (i < end) {
    const c = b[i];
    if (c === 34) {
      i = skipString(b, i, end);
      if (i < 0) return -1;
      continue;
    }
    if (c === 123 || c === 91 || c === 40) depth++;
    else if (c === 125 || c === 93 || c === 41) {
      depth--;
      if (depth === 0) return i + 1;
    }
    i++;
  }
  return -1;
}
