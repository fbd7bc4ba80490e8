/**
 * What strace prints before a call (syscall.c, printleader), in this order:
 * pid (`772   `, `9<sh> `, `[pid    75] `), security context, time (`04:18:30.628450 `, `1795148237.123456 `, `     0.000022 `),
 * difference (`(+     0.000022) `), syscall number (`[   3] `), instruction pointer (`[00007f0e4bdb1c47] `).
 */
import { byteClass, decimal, isDigit } from './bytes.js';
import type { Line } from './line.js';

/** PID_MAX_LIMIT of the kernel (include/linux/threads.h): a larger leading number is a time. */
const PID_MAX = 4194304;

const CONTEXT = byteClass('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_.,!*-');

/** Returns where the body begins. */
export function parsePrefix(b: Uint8Array, start: number, end: number, line: Line): number {
  line.pid = -1;
  line.timeStart = line.timeEnd = -1;
  line.timeRelative = false;
  let p = start;
  // Blanks that padding of the pid to five columns explains; more means a time padded to six columns (-r).
  let padding = 0;
  const c = b[p];
  if (isDigit(c)) {
    let i = p + 1;
    while (i < end && isDigit(b[i])) i++;
    const number = i - p <= 7 ? decimal(b, p, i) : PID_MAX + 1;
    if (number <= PID_MAX) {
      let after = -1;
      if (b[i] === 32) after = i + 1;
      else if (b[i] === 60) after = afterComm(b, i, end, 32);
      if (after > 0 && after < end) {
        line.pid = number;
        padding = Math.max(0, 5 - (i - p));
        p = after;
      }
    }
  } else if (c === 91 && b[p + 1] === 112) {
    const after = bracketPid(b, p, end, line);
    if (after > 0) p = after;
  }
  if (b[p] === 91) p = afterContext(b, p, end);
  return afterTime(b, p, end, padding, line);
}

/** Behind `[unconfined_u:unconfined_r:unconfined_t:s0] ` (--secontext); `i` itself when something else stands there. */
function afterContext(b: Uint8Array, i: number, end: number): number {
  let colons = 0;
  for (let k = i + 1; k < end; k++) {
    const c = b[k];
    if (c === 93) return colons >= 2 && b[k + 1] === 32 ? k + 2 : i;
    if (c === 58) colons++;
    else if (CONTEXT[c] !== 1) return i;
  }
  return i;
}

/** Behind `<name> `; `close` is what follows the angle bracket. */
function afterComm(b: Uint8Array, i: number, end: number, close: number): number {
  for (i++; i < end; i++) {
    if (b[i] === 92) i++;
    else if (b[i] === 62) return b[i + 1] === close ? i + 2 : -1;
  }
  return -1;
}

/** `[pid    75] `, `[pid    75<sh>] ` */
function bracketPid(b: Uint8Array, p: number, end: number, line: Line): number {
  if (b[p + 2] !== 105 || b[p + 3] !== 100 || b[p + 4] !== 32) return -1;
  let i = p + 5;
  while (i < end && b[i] === 32) i++;
  const digits = i;
  while (i < end && isDigit(b[i])) i++;
  if (i === digits || i - digits > 7) return -1;
  const digitsEnd = i;
  if (b[i] === 60) i = afterComm(b, i, end, 93);
  else i = b[i] === 93 ? i + 1 : -1;
  if (i < 0 || i >= end || b[i] !== 32) return -1;
  line.pid = decimal(b, digits, digitsEnd);
  return i + 1;
}

function afterTime(b: Uint8Array, p: number, end: number, padding: number, line: Line): number {
  let i = p;
  while (i < end && b[i] === 32) i++;
  const blanks = i - p;
  let body = i;
  if (isDigit(b[i] ?? 0)) {
    const start = i;
    while (i < end && isDigit(b[i])) i++;
    if (b[i] === 58) i = timeOfDayEnd(b, start);
    let whole = true;
    if (b[i] === 46) {
      i++;
      while (i < end && isDigit(b[i])) i++;
      whole = b[i - 1] !== 46;
    }
    if (b[i] === 32 && i < end && whole) {
      line.timeStart = start;
      line.timeEnd = i;
      line.timeRelative = blanks > padding;
      i++;
      if (b[i] === 40 && b[i + 1] === 43) {
        let k = i + 2;
        while (k < end && (b[k] === 32 || isDigit(b[k]) || b[k] === 46)) k++;
        if (b[k] === 41 && b[k + 1] === 32) {
          i = k + 2;
          line.timeRelative = false;
        }
      }
      body = i;
    }
  }
  // -n and -i; two at most.
  for (let n = 0; n < 2 && b[body] === 91; n++) {
    const after = afterBracket(b, body, end);
    if (after < 0) break;
    body = after;
  }
  return body;
}

/** Behind HH:MM:SS at b[i]; `i` itself when something else stands there. */
export function timeOfDayEnd(b: Uint8Array, i: number): number {
  for (let k = 0; k < 8; k++) {
    const c = b[i + k];
    if (k === 2 || k === 5 ? c !== 58 : !isDigit(c)) return i;
  }
  return i + 8;
}

/** Behind `[ 257] `, `[00007f0e4bdb1c47] `, `[????????????????] `, or -1. */
function afterBracket(b: Uint8Array, i: number, end: number): number {
  for (i++; i < end; i++) {
    const c = b[i];
    if (c === 93) return b[i + 1] === 32 ? i + 2 : -1;
    if (!(c === 32 || c === 63 || isDigit(c) || (c >= 97 && c <= 102))) return -1;
  }
  return -1;
}
