/**
 * Takes one line of a log apart. The grammar is that of strace 4.x to 7.2: syscall.c (printleader,
 * syscall_entering_finish, syscall_exiting_print), strace.c (print_signalled, print_exited, print_stopped).
 *
 * A call's result is looked for from the line's end, because a plain number or `-1 ENOENT (text)` there cannot be
 * anything else: strings and descriptor annotations, which may hold `) = 3`, end in a quote or an angle bracket.
 * Only other results (`3</a ) = 4>`, `1 (in [3])`) need the arguments to be scanned from the left.
 */
import { ascii, decimal, endsWith, isDigit, startsWith } from './bytes.js';
import * as L from './line.js';
import { hashOf } from './names.js';
import { skipAnnotation, skipChar, skipComment, skipString } from './skip.js';
import { parsePrefix } from './prefix.js';
import type { Line } from './line.js';

const UNFINISHED = ascii('<unfinished ...>');
const DETACHED = ascii('<detached ...>');
const PID_CHANGED = ascii('<pid changed to ');
const MORE = ascii(' ...>');
const CANNOT_RESTART = ascii(' <Cannot restart pid ');
const UNAVAILABLE = ascii('= ? <unavailable>');
const RESUMED = ascii('<... ');
const RESUMED_END = ascii(' resumed>');
const EXITED = ascii('exited with ');
const KILLED = ascii('killed by ');
const SUPERSEDED = ascii('superseded by execve in pid ');
const BYTES_IN = ascii(' bytes in buffer ');
const STRACE = ascii('strace');
const PROCESS = ascii('Process ');
const ATTACHED = ascii(' attached');
const VCPU = ascii('VCPU:');
const RUNS_IN = ascii('[ Process PID=');

/** Fills `line` from b[start, end), a line without its line feed. */
export function lexLine(b: Uint8Array, start: number, end: number, line: Line): void {
  if (end > start && b[end - 1] === 13) end--;
  line.start = start;
  line.end = end;
  line.head = L.HEAD_NONE;
  line.ending = L.END_OPEN;
  line.errnoStart = line.errnoEnd = line.tailStart = line.tailEnd = 0;
  line.durationStart = line.durationEnd = -1;
  line.otherPid = -1;
  if (start === end) {
    clearPrefix(line, start);
    line.kind = L.KIND_BLANK;
    return;
  }
  if (b[start] === 32 && lexIndented(b, start, end, line)) return;
  const body = parsePrefix(b, start, end, line);
  line.body = body;
  if (!lexBody(b, body, end, line)) {
    clearPrefix(line, start);
    line.kind = isNote(b, start, end) ? L.KIND_NOTE : L.KIND_UNRECOGNISED;
    line.head = L.HEAD_NONE;
  }
}

function clearPrefix(line: Line, start: number): void {
  line.pid = -1;
  line.timeStart = line.timeEnd = -1;
  line.timeRelative = false;
  line.body = start;
}

/** ` | 00000  61 ...  a |`, ` * 3 bytes in buffer 0`, ` > lib(f+0x1) [0x2]`: what stands below a call. */
function lexIndented(b: Uint8Array, start: number, end: number, line: Line): boolean {
  const c = b[start + 1];
  if (c === 124 && b[start + 2] === 32 && b[end - 1] === 124 && isHexColumn(b, start + 3, end)) line.kind = L.KIND_HEXDUMP;
  else if (c === 42 && b[start + 2] === 32) {
    let i = start + 3;
    while (i < end && isDigit(b[i])) i++;
    if (!startsWith(b, i, end, BYTES_IN)) return false;
    line.kind = L.KIND_HEXDUMP;
  } else if (c === 62 && b[start + 2] === 32) line.kind = L.KIND_STACK;
  else return false;
  clearPrefix(line, start);
  return true;
}

function isHexColumn(b: Uint8Array, start: number, end: number): boolean {
  let i = start;
  while (i < end && isHex(b[i])) i++;
  return i - start >= 5 && b[i] === 32 && b[i + 1] === 32;
}

const isHex = (c: number): boolean => isDigit(c) || (c >= 97 && c <= 102);
const isName = (c: number): boolean => (c >= 97 && c <= 122) || c === 95 || isDigit(c) || (c >= 65 && c <= 90) || c === 63;

function lexBody(b: Uint8Array, body: number, end: number, line: Line): boolean {
  const c = b[body];
  if (c === 60) return lexResumed(b, body, end, line);
  if (c === 45) return lexSignal(b, body, end, line);
  if (c === 43) return lexExit(b, body, end, line);
  let i = body;
  while (i < end && isName(b[i])) i++;
  if (i === body || b[i] !== 40 || isDigit(c)) return false;
  line.kind = L.KIND_CALL;
  line.head = L.HEAD_NAME;
  line.nameStart = body;
  line.nameEnd = i;
  line.nameHash = hashOf(b, body, i);
  line.argsStart = i + 1;
  lexTail(b, i + 1, end, line);
  return true;
}

function lexResumed(b: Uint8Array, body: number, end: number, line: Line): boolean {
  if (!startsWith(b, body, end, RESUMED)) return false;
  let i = body + RESUMED.length;
  line.nameStart = i;
  while (i < end && isName(b[i])) i++;
  if (i === line.nameStart || !startsWith(b, i, end, RESUMED_END)) return false;
  line.nameEnd = i;
  line.nameHash = hashOf(b, line.nameStart, i);
  line.kind = L.KIND_CALL;
  line.head = L.HEAD_RESUMED;
  line.argsStart = i + RESUMED_END.length;
  lexTail(b, line.argsStart, end, line);
  return true;
}

function lexSignal(b: Uint8Array, body: number, end: number, line: Line): boolean {
  if (b[body + 1] !== 45 || b[body + 2] !== 45 || b[body + 3] !== 32 || end - body < 8) return false;
  // Below -e trace of a call the line may go on: only what ends in "---" is whole.
  if (b[end - 1] !== 45 || b[end - 2] !== 45 || b[end - 3] !== 45) return false;
  line.kind = L.KIND_SIGNAL;
  return true;
}

function lexExit(b: Uint8Array, body: number, end: number, line: Line): boolean {
  if (b[body + 1] !== 43 || b[body + 2] !== 43 || b[body + 3] !== 32 || b[end - 1] !== 43) return false;
  const text = body + 4;
  if (startsWith(b, text, end, EXITED)) line.kind = L.KIND_EXIT;
  else if (startsWith(b, text, end, KILLED)) line.kind = L.KIND_KILLED;
  else if (startsWith(b, text, end, SUPERSEDED)) {
    line.kind = L.KIND_SUPERSEDED;
    const from = text + SUPERSEDED.length;
    let i = from;
    while (i < end && isDigit(b[i])) i++;
    line.otherPid = decimal(b, from, i);
  } else return false;
  return true;
}

/** The diagnostics of strace itself, which it prints to stderr under its own name, and the register dumps of KVM. */
function isNote(b: Uint8Array, start: number, end: number): boolean {
  if (startsWith(b, start, end, PROCESS) || startsWith(b, start, end, VCPU) || startsWith(b, start, end, RUNS_IN)) return true;
  for (let i = start; i + 1 < end; i++) {
    const c = b[i];
    if (c === 34 || c === 40) return false;
    if (c === 58 && b[i + 1] === 32) return endsWith(b, start, i, STRACE);
  }
  return false;
}

/** Everything behind `name(` or `resumed>`: arguments, result, duration; or how the line breaks off. */
export function lexTail(b: Uint8Array, from: number, lineEnd: number, line: Line): void {
  let end = lineEnd;
  line.durationStart = line.durationEnd = -1;
  if (b[end - 1] === 62) {
    if (b[end - 2] === 46 ? lexBrokenOff(b, from, end, line) : lexCannotRestart(b, from, end, line)) return;
    const open = durationOpen(b, from, end);
    if (open >= 0) {
      line.durationStart = open + 1;
      line.durationEnd = end - 1;
      end = open - 1;
    }
  }
  if (resultAtEnd(b, from, end, line) || resultScanned(b, from, end, line)) {
    line.ending = L.END_RESULT;
    return;
  }
  line.durationStart = line.durationEnd = -1;
  line.ending = L.END_OPEN;
  line.argsEnd = endsWith(b, from, lineEnd, ATTACHED) ? spliceStart(b, from, lineEnd) : lineEnd;
}

function lexBrokenOff(b: Uint8Array, from: number, end: number, line: Line): boolean {
  let at = -1;
  if (endsWith(b, from, end, UNFINISHED)) {
    line.ending = L.END_UNFINISHED;
    at = end - UNFINISHED.length;
  } else if (endsWith(b, from, end, DETACHED)) {
    line.ending = L.END_DETACHED;
    at = end - DETACHED.length;
  } else if (endsWith(b, from, end, MORE)) {
    const digitsEnd = end - MORE.length;
    let i = digitsEnd;
    while (i > from && isDigit(b[i - 1])) i--;
    if (i === digitsEnd || !endsWith(b, from, i, PID_CHANGED)) return false;
    line.ending = L.END_PID_CHANGED;
    line.otherPid = decimal(b, i, digitsEnd);
    at = i - PID_CHANGED.length;
  }
  if (at < 0) return false;
  line.argsEnd = at > from && b[at - 1] === 32 ? at - 1 : at;
  return true;
}

/** ` <Cannot restart pid 7 with ptrace(PTRACE_SYSCALL): No such process>` behind a call whose process vanished. */
function lexCannotRestart(b: Uint8Array, from: number, end: number, line: Line): boolean {
  if (isDigit(b[end - 2])) return false;
  for (let i = end - CANNOT_RESTART.length; i >= from; i--) {
    if (b[i + 1] === 60 && startsWith(b, i, end, CANNOT_RESTART)) {
      line.ending = L.END_UNFINISHED;
      line.argsEnd = i;
      return true;
    }
  }
  return false;
}

/** Position of `<` in ` <0.000012>` at the end, or -1. */
function durationOpen(b: Uint8Array, from: number, end: number): number {
  let i = end - 2;
  while (i > from && isDigit(b[i])) i--;
  if (i === end - 2) return -1;
  if (b[i] === 46) {
    const point = i--;
    while (i > from && isDigit(b[i])) i--;
    if (i === point - 1) return -1;
  }
  return b[i] === 60 && i > from && b[i - 1] === 32 ? i : -1;
}

/** `) = 3`, `) = 0x7f..`, `) = ?`, `) = -1 ENOENT (No such file or directory)`, `) = ? ERESTARTSYS (...)`. */
function resultAtEnd(b: Uint8Array, from: number, end: number, line: Line): boolean {
  let i = end;
  if (b[i - 1] === 41) {
    // The text in parentheses; none of strerror's holds a parenthesis.
    i -= 2;
    while (i > from && b[i] !== 40 && b[i] !== 41) i--;
    if (i <= from || b[i] !== 40 || b[i - 1] !== 32) return false;
    const errnoEnd = i - 1;
    i = errnoEnd - 1;
    while (i > from && isErrnoChar(b[i])) i--;
    const errnoStart = i + 1;
    if (errnoEnd - errnoStart < 2 || b[errnoStart] !== 69 || b[i] !== 32) return false;
    const one = b[i - 1];
    if (one === 49 ? b[i - 2] !== 45 : one !== 63) return false;
    const retStart = one === 49 ? i - 2 : i - 1;
    const close = closeBefore(b, from, retStart);
    if (close < 0) return false;
    line.argsEnd = close;
    line.retStart = retStart;
    line.retEnd = i;
    line.errnoStart = errnoStart;
    line.errnoEnd = errnoEnd;
    line.tailStart = errnoEnd;
    line.tailEnd = end;
    return true;
  }
  while (i > from && isValueChar(b[i - 1])) i--;
  if (!isNumber(b, i, end)) return false;
  const close = closeBefore(b, from, i);
  if (close < 0) return false;
  line.argsEnd = close;
  line.retStart = i;
  line.retEnd = end;
  line.errnoStart = line.errnoEnd = line.tailStart = line.tailEnd = end;
  return true;
}

const isErrnoChar = (c: number): boolean => (c >= 65 && c <= 90) || isDigit(c) || c === 95;
const isValueChar = (c: number): boolean => isDigit(c) || (c >= 97 && c <= 102) || c === 120 || c === 45 || c === 63;

/** `-1`, `12`, `0x7f`, `?` */
function isNumber(b: Uint8Array, start: number, end: number): boolean {
  const size = end - start;
  if (size < 1) return false;
  if (b[start] === 63) return size === 1;
  if (b[start] === 48 && b[start + 1] === 120) {
    for (let i = start + 2; i < end; i++) if (!isHex(b[i])) return false;
    return size > 2;
  }
  let i = b[start] === 45 ? start + 1 : start;
  if (i === end) return false;
  for (; i < end; i++) if (!isDigit(b[i])) return false;
  return true;
}

/** Position of the parenthesis in `)   = ` that ends right before `value`, or -1. */
function closeBefore(b: Uint8Array, from: number, value: number): number {
  let i = value - 1;
  if (i < from + 2 || b[i] !== 32 || b[i - 1] !== 61 || b[i - 2] !== 32) return -1;
  i -= 3;
  while (i >= from && b[i] === 32) i--;
  return i >= from && b[i] === 41 ? i : -1;
}

/** Any result: finds the parenthesis that closes the arguments from the left, or, failing that, from the right. */
function resultScanned(b: Uint8Array, from: number, end: number, line: Line): boolean {
  const close = closeFromLeft(b, from, end);
  if (close >= 0 && parseResult(b, close, end, line)) return true;
  for (let i = end - 1; i >= from; i--) {
    if (b[i] === 41 && b[i + 1] === 32 && parseResult(b, i, end, line)) return true;
  }
  return endsWith(b, from, end, UNAVAILABLE) && unavailable(b, from, end, line);
}

/** `????(= ? <unavailable>`, `????( <unavailable>)= ? <unavailable>`: strace 4.x before a process vanished. */
function unavailable(b: Uint8Array, from: number, end: number, line: Line): boolean {
  line.retStart = end - UNAVAILABLE.length + 2;
  line.retEnd = line.errnoStart = line.errnoEnd = line.tailStart = line.retStart + 1;
  line.tailEnd = end;
  line.argsEnd = line.retStart - 2;
  if (line.argsEnd > from && b[line.argsEnd - 1] === 41) line.argsEnd--;
  return true;
}

function closeFromLeft(b: Uint8Array, from: number, end: number): number {
  let depth = 0;
  for (let i = from; i < end; ) {
    const c = b[i];
    if (c === 34) i = skipString(b, i, end);
    else if (c === 39) i = skipChar(b, i, end);
    else if (c === 47 && b[i + 1] === 42) i = skipComment(b, i, end);
    else if (c === 60 && i > from) i = skipAnnotation(b, i, end);
    else {
      if (c === 40) depth++;
      else if (c === 41) {
        if (depth === 0) return i;
        depth--;
      }
      i++;
    }
    if (i < 0) return -1;
  }
  return -1;
}

/** Whether b[from, end) can be the arguments of a call, or the last of them: no parenthesis closes that does not open. */
export function argumentsAreBalanced(b: Uint8Array, from: number, end: number): boolean {
  return closeFromLeft(b, from, end + 1) === end;
}

/** `)  = 3</a>(deleted) (INJECTED)` from the parenthesis on. */
function parseResult(b: Uint8Array, close: number, end: number, line: Line): boolean {
  let i = close + 1;
  while (i < end && b[i] === 32) i++;
  if (i === close + 1 || b[i] !== 61 || b[i + 1] !== 32) return false;
  i += 2;
  const retStart = i;
  while (i < end && isValueChar(b[i])) i++;
  if (!isNumber(b, retStart, i)) return false;
  if (b[i] === 60 && i < end) {
    i = skipAnnotation(b, i, end);
    if (i < 0) return false;
    if (b[i] === 40) while (i < end && b[i] !== 32) i++; // (deleted)
  }
  const retEnd = i;
  if (i < end && b[i] !== 32) return false;
  let errnoStart = i;
  let errnoEnd = i;
  if (b[i + 1] === 69 && i < end) {
    errnoStart = errnoEnd = i + 1;
    while (errnoEnd < end && isErrnoChar(b[errnoEnd])) errnoEnd++;
    if (errnoEnd < end && b[errnoEnd] !== 32) return false;
  }
  const rest = errnoEnd > errnoStart ? errnoEnd : i;
  if (rest < end && !isTailStart(b[rest + 1])) return false;
  line.argsEnd = close;
  line.retStart = retStart;
  line.retEnd = retEnd;
  line.errnoStart = errnoStart;
  line.errnoEnd = errnoEnd;
  line.tailStart = rest;
  line.tailEnd = end;
  return true;
}

/** ` (INJECTED)`, ` <unavailable>`, a comment, a security context. */
const isTailStart = (c: number): boolean => c === 40 || c === 60 || c === 47 || c === 91;

/** Where strace's own "strace: Process 9 attached" begins in a line that it broke into; else `end`. */
function spliceStart(b: Uint8Array, from: number, end: number): number {
  let i = end - ATTACHED.length;
  while (i > from && isDigit(b[i - 1])) i--;
  if (!endsWith(b, from, i, PROCESS)) return end;
  i -= PROCESS.length;
  if (!(b[i - 1] === 32 && b[i - 2] === 58)) return i; // 4.x prints no program name
  const colon = i - 2;
  i = colon;
  while (i > from && !isArgsDelimiter(b[i - 1])) i--;
  for (let k = i; k < colon; k++) {
    if (b[k] === 47 || b[k] === 46) return k;
    if (startsWith(b, k, colon, STRACE)) return k;
  }
  return end;
}

const isArgsDelimiter = (c: number): boolean => c === 32 || c === 44 || c === 124 || c === 40 || c === 34 || c === 62;
