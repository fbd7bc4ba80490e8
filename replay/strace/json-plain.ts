/**
 * The values that most arguments are, read and written in one go. What it writes is what the grammar (args.ts) and its
 * builder (json-args.ts) write of the same bytes, which a test compares; it exists because it takes half the time.
 */
import { BAR, IDENT, QUOTE, isHex } from './args-cursor.js';
import { Literal } from './out.js';
import type { Out } from './out.js';

const MINUS = 45;
const ZERO = 48;
const DIGITS_MAX = 9;
const HEX_DIGITS_MAX = 12;
const FLAGS = new Literal('{"flags":["');
const FLAGS_END = new Literal('"]}');
const NULL = new Literal('null');

/** The value at b[start]. Returns where it stops; -1: it is none of these, and what is written is of no use. */
export function writePlain(out: Out, b: Uint8Array, start: number, end: number): number {
  const c = b[start];
  if (c === QUOTE) return writeString(out, b, start, end);
  if (c - ZERO >>> 0 < 10 || c === MINUS) return writeInteger(out, b, start, end);
  return IDENT[c] === 1 ? writeWords(out, b, start, end) : -1;
}

/** Without a backslash. */
function writeString(out: Out, b: Uint8Array, start: number, end: number): number {
  out.byte(QUOTE);
  const stop = out.copyPlain(b, start + 1, end);
  if (stop >= end || b[stop] !== QUOTE) return -1;
  out.byte(QUOTE);
  return stop + 1;
}

/** `12`, `-1`, `0x7f0c19885000`, as far as small integers go. */
function writeInteger(out: Out, b: Uint8Array, start: number, end: number): number {
  let i = b[start] === MINUS ? start + 1 : start;
  if (b[i] === ZERO) {
    if (i > start) return -1;
    if (i + 1 < end && b[i + 1] === 120) return writeHex(out, b, start, end);
    if (i + 1 < end && (b[i + 1] - ZERO) >>> 0 < 10) return -1; // octal
  }
  const digits = i;
  while (i < end && (b[i] - ZERO) >>> 0 < 10) i++;
  if (i === digits || i - start > DIGITS_MAX) return -1;
  out.copy(b, start, i);
  return i;
}

/** In two halves, which stay small integers. */
function writeHex(out: Out, b: Uint8Array, start: number, end: number): number {
  let i = start + 2;
  while (i < end && isHex(b[i])) i++;
  const digits = i - start - 2;
  if (digits === 0 || digits > HEX_DIGITS_MAX) return -1;
  let high = 0;
  let low = 0;
  let k = start + 2;
  for (; k < i - 6; k++) high = high * 16 + hexDigit(b[k]);
  for (; k < i; k++) low = low * 16 + hexDigit(b[k]);
  out.integer(high * 0x1000000 + low);
  return i;
}

const hexDigit = (c: number): number => (c <= 57 ? c - 48 : (c | 32) - 87);

/** NULL, A, A|B|0644 */
function writeWords(out: Out, b: Uint8Array, start: number, end: number): number {
  const mark = out.length;
  out.literal(FLAGS);
  const to = out.bytes;
  let at = out.length;
  let i = start;
  for (; i < end; i++) {
    const c = b[i];
    if (IDENT[c] === 1) to[at++] = c;
    else if (c !== BAR || b[i - 1] === BAR) break;
    else {
      to[at++] = QUOTE;
      to[at++] = 44;
      to[at++] = QUOTE;
    }
  }
  if (b[i - 1] === BAR) return -1;
  if (i === start + 4 && b[start] === 78 && b[start + 1] === 85 && b[start + 2] === 76 && b[start + 3] === 76) {
    out.length = mark;
    out.literal(NULL);
    return i;
  }
  out.length = at;
  out.literal(FLAGS_END);
  return i;
}
