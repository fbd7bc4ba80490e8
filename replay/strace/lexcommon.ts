/**
 * The shapes that nearly all lines of a log have, taken apart in one go:
 *
 *     772   1700000000.123456 openat(AT_FDCWD, "/etc/passwd", O_RDONLY) = 3 <0.000012>
 *     16:30:00 access("/etc/ld.so.preload", R_OK) = -1 ENOENT (No such file or directory)
 *
 * Says no to everything else. What it says is exactly what lexer.ts says of the same line (tests compare the two over
 * real logs and mutations of them); it exists because it takes half the time.
 */
import { byteClass } from './bytes.js';
import * as L from './line.js';
import { timeOfDayEnd } from './prefix.js';
import type { Line } from './line.js';

const PID_MAX = 4194304;
const PID_DIGITS_MAX = 7;
const PID_COLUMNS = 5;

/** Bytes of syscall names: letters, digits, _ and ? (lexer.ts, isName). */
const NAME = byteClass('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_?');

/**
 * b[start, end) is a line, b[end] its line feed, at which every scan to the right stops; scans to the left stop at the
 * call's opening parenthesis at the latest. False: ask lexer.ts; `line` is as before.
 */
export function lexCommon(b: Uint8Array, start: number, end: number, line: Line): boolean {
  let i = start;
  let digit = b[i] - 48;
  let pid = -1;
  let timeStart = -1;
  let timeEnd = -1;
  if (digit >>> 0 < 10) {
    let number = digit;
    digit = b[++i] - 48;
    while (digit >>> 0 < 10) {
      number = (Math.imul(number, 10) + digit) | 0;
      digit = b[++i] - 48;
    }
    const digits = i - start;
    if (b[i] === 32) {
      if (digits > PID_DIGITS_MAX || number > PID_MAX) return false;
      pid = number;
      let padding = PID_COLUMNS - digits;
      while (b[++i] === 32) if (--padding < 0) return false;
      if ((b[i] - 48) >>> 0 < 10) timeStart = i;
    } else {
      timeStart = start;
    }
    if (timeStart >= 0) {
      i = timeStart + 1;
      while ((b[i] - 48) >>> 0 < 10) i++;
      if (b[i] === 58) i = timeOfDayEnd(b, timeStart);
      if (b[i] === 46) {
        i++;
        while ((b[i] - 48) >>> 0 < 10) i++;
        if (b[i - 1] === 46) return false;
      }
      if (b[i] !== 32) return false;
      timeEnd = i++;
    }
  }

  const nameStart = i;
  let c = b[i];
  if (!(c >= 97 && c <= 122) && c !== 95) return false;
  let hash = 0;
  do {
    hash = (Math.imul(hash, 31) + c) | 0;
    c = b[++i];
  } while (NAME[c] === 1);
  if (c !== 40) return false;
  const nameEnd = i;
  const argsStart = i + 1;

  let e = end;
  if (b[e - 1] === 13) e--;
  const lineEnd = e;
  let durationStart = -1;
  let durationEnd = -1;
  let k = e - 1;
  if (b[k] === 62) {
    durationEnd = k--;
    if ((b[k] - 48) >>> 0 >= 10) return false;
    while ((b[k] - 48) >>> 0 < 10) k--;
    if (b[k] === 46) {
      k--;
      while ((b[k] - 48) >>> 0 < 10) k--;
      if (b[k + 1] === 46) return false;
    }
    if (b[k] !== 60 || b[k - 1] !== 32) return false;
    durationStart = k + 1;
    e = k - 1;
    k = e - 1;
  }

  let retStart: number;
  let retEnd = e;
  let errnoStart = e;
  let errnoEnd = e;
  if (b[k] === 41) {
    k--;
    while (b[k] !== 40 && b[k] !== 41) k--;
    if (k <= argsStart || b[k] !== 40 || b[k - 1] !== 32) return false;
    errnoEnd = k - 1;
    k -= 2;
    while ((b[k] >= 65 && b[k] <= 90) || (b[k] - 48) >>> 0 < 10 || b[k] === 95) k--;
    errnoStart = k + 1;
    if (errnoEnd - errnoStart < 2 || b[errnoStart] !== 69 || b[k] !== 32 || b[k - 1] !== 49 || b[k - 2] !== 45) return false;
    retEnd = k;
    retStart = k - 2;
  } else {
    while ((b[k] - 48) >>> 0 < 10) k--;
    if (b[k] === 45) k--;
    else if (b[k] !== 32) {
      while ((b[k] - 48) >>> 0 < 10 || (b[k] - 97) >>> 0 < 6) k--;
      if (b[k] !== 120 || b[k - 1] !== 48 || k === e - 1) return false;
      k -= 2;
    }
    retStart = k + 1;
    if (b[k] !== 32 || retStart === e || (b[retStart] === 45 && retStart + 1 === e)) return false;
  }
  k = retStart - 1;
  if (k < argsStart + 2 || b[k] !== 32 || b[k - 1] !== 61 || b[k - 2] !== 32) return false;
  k -= 3;
  while (b[k] === 32) k--;
  if (k < argsStart || b[k] !== 41) return false;

  line.start = start;
  line.end = lineEnd;
  line.kind = L.KIND_CALL;
  line.head = L.HEAD_NAME;
  line.ending = L.END_RESULT;
  line.pid = pid;
  line.timeStart = timeStart;
  line.timeEnd = timeEnd;
  line.timeRelative = false;
  line.body = nameStart;
  line.nameStart = nameStart;
  line.nameEnd = nameEnd;
  line.nameHash = hash;
  line.argsStart = argsStart;
  line.argsEnd = k;
  line.retStart = retStart;
  line.retEnd = retEnd;
  line.errnoStart = errnoStart;
  line.errnoEnd = errnoEnd;
  line.tailStart = errnoEnd;
  line.tailEnd = e;
  line.durationStart = durationStart;
  line.durationEnd = durationEnd;
  line.otherPid = -1;
  return true;
}
