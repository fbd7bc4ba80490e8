/** The drawing in which strace --tips gives its advice at the end of a run (strace, strauss.c). */

const LINES_MAX = 48;
const UNDERSCORES_MIN = 40;

/** Follows it from its upper edge, `  ______...______         ____`, over lines right below one another. */
export class TipTracker {
  #next = 0;
  #left = 0;

  continues(b: Uint8Array, start: number, end: number, lineNumber: number): boolean {
    if (isUpperEdge(b, start, end)) this.#left = LINES_MAX;
    else if (this.#left === 0 || lineNumber !== this.#next || !isDrawing(b[start])) {
      this.#left = 0;
      return false;
    }
    this.#left--;
    this.#next = lineNumber + 1;
    return true;
  }
}

function isUpperEdge(b: Uint8Array, start: number, end: number): boolean {
  let i = start;
  while (i < end && b[i] === 32) i++;
  const from = i;
  while (i < end && b[i] === 95) i++;
  return i > start + 1 && i - from >= UNDERSCORES_MIN;
}

/** All its lines are indented. */
const isDrawing = (c: number): boolean => c === 32;
