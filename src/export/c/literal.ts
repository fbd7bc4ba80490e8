/** Bytes as a C string literal. */

/**
 * Printable ASCII stays readable. Everything else is three octal digits, which unlike \x cannot swallow the
 * characters behind them; the second of two question marks is escaped so that no trigraph arises (C11 5.2.1.1).
 * NUL is written too, though a C string ends there.
 */
export function cString(bytes: Uint8Array): string {
  let text = '"';
  let previous = 0;
  for (const byte of bytes) {
    if (byte === 0x22 || byte === 0x5c || (byte === 0x3f && previous === 0x3f)) text += `\\${String.fromCharCode(byte)}`;
    else if (byte >= 0x20 && byte < 0x7f) text += String.fromCharCode(byte);
    else text += `\\${byte.toString(8).padStart(3, '0')}`;
    previous = byte;
  }
  return `${text}"`;
}

/** Text for inside a C comment: one line, and nothing that could end the comment. */
export function cComment(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').replaceAll('*/', '*?');
}
