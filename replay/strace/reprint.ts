/**
 * Prints arguments again from what was read of them: strings from their bytes, numbers from their value, flags, structs
 * and arrays from their parts. `check --roundtrip` compares the result with the log: a difference is something that
 * the grammar took for something else.
 */
import { latin1 } from './bytes.js';
import { readNumber, unescape } from './leaf.js';
import { Literal, Out } from './out.js';
import type { Builder } from './builder.js';

const SIMPLE: Readonly<Record<number, string>> = { 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' };

export class Reprinter implements Builder {
  readonly out = new Out();
  /** Where separators stand that a blank replaces when the array turns out to be a set; per open array. */
  readonly #separators: { readonly at: number; readonly from: number; readonly commas: number[] }[] = [];

  mark(): number {
    return this.out.length;
  }

  takeBack(mark: number): void {
    this.out.length = mark;
    while (this.#separators.length > 0 && this.#separators[this.#separators.length - 1].at >= mark) this.#separators.pop();
  }

  /** `fd=` (-N) */
  name(b: Uint8Array, start: number, end: number): void {
    this.#copy(b, start, end);
    this.#ascii('=');
  }

  string(b: Uint8Array, start: number, end: number, truncated: boolean, abstract: boolean): void {
    if (abstract) this.#ascii('@');
    this.#ascii('"');
    this.#bytes(b, start, end, false);
    this.#ascii(truncated ? '"...' : '"');
  }

  /** Escaped anew in the style of the original; verbatim where that is none of strace's. */
  #bytes(b: Uint8Array, start: number, end: number, angles: boolean): void {
    let i = start;
    while (i < end && b[i] !== 92) i++;
    if (i === end) {
      this.#copy(b, start, end);
      return;
    }
    const bytes = unescape(b, start, end);
    const original = latin1(b, start, end);
    const again = STYLES.map((style) => style(bytes, angles)).find((text) => text === original);
    if (again === undefined) this.verbatim++;
    this.#ascii(again ?? original);
  }

  /** Strings and numbers whose notation is none that strace is known to print. */
  verbatim = 0;

  number(b: Uint8Array, start: number, end: number): void {
    const { value, hex, octal } = readNumber(b, start, end);
    const size = value < 0 ? -value : value;
    const digits = hex ? `0x${size.toString(16)}` : octal === true ? `0${size.toString(8)}` : size.toString();
    const text = value < 0 ? `-${digits}` : digits;
    // Numbers padded with zeros (0x0008, 000) keep their width.
    const original = latin1(b, start, end);
    this.#ascii(text.length < original.length && isPadded(original) ? pad(text, original.length) : text);
  }

  nil(): void {
    this.#ascii('NULL');
  }

  flags(b: Uint8Array, start: number, end: number): void {
    this.#copy(b, start, end);
  }

  fd(b: Uint8Array, start: number, end: number, noteStart: number, noteEnd: number, deleted: boolean): void {
    this.#copy(b, start, end);
    this.#ascii('<');
    this.#bytes(b, noteStart, noteEnd, true);
    this.#ascii(deleted ? '>(deleted)' : '>');
  }

  text(b: Uint8Array, start: number, end: number): void {
    this.#copy(b, start, end);
  }

  beginStruct(): void {
    this.#ascii('{');
  }

  field(b: Uint8Array, nameStart: number, nameEnd: number): void {
    this.#separate();
    if (nameEnd === nameStart) return;
    this.#copy(b, nameStart, nameEnd);
    this.#ascii(b[nameEnd] === 32 ? ' = ' : '=');
  }

  endStruct(truncated: boolean): void {
    if (truncated) {
      this.#separate();
      this.#ascii('...');
    }
    this.#ascii('}');
  }

  beginArray(): void {
    this.#separators.push({ at: this.out.length, from: this.out.length, commas: [] });
    this.#ascii('[');
  }

  item(): void {
    const array = this.#separators.at(-1);
    const at = this.out.length;
    this.#separate();
    if (array !== undefined && this.out.length > at) array.commas.push(at);
  }

  endArray(_mark: number, truncated: boolean, negated: boolean, set: boolean): void {
    const { at, commas } = this.#separators.pop()!;
    if (truncated) this.item();
    if (truncated) this.#ascii('...');
    this.#ascii(']');
    const bytes = this.out.bytes;
    if (set) {
      for (const comma of commas.toReversed()) {
        bytes.copyWithin(comma, comma + 1, this.out.length);
        this.out.length--;
      }
    }
    if (negated) this.out.insert(at, TILDE);
  }

  beginMacro(b: Uint8Array, nameStart: number, nameEnd: number): void {
    this.#copy(b, nameStart, nameEnd);
    this.#ascii('(');
  }

  endMacro(): void {
    this.#ascii(')');
  }

  comment(_mark: number, b: Uint8Array, start: number, end: number): void {
    if (b[start] === 91) {
      this.#ascii(' ');
      this.#copy(b, start, end);
      return;
    }
    if (this.out.length > 0 && !isOpening(this.out.bytes[this.out.length - 1])) this.#ascii(' ');
    this.#ascii('/*');
    this.#copy(b, start, end);
    this.#ascii('*/');
  }

  beginChange(): void {
    this.#ascii(' => ');
  }

  endChange(): void {
    // Nothing closes it.
  }

  #separate(): void {
    if (this.out.length > 0 && !isOpening(this.out.bytes[this.out.length - 1]) && !this.#isSeparated()) this.#ascii(', ');
  }

  #isSeparated(): boolean {
    const { bytes, length } = this.out;
    return length === 2 && bytes[0] === 44 && bytes[1] === 32;
  }

  #copy(b: Uint8Array, start: number, end: number): void {
    this.out.reserve(end - start);
    this.out.copy(b, start, end);
  }

  #ascii(text: string): void {
    this.out.reserve(text.length);
    this.out.ascii(text);
  }
}

const TILDE = new Literal('~');
const isOpening = (c: number): boolean => c === 91 || c === 123 || c === 40 || c === 61;

/** 0x0008, 007 */
const isPadded = (text: string): boolean => /^-?0[x0]0*/.test(text);

function pad(text: string, length: number): string {
  const digits = text.startsWith('0x') ? 2 : 0;
  return text.slice(0, digits) + '0'.repeat(length - text.length) + text.slice(digits);
}

type Style = (bytes: Uint8Array, angles: boolean) => string;

const isPrintable = (c: number): boolean => c >= 32 && c <= 126;
const hex = (c: number): string => `\\x${c.toString(16).padStart(2, '0')}`;

/** util.c, string_quote: letters, else octal as short as the next byte allows. */
const octal: Style = (bytes, angles) => {
  let text = '';
  bytes.forEach((c, i) => {
    if (c === 34 || c === 92) text += `\\${String.fromCharCode(c)}`;
    else if (c in SIMPLE) text += `\\${SIMPLE[c]}`;
    else if (isPrintable(c) && !(angles && (c === 60 || c === 62))) text += String.fromCharCode(c);
    else {
      const next = bytes[i + 1] ?? 0;
      text += `\\${c.toString(8).padStart(next >= 48 && next <= 57 ? 3 : 1, '0')}`;
    }
  });
  return text;
};

/** -xx, and -x for strings with a byte that is not ASCII. */
const allHex: Style = (bytes) => Array.from(bytes, hex).join('');

/** --strings-in-hex=non-ascii-chars */
const someHex: Style = (bytes) =>
  Array.from(bytes, (c) => (c === 34 || c === 92 ? `\\${String.fromCharCode(c)}` : c in SIMPLE ? `\\${SIMPLE[c]}` : isPrintable(c) ? String.fromCharCode(c) : hex(c))).join('');

const STYLES: readonly Style[] = [octal, allHex, someHex];
