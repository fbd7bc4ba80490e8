/** The program's own output inside a call's line, when strace and the program write to the same stderr. */
import { isDigit } from './bytes.js';
import { skipString } from './skip.js';
import { unescape } from './leaf.js';

/**
 * `write(2, "a\n", 2a` + `` (before `) = 2`): the program's output stands behind the last argument. What follows the
 * number that the string's bytes explain, or else everything behind the last whole number, is dropped.
 */
export function spliced(head: Uint8Array, b: Uint8Array, start: number, end: number): Uint8Array {
  const rest = b.subarray(start, end);
  if (rest.length > 0 && rest[0] === 44) return join(head, rest);
  const string = lastString(head);
  if (string === null) return join(head, rest);
  const tail = head.subarray(string.end);
  const first = string.bytes.indexOf(10);
  const shown = first >= 0 ? string.bytes.subarray(0, first) : string.bytes;
  let cut = shown.length > 0 ? Buffer.from(tail.buffer, tail.byteOffset, tail.length).indexOf(shown) : tail.length;
  if (cut < 0) cut = lastNumberEnd(tail);
  return head.slice(0, string.end + cut);
}

function join(head: Uint8Array, rest: Uint8Array): Uint8Array {
  const out = new Uint8Array(head.length + rest.length);
  out.set(head);
  out.set(rest, head.length);
  return out;
}

function lastString(b: Uint8Array): { end: number; bytes: Uint8Array } | null {
  let found: { end: number; bytes: Uint8Array } | null = null;
  for (let i = 0; i < b.length; i++) {
    if (b[i] !== 34) continue;
    const stop = skipString(b, i, b.length);
    if (stop < 0) break;
    found = { end: stop, bytes: unescape(b, i + 1, stop - 1) };
    i = stop - 1;
  }
  return found;
}

/** Behind the digits that begin after the last ", ". */
function lastNumberEnd(b: Uint8Array): number {
  let i = 0;
  while (i < b.length && !isDigit(b[i])) i++;
  while (i < b.length && isDigit(b[i])) i++;
  return i;
}
