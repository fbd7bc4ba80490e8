/**
 * Arguments from the log's bytes to JSON's bytes. The form is that of toJson() in ../trace/json.ts, which a test
 * compares it with; see there.
 */
import { isUtf8 } from 'node:buffer';
import { COMMA, isClose } from './args-cursor.js';
import { latin1 } from './bytes.js';
import { HIDDEN, jsonEscapes } from './hidden.js';
import { readNumber, unescape } from './leaf.js';
import { writePlain } from './json-plain.js';
import { Literal } from './out.js';
import { flagsOf } from './values.js';
import type { Builder } from './builder.js';
import type { Out } from './out.js';

const NULL = new Literal('null');
const FLAGS = new Literal('{"flags":["');
const FLAGS_END = new Literal('"]}');
const BETWEEN = new Literal('","');
const FD = new Literal('{"fd":');
const PATH = new Literal(',"path":');
const DELETED = new Literal(',"deleted":true}');
const TEXT = new Literal('{"text":');
const STRUCT = new Literal('{"struct":');
const ARRAY = new Literal('{"array":');
const SET = new Literal('{"set":');
const NEGATED = new Literal(',"negated":true');
const TRUNCATED = new Literal(',"truncated":true');
const ABSTRACT = new Literal(',"abstract":true');
const STRING = new Literal('{"string":');
const BYTES = new Literal('{"bytes":"');
const BYTES_END = new Literal('"}');
const MACRO = new Literal('{"macro":"');
const ARGS = new Literal('","args":[');
const VALUE = new Literal('{"value":');
const COMMENT = new Literal(',"comment":');
const BEFORE = new Literal('{"before":');
const AFTER = new Literal(',"after":');

const BRACE = 123;
const BRACKET = 91;
const BAR = 124;

/** The JSON form of a struct. */
const UNDECIDED = 0;
const OBJECT = 1;
const LIST = 2;
const LIST_INSIDE_MEMBER = 3;

/** Room to reserve for the arguments in a span of n bytes: no value grows more than that. */
export const jsonRoom = (n: number): number => n * 16 + 1024;

export class JsonBuilder implements Builder {
  readonly #out: Out;
  /** Structs that have begun: where their members begin in the output, and in which form. */
  readonly #starts = new Int32Array(128);
  readonly #forms = new Uint8Array(128);
  #depth = 0;

  constructor(out: Out) {
    this.#out = out;
  }

  mark(): number {
    return this.#out.length;
  }

  plain(b: Uint8Array, start: number, end: number): number {
    const out = this.#out;
    const mark = out.length;
    const stop = writePlain(out, b, start, end);
    if (stop >= 0 && (stop === end || b[stop] === COMMA || isClose(b[stop]))) return stop;
    out.length = mark;
    return -1;
  }

  takeBack(mark: number): void {
    this.#out.length = mark;
    while (this.#depth > 0 && this.#starts[this.#depth - 1] > mark) this.#depth--;
  }

  string(b: Uint8Array, start: number, end: number, truncated: boolean, abstract: boolean): void {
    const out = this.#out;
    const wrapped = truncated || abstract;
    if (wrapped) out.literal(STRING);
    this.#bytes(b, start, end);
    if (!wrapped) return;
    if (truncated) out.literal(TRUNCATED);
    if (abstract) out.literal(ABSTRACT);
    out.byte(125);
  }

  /** Bytes in strace's escapes as a JSON string, or as base64 where they are not UTF-8. */
  #bytes(b: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    const mark = out.length;
    out.byte(34);
    for (let i = out.copyPlain(b, start, end); i < end; i = out.copyPlain(b, i + 1, end)) {
      let c = b[i];
      if (c === 92 && i + 1 < end) {
        c = b[++i];
        if (c >= 48 && c <= 55) {
          c -= 48;
          for (let digits = 1; digits < 3 && i + 1 < end && b[i + 1] >= 48 && b[i + 1] <= 55; digits++) c = c * 8 + b[++i] - 48;
          c &= 255;
        } else if (c === 110) c = 10;
        else if (c === 116) c = 9;
        else if (c !== 34 && c !== 92) c = 128;
      }
      if (c >= 128) {
        out.length = mark;
        this.#anyBytes(unescape(b, start, end));
        return;
      }
      out.stringByte(c);
    }
    out.byte(34);
  }

  #anyBytes(bytes: Uint8Array): void {
    const out = this.#out;
    if (isUtf8(bytes)) {
      out.byte(34);
      const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
      let at = 0;
      for (const { 0: hidden, index } of text.matchAll(HIDDEN)) {
        this.#utf8(text.slice(at, index));
        out.ascii(jsonEscapes(hidden));
        at = index + hidden.length;
      }
      this.#utf8(text.slice(at));
      out.byte(34);
      return;
    }
    out.literal(BYTES);
    out.ascii(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'));
    out.literal(BYTES_END);
  }

  #utf8(text: string): void {
    for (const c of Buffer.from(text)) {
      if (c < 128) this.#out.stringByte(c);
      else this.#out.byte(c);
    }
  }

  number(b: Uint8Array, start: number, end: number): void {
    writeNumber(this.#out, b, start, end);
  }

  nil(): void {
    this.#out.literal(NULL);
  }

  flags(b: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    const mark = out.length;
    out.literal(FLAGS);
    const to = out.bytes;
    let at = out.length;
    for (let i = start; i < end; i++) {
      const c = b[i];
      if (c === BAR) {
        to[at++] = 34;
        to[at++] = 44;
        to[at++] = 34;
      } else if (c === 32 || c === 40) {
        out.length = mark;
        this.#unusualFlags(b, start, end);
        return;
      } else to[at++] = c;
    }
    out.length = at;
    out.literal(FLAGS_END);
  }

  /** With comments, " or " or parentheses. */
  #unusualFlags(b: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    const { names, comment } = flagsOf(latin1(b, start, end));
    if (comment !== undefined) out.literal(VALUE);
    out.literal(FLAGS);
    names.forEach((name, i) => {
      if (i > 0) out.literal(BETWEEN);
      this.#latin1(name);
    });
    out.literal(FLAGS_END);
    if (comment === undefined) return;
    out.literal(COMMENT);
    this.#quoted(comment);
    out.byte(125);
  }

  fd(b: Uint8Array, start: number, end: number, noteStart: number, noteEnd: number, deleted: boolean): void {
    const out = this.#out;
    out.literal(FD);
    if (b[start] === 65) {
      out.byte(34);
      out.copy(b, start, end);
      out.byte(34);
    } else writeNumber(out, b, start, end);
    out.literal(PATH);
    this.#bytes(b, noteStart, noteEnd);
    if (deleted) out.literal(DELETED);
    else out.byte(125);
  }

  text(b: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    out.literal(TEXT);
    this.#quoted(latin1(b, start, end));
    out.byte(125);
  }

  /** A latin1 string as JSON, each byte one character. */
  #quoted(text: string): void {
    this.#out.byte(34);
    this.#latin1(text);
    this.#out.byte(34);
  }

  #latin1(text: string): void {
    for (let i = 0; i < text.length; i++) this.#out.latin1Char(text.charCodeAt(i));
  }

  #comma(): void {
    const out = this.#out;
    const last = out.bytes[out.length - 1];
    if (last !== BRACE && last !== BRACKET) out.byte(44);
  }

  beginStruct(): void {
    this.#out.literal(STRUCT);
    this.#starts[this.#depth] = this.#out.length;
    this.#forms[this.#depth++] = UNDECIDED;
  }

  /** The first member decides: {"a":1,...} or [1,{"a":2},...]. */
  field(b: Uint8Array, nameStart: number, nameEnd: number): void {
    const out = this.#out;
    const at = this.#depth - 1;
    const named = nameEnd > nameStart;
    if (this.#forms[at] === UNDECIDED) {
      this.#forms[at] = named ? OBJECT : LIST;
      out.byte(named ? BRACE : BRACKET);
    } else {
      if (this.#forms[at] === LIST_INSIDE_MEMBER) out.byte(125);
      out.byte(44);
    }
    if (this.#forms[at] !== OBJECT) {
      this.#forms[at] = named ? LIST_INSIDE_MEMBER : LIST;
      if (!named) return;
      out.byte(BRACE);
    }
    out.byte(34);
    this.#name(b, nameStart, nameEnd);
    out.byte(34);
    out.byte(58);
  }

  #name(b: Uint8Array, start: number, end: number): void {
    const mark = this.#out.length;
    if (this.#out.copyPlain(b, start, end) === end) return;
    this.#out.length = mark;
    this.#latin1(latin1(b, start, end));
  }

  endStruct(truncated: boolean): void {
    const out = this.#out;
    const form = this.#forms[--this.#depth];
    if (form === UNDECIDED) out.byte(BRACE);
    if (form === LIST_INSIDE_MEMBER) out.byte(125);
    out.byte(form === UNDECIDED || form === OBJECT ? 125 : 93);
    if (truncated) out.literal(TRUNCATED);
    out.byte(125);
  }

  beginArray(): void {
    this.#out.byte(BRACKET);
  }

  item(): void {
    this.#comma();
  }

  endArray(mark: number, truncated: boolean, negated: boolean, set: boolean): void {
    const out = this.#out;
    out.byte(93);
    if (!set && !truncated) return;
    out.insert(mark, set ? SET : ARRAY);
    if (negated) out.literal(NEGATED);
    if (truncated) out.literal(TRUNCATED);
    out.byte(125);
  }

  beginMacro(b: Uint8Array, nameStart: number, nameEnd: number): void {
    this.#out.literal(MACRO);
    this.#out.copy(b, nameStart, nameEnd);
    this.#out.literal(ARGS);
  }

  endMacro(): void {
    this.#out.byte(93);
    this.#out.byte(125);
  }

  comment(mark: number, b: Uint8Array, start: number, end: number): void {
    const out = this.#out;
    out.insert(mark, VALUE);
    out.literal(COMMENT);
    this.#quoted(latin1(b, start, end).trim());
    out.byte(125);
  }

  beginChange(mark: number): void {
    this.#out.insert(mark, BEFORE);
    this.#out.literal(AFTER);
  }

  endChange(): void {
    this.#out.byte(125);
  }
}

/** A number of the log as a JSON number; as a string where a double cannot hold it. */
export function writeNumber(out: Out, b: Uint8Array, start: number, end: number): void {
  const size = end - start;
  if (size <= 9 && !(b[start] === 48 && size > 1)) {
    out.copy(b, start, end);
    if (b[start] === 45 && b[start + 1] === 48) out.length -= size; else return;
  }
  if (size > 2 && size <= 14 && b[start] === 48 && b[start + 1] === 120) {
    // Two halves of six digits stay small integers.
    let high = 0;
    let low = 0;
    let i = start + 2;
    for (; i < end - 6; i++) high = high * 16 + hexDigit(b[i]);
    for (; i < end; i++) low = low * 16 + hexDigit(b[i]);
    out.integer(high * 0x1000000 + low);
    return;
  }
  const { value } = readNumber(b, start, end);
  if (typeof value === 'bigint') {
    out.byte(34);
    out.ascii(String(value));
    out.byte(34);
  } else out.integer(value);
}

const hexDigit = (c: number): number => (c <= 57 ? c - 48 : (c | 32) - 87);
