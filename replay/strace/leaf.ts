/** Numbers and escapes. */
import { isDigit, latin1, copyOf } from './bytes.js';
import type { Value } from '../trace/model.js';

const SIMPLE: Readonly<Record<number, number>> = { 110: 10, 116: 9, 114: 13, 118: 11, 102: 12, 97: 7, 98: 8, 101: 27 };

const hexDigit = (c: number): number => (isDigit(c) ? c - 48 : c >= 97 && c <= 102 ? c - 87 : c >= 65 && c <= 70 ? c - 55 : -1);

/** Bytes between quotes: \n, \", octal of one to three digits, \x with two digits. */
export function unescape(b: Uint8Array, start: number, end: number): Uint8Array {
  let i = start;
  while (i < end && b[i] !== 92) i++;
  if (i === end) return copyOf(b, start, end);
  const out = new Uint8Array(end - start);
  let n = 0;
  for (i = start; i < end; i++) {
    let c = b[i];
    if (c === 92 && i + 1 < end) {
      c = b[++i]!;
      if (c >= 48 && c <= 55) {
        let value = c - 48;
        for (let digits = 1; digits < 3 && i + 1 < end && b[i + 1] >= 48 && b[i + 1] <= 55; digits++) value = value * 8 + (b[++i] - 48);
        c = value & 255;
      } else if (c === 120 && i + 1 < end && hexDigit(b[i + 1]) >= 0) {
        let value = hexDigit(b[++i]);
        if (i + 1 < end && hexDigit(b[i + 1]) >= 0) value = value * 16 + hexDigit(b[++i]);
        c = value;
      } else c = SIMPLE[c] ?? c;
    }
    out[n++] = c;
  }
  return out.slice(0, n);
}

/** b[start, end) is -1, 0644, 0x7f..., 12. */
export function readNumber(b: Uint8Array, start: number, end: number): Extract<Value, { type: 'number' }> {
  const negative = b[start] === 45;
  const digits = negative ? start + 1 : start;
  const text = latin1(b, digits, end);
  if (text.startsWith('0x')) return { type: 'number', value: integer(text, negative, end - digits <= 15), hex: true };
  if (text.length > 1 && /^0[0-7]+$/.test(text)) {
    return { type: 'number', value: integer(`0o${text}`, negative, text.length <= 17), hex: false, octal: true };
  }
  return { type: 'number', value: integer(text, negative, text.length <= 15), hex: false };
}

/** The same as a number; null where a double cannot hold it. */
export function readInteger(b: Uint8Array, start: number, end: number): number | null {
  const negative = b[start] === 45;
  const first = negative ? start + 1 : start;
  if (end - first <= 15) {
    // 15 digits of any base but 16 fit a double, and 13 of that.
    const hex = b[first + 1] === 120;
    const base = hex ? 16 : b[first] === 48 ? 8 : 10;
    let n = 0;
    let i = hex ? first + 2 : first;
    for (; i < end; i++) {
      const digit = hexDigit(b[i]);
      if (digit < 0 || digit >= base) break;
      n = n * base + digit;
    }
    if (i === end) return negative && n !== 0 ? -n : n;
  }
  const number = Number(readNumber(b, start, end).value);
  return Number.isSafeInteger(number) ? number : null;
}

function integer(text: string, negative: boolean, small: boolean): number | bigint {
  if (small) {
    const n = Number(text);
    return negative && n !== 0 ? -n : n;
  }
  const big = BigInt(text);
  const signed = negative ? -big : big;
  const n = Number(signed);
  return Number.isSafeInteger(n) ? n : signed;
}
