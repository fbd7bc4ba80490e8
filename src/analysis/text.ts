/**
 * Paths for people. Inside the analyses a path is a latin1 string, one char per byte (cheap map keys; bytes stay
 * bytes). Shown, it is UTF-8 where it is valid and harmless; every byte or character that could steer a terminal,
 * reorder text or hide in it is written as an escape, and so is the backslash: no two paths look the same.
 */
import { HIDDEN, jsonEscapes } from '../../replay/strace/hidden.js';

/** With C0 and lone surrogates. */
const UNSAFE = new RegExp(`[\\u0000-\\u001f\\ud800-\\udfff]|${HIDDEN.source}`, 'u');
const HARMLESS_ASCII = /^[ -~]*$/;
const PRINTABLE_ASCII = /^[ -[\]-~]*$/;
const DECODER = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const NAMED: ReadonlyMap<string, string> = new Map([['\n', '\\n'], ['\t', '\\t'], ['\r', '\\r'], ['\\', '\\\\']]);

const bytesOf = (latin1: string): Buffer => Buffer.from(latin1, 'latin1');

function decoded(latin1: string): string | null {
  try {
    return DECODER.decode(bytesOf(latin1));
  } catch {
    return null;
  }
}

function escaped(character: string): string {
  const named = NAMED.get(character);
  if (named !== undefined) return named;
  if (!UNSAFE.test(character)) return character;
  const code = character.codePointAt(0)!;
  return code < 256 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`;
}

/** A latin1 path as harmless, unambiguous text. */
export function shown(latin1: string): string {
  if (PRINTABLE_ASCII.test(latin1)) return latin1;
  const text = decoded(latin1);
  if (text !== null) return Array.from(text, escaped).join('');
  return Array.from(latin1, (c) => (c > '~' ? `\\x${c.charCodeAt(0).toString(16)}` : escaped(c))).join('');
}

/** The same of a string of ours, such as the name of a log. */
export const shownText = (text: string): string => shown(Buffer.from(text).toString('latin1'));

/** A string of ours with what is not harmless as escapes; what is escaped already stays as it is. Line feeds stay. */
export function visible(text: string): string {
  if (HARMLESS_ASCII.test(text)) return text;
  return Array.from(text, (c) => (c === '\\' || c === '\n' ? c : escaped(c))).join('');
}

/** Text that strace printed, which has escapes of its own: only what is not harmless is escaped. */
export function harmless(latin1: string): string {
  if (HARMLESS_ASCII.test(latin1)) return latin1;
  return Array.from(latin1, (c) => (c === '\\' ? c : c > '~' ? `\\x${c.charCodeAt(0).toString(16)}` : escaped(c))).join('');
}

/** A latin1 path for JSON: a string, or `{"bytes": base64}` where the bytes are not UTF-8. */
export function jsonPath(latin1: string): string | { readonly bytes: string } {
  if (PRINTABLE_ASCII.test(latin1)) return latin1;
  return decoded(latin1) ?? { bytes: bytesOf(latin1).toString('base64') };
}

/** `12345` -> `12,345`. By hand, since the first use of a locale costs more than reading a small log. */
export const grouped = (n: number): string => (Number.isSafeInteger(n) ? String(n).replace(/\B(?=(\d{3})+$)/g, ',') : n.toLocaleString('en-US'));

/** JSON in which those characters are \u escapes: the same document, harmless when it is printed. */
export function safeJson(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(HIDDEN, jsonEscapes);
}
