/** The SGR sequences with which strace 7.0 colours its output (color.c): ESC [ digits and semicolons m. */
import { isDigit } from './bytes.js';

const ESCAPE = 27;

/** Length of the sequence at b[i], or 0. */
export function colourLength(b: Uint8Array, i: number, end: number): number {
  if (b[i] !== ESCAPE || b[i + 1] !== 91) return 0;
  let k = i + 2;
  while (k < end && (isDigit(b[k]) || b[k] === 59)) k++;
  return k < end && (b[k] === 109 || b[k] === 75) ? k + 1 - i : 0;
}

/** Removes the sequences from b[start, end) in place; returns the new end. */
export function stripColour(b: Uint8Array, start: number, end: number): number {
  let to = start;
  for (let i = start; i < end; ) {
    const length = colourLength(b, i, end);
    if (length > 0) i += length;
    else b[to++] = b[i++];
  }
  return to;
}
