/** Small questions about bytes. */

/** A table that is 1 for the bytes of `chars` and 0 for all others: one lookup instead of several comparisons. */
export function byteClass(chars: string): Uint8Array {
  const table = new Uint8Array(256);
  for (const c of chars) table[c.charCodeAt(0)] = 1;
  return table;
}

export const isDigit = (c: number): boolean => c >= 48 && c <= 57;

export function startsWith(b: Uint8Array, at: number, end: number, text: Uint8Array): boolean {
  if (end - at < text.length) return false;
  for (let i = 0; i < text.length; i++) if (b[at + i] !== text[i]) return false;
  return true;
}

export function endsWith(b: Uint8Array, start: number, end: number, text: Uint8Array): boolean {
  return end - start >= text.length && startsWith(b, end - text.length, end, text);
}

export const ascii = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** b[start, end) as a string with one char per byte: a cheap map key that stays exact for any bytes. */
export function latin1(b: Uint8Array, start = 0, end = b.length): string {
  return latin1Slice.call(b, start, end);
}

/** What Buffer's toString('latin1') ends in; it takes any Uint8Array, which spares a Buffer object per text. */
const { latin1Slice } = Buffer.prototype as unknown as { latin1Slice: (this: Uint8Array, start: number, end: number) => string };

/** Decimal digits to a double; the caller knows that they are digits. */
export function decimal(b: Uint8Array, start: number, end: number): number {
  let n = 0;
  for (let i = start; i < end; i++) n = n * 10 + (b[i] - 48);
  return n;
}

const POWERS = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12];

/** `12`, `12.345`, `04:18:30.628450` to seconds. */
export function seconds(b: Uint8Array, start: number, end: number): number {
  let total = 0;
  let n = 0;
  for (let i = start; i < end; i++) {
    const digit = b[i] - 48;
    if (digit >>> 0 < 10) n = n * 10 + digit;
    else if (digit === 10) {
      total = (total + n) * 60;
      n = 0;
    } else return digit === -2 ? fraction(total + n, decimal(b, i + 1, end), end - i - 1) : total + n;
  }
  return total + n;
}

/** One rounding only: the digits as one integer where a double holds it. */
function fraction(whole: number, digits: number, count: number): number {
  const power = POWERS[count] ?? 10 ** count;
  const scaled = whole * power + digits;
  return scaled <= Number.MAX_SAFE_INTEGER ? scaled / power : whole + digits / power;
}

/** Up to so many bytes a loop is faster than making a view of them. */
const LOOP_BYTES_MAX = 256;

/** A copy. (`slice` of a Buffer would be a view, which the next chunk of the log overwrites.) */
export function copyOf(b: Uint8Array, start: number, end: number): Uint8Array {
  const size = end - start;
  const copy = new Uint8Array(size);
  if (size > LOOP_BYTES_MAX) copy.set(b.subarray(start, end));
  else for (let i = 0; i < size; i++) copy[i] = b[start + i];
  return copy;
}
