/** What a call returned. */
import { decimal, latin1 } from './bytes.js';
import type { Line } from './line.js';

/** Every number of so many digits is exact in a double. */
const SAFE_DIGITS = 15;

/** null for `?`; bigint where a double cannot hold it. Octal as umask prints it. */
export function returnValue(b: Uint8Array, line: Line): number | bigint | null {
  let start = line.retStart;
  if (b[start] === 63) return null;
  const negative = b[start] === 45;
  if (negative) start++;
  let end = start;
  if (b[start] === 48 && b[start + 1] === 120) {
    end = start + 2;
    let n = 0;
    for (; end < line.retEnd; end++) {
      const c = b[end];
      const digit = c >= 48 && c <= 57 ? c - 48 : c >= 97 && c <= 102 ? c - 87 : -1;
      if (digit < 0) break;
      n = n * 16 + digit;
    }
    return n <= Number.MAX_SAFE_INTEGER ? n : BigInt(latin1(b, start, end));
  }
  while (end < line.retEnd && b[end] >= 48 && b[end] <= 57) end++;
  if (end - start <= SAFE_DIGITS && (b[start] !== 48 || end - start === 1)) return signed(decimal(b, start, end), negative);
  const text = latin1(b, start, end);
  if (b[start] === 48 && end - start > 1 && /^[0-7]+$/.test(text)) return signed(Number.parseInt(text, 8), negative);
  const n = decimal(b, start, end);
  if (n > Number.MAX_SAFE_INTEGER) return negative ? -BigInt(text) : BigInt(text);
  return signed(n, negative);
}

const signed = (n: number, negative: boolean): number => (negative && n !== 0 ? -n : n);
