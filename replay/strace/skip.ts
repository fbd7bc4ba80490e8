/** Steps over the parts of a line that may hold any character. Each returns the position behind it, or -1. */
import { isDigit } from './bytes.js';

/** "..." with backslash escapes; b[i] is the quote. */
export function skipString(b: Uint8Array, i: number, end: number): number {
  for (i++; i < end; i++) {
    const c = b[i];
    if (c === 92) i++;
    else if (c === 34) return i + 1;
  }
  return -1;
}

/** 'c' or an escape in single quotes (v4l2_fourcc('Y', 'U', '1', '\\'')); a lone quote is stepped over. */
export function skipChar(b: Uint8Array, i: number, end: number): number {
  if (i + 2 < end && b[i + 1] !== 92) return b[i + 2] === 39 ? i + 3 : i + 1;
  for (let k = i + 3; k < end && k < i + 7; k++) if (b[k] === 39) return k + 1;
  return i + 1;
}

/** Comments nest. */
export function skipComment(b: Uint8Array, i: number, end: number): number {
  let depth = 0;
  for (; i + 1 < end; i++) {
    if (b[i] === 47 && b[i + 1] === 42) {
      depth++;
      i++;
    } else if (b[i] === 42 && b[i + 1] === 47) {
      i++;
      if (--depth === 0) return i + 1;
    }
  }
  return -1;
}

/**
 * The annotation of a descriptor or process, `</etc/passwd>`; b[i] is `<`. One behind anything but a number,
 * AT_FDCWD or a comment is no annotation (`1<<CAP_KILL`, `<... resuming`): then one byte is stepped over.
 * In paths strace escapes angle brackets (util.c, print_quoted_string_ex with "<>"), so only devices nest.
 */
export function skipAnnotation(b: Uint8Array, i: number, end: number): number {
  const before = b[i - 1];
  const next = b[i + 1];
  const possible = isDigit(before) || before === 68 || before === 47 || (before >= 97 && before <= 102);
  if (!possible || next === 60 || next === 61 || next === 46) return i + 1;
  return skipAngle(b, i, end);
}

function skipAngle(b: Uint8Array, i: number, end: number): number {
  const bracket = protocolBracket(b, i + 1, end);
  if (bracket >= 0) return skipProtocol(b, bracket, end);
  for (i++; i < end; i++) {
    const c = b[i];
    if (c === 92) i++;
    else if (c === 62) return i + 1;
    else if (c === 60) {
      i = skipAngle(b, i, end) - 1;
      if (i < 0) return -1;
    }
  }
  return -1;
}

/** Position of `[` in `TCP:[1.1.1.1:1->2.2.2.2:2]`, or -1 when it is not of that form. */
function protocolBracket(b: Uint8Array, i: number, end: number): number {
  const start = i;
  while (i < end) {
    const c = b[i];
    if (c === 58) return i > start && b[i + 1] === 91 ? i + 1 : -1;
    if (!(isDigit(c) || (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95 || c === 45)) return -1;
    i++;
  }
  return -1;
}

/** From `[` over balanced brackets and quoted names to the `>` behind. */
function skipProtocol(b: Uint8Array, i: number, end: number): number {
  let depth = 0;
  while (i < end) {
    const c = b[i];
    if (c === 34) {
      i = skipString(b, i, end);
      if (i < 0) return -1;
      continue;
    }
    if (c === 91) depth++;
    else if (c === 93) depth--;
    else if (c === 62 && depth === 0) return i + 1;
    i++;
  }
  return -1;
}
