/**
 * Arguments as values. Total: any bytes give values; what is not strace's notation becomes `text`, and `problem`
 * says what was wrong first.
 */
import { isDigit, latin1 } from './bytes.js';
import { readNumber, unescape } from './leaf.js';
import { skipAnnotation, skipComment, skipString } from './skip.js';
import type { Field, Value } from '../trace/model.js';

export interface DecodedArgs {
  readonly values: readonly Value[];
  /** Names given with -N, else null; one per value. */
  readonly names: readonly (string | null)[];
  /** null when every byte was understood. */
  readonly problem: string | null;
}

/** Deeper nesting than strace ever prints is taken as text, so that no input can exhaust the stack. */
const DEPTH_MAX = 64;

export function decodeArgs(b: Uint8Array, start: number, end: number): DecodedArgs {
  return new Decoder(b, end).args(start);
}

const COMMA = 44;
const SPACE = 32;
const isIdentStart = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95;
const isIdent = (c: number): boolean => isIdentStart(c) || isDigit(c);
const isClose = (c: number): boolean => c === 93 || c === 125 || c === 41;
const closerOf = (c: number): number => (c === 40 ? 41 : c + 2);

class Decoder {
  readonly #b: Uint8Array;
  readonly #end: number;
  #p = 0;
  #depth = 0;
  #problem: string | null = null;

  constructor(b: Uint8Array, end: number) {
    this.#b = b;
    this.#end = end;
  }

  args(start: number): DecodedArgs {
    const values: Value[] = [];
    const names: (string | null)[] = [];
    this.#p = start;
    this.#blanks();
    while (this.#p < this.#end) {
      const name = this.#fieldName();
      values.push(this.#value());
      names.push(name);
      this.#blanks();
      if (this.#at() === COMMA) {
        this.#p++;
        this.#blanks();
      } else if (this.#p < this.#end) {
        if (isClose(this.#at())) {
          // The split of a call inside a struct: its opening is in a half that this log does not have.
          this.#problem ??= 'a bracket closes that was never opened';
          this.#p++;
          this.#blanks();
          if (this.#at() === COMMA) this.#p++;
          this.#blanks();
        } else if (values.length > 0 && this.#startsWith('=> ')) {
          this.#p += 3;
          const before = values.pop()!;
          values.push({ type: 'change', before, after: this.#value() });
        }
      }
    }
    return { values, names, problem: this.#problem };
  }

  #at(): number {
    return this.#p < this.#end ? this.#b[this.#p] : -1;
  }

  #peek(offset: number): number {
    const i = this.#p + offset;
    return i < this.#end ? this.#b[i] : -1;
  }

  #blanks(): void {
    while (this.#at() === SPACE) this.#p++;
  }

  #startsWith(text: string): boolean {
    if (this.#p + text.length > this.#end) return false;
    for (let i = 0; i < text.length; i++) if (this.#b[this.#p + i] !== text.charCodeAt(i)) return false;
    return true;
  }

  /** `st_mode=`, `fd=`, `[0x1]=`, `c_cc[VMIN]=`: consumed and returned when one stands here. */
  #fieldName(): string | null {
    let i = this.#p;
    const b = this.#b;
    const end = this.#end;
    if (i < end && b[i] === 46) i++;
    while (i < end && (isIdent(b[i]) || (b[i] === 46 && i > this.#p))) i++;
    while (i < end && b[i] === 91) {
      let k = i + 1;
      while (k < end && b[k] !== 93 && b[k] !== COMMA && b[k] !== 34 && b[k] !== 123) k++;
      if (b[k] !== 93 || k >= end) return null;
      i = k + 1;
    }
    if (i === this.#p || i >= end || b[i] !== 61 || b[i + 1] === 61 || b[i + 1] === 62) return null;
    if (isDigit(b[this.#p])) return null;
    const name = latin1(b, this.#p, i);
    this.#p = i + 1;
    return name;
  }

  /** One value with what may follow it: comments, `=> after`. */
  #value(): Value {
    const start = this.#p;
    let value = this.#expression();
    for (;;) {
      const mark = this.#p;
      this.#blanks();
      if (this.#startsWith('/*')) {
        const comment = this.#comment();
        if (comment === null) return this.#text(start, 'a comment does not end');
        value = value.type === 'flags' && value.comment === undefined ? { ...value, comment } : { type: 'commented', value, comment };
        if (this.#at() === 60) value = this.#annotated(value, start);
      } else if (this.#startsWith('=> ') || this.#startsWith('=>')) {
        this.#p += 2;
        this.#blanks();
        value = { type: 'change', before: value, after: this.#value() };
      } else {
        this.#p = mark;
        return value;
      }
    }
  }

  /** A descriptor whose number carries a comment, then its path (-X verbose -y). */
  #annotated(value: Value, start: number): Value {
    const fd = value.type === 'commented' && value.value.type === 'number' ? Number(value.value.value) : null;
    if (fd === null) return this.#text(start, 'an annotation behind something that is no descriptor');
    const isCwd = value.type === 'commented' && value.comment === 'AT_FDCWD';
    return this.#annotation(isCwd ? 'AT_FDCWD' : fd) ?? this.#text(start, 'an annotation does not end');
  }

  #comment(): string | null {
    const stop = skipComment(this.#b, this.#p, this.#end);
    if (stop < 0) return null;
    const text = latin1(this.#b, this.#p + 2, stop - 2).trim();
    this.#p = stop;
    return text;
  }

  /** A primary; if anything but a delimiter follows, the whole expression as text (8192*1024, a && b). */
  #expression(): Value {
    const start = this.#p;
    const value = this.#primary();
    const c = this.#at();
    if (c === -1 || c === COMMA || isClose(c)) return value;
    if (c === SPACE) {
      const next = this.#peek(1);
      // Sets separate by blanks; comments, changes and "or" are seen to by the caller.
      if (!(next === 38 || next === 61 || next === 43 || next === 60 || next === 62 || next === 33 || next === 124) || this.#isArrow(1)) return value;
    } else if ((c === 61 && this.#peek(1) === 62) || this.#startsWith('/*')) return value;
    return this.#text(start, null);
  }

  #isArrow(offset: number): boolean {
    return this.#peek(offset) === 61 && this.#peek(offset + 1) === 62;
  }

  #primary(): Value {
    const c = this.#at();
    const start = this.#p;
    if (c === 34) return this.#string(false);
    if (c === 64 && this.#peek(1) === 34) {
      this.#p++;
      return this.#string(true);
    }
    if (isDigit(c) || (c === 45 && isDigit(this.#peek(1)))) return this.#number();
    if (isIdentStart(c)) return this.#word();
    if (c === 123 || c === 91) {
      if (this.#depth >= DEPTH_MAX) return this.#text(start, 'nested too deeply');
      this.#depth++;
      const value = c === 123 ? this.#struct() : this.#array(false);
      this.#depth--;
      return value;
    }
    if (c === 126 && this.#peek(1) === 91 && this.#depth < DEPTH_MAX) {
      this.#p++;
      this.#depth++;
      const value = this.#array(true);
      this.#depth--;
      return value;
    }
    if (this.#startsWith('/*')) {
      const comment = this.#comment();
      if (comment !== null) return { type: 'commented', value: { type: 'text', text: '' }, comment };
      return this.#text(start, 'a comment does not end');
    }
    return this.#text(start, null);
  }

  #string(abstract: boolean): Value {
    const start = this.#p;
    const stop = skipString(this.#b, start, this.#end);
    if (stop < 0) return this.#text(start, 'a string does not end');
    const bytes = unescape(this.#b, start + 1, stop - 1);
    this.#p = stop;
    let truncated = false;
    if (this.#startsWith('...')) {
      truncated = true;
      this.#p += 3;
    }
    return abstract ? { type: 'string', bytes, truncated, abstract } : { type: 'string', bytes, truncated };
  }

  #number(): Value {
    const start = this.#p;
    const { value, end } = readNumber(this.#b, start, this.#end);
    this.#p = end;
    const c = this.#at();
    if (c === 60 && this.#peek(1) !== 60) {
      const fd = this.#annotation(Number(value.value));
      return fd ?? this.#text(start, 'an annotation does not end');
    }
    if (c === 124 && this.#peek(1) !== 124) return this.#flags(start);
    if (this.#startsWith(' or ')) return this.#flags(start);
    return value;
  }

  /** `</etc/passwd>(deleted)` behind a number. */
  #annotation(fd: number | 'AT_FDCWD'): Value | null {
    const open = this.#p;
    const stop = skipAnnotation(this.#b, open, this.#end);
    if (stop <= open + 1) return null;
    this.#p = stop;
    const deleted = this.#startsWith('(deleted)');
    if (deleted) this.#p += 9;
    return { type: 'fd', fd, annotation: unescape(this.#b, open + 1, stop - 1), deleted };
  }

  #word(): Value {
    const start = this.#p;
    while (isIdent(this.#at())) this.#p++;
    const c = this.#at();
    if (c === 40) {
      if (this.#depth >= DEPTH_MAX) return this.#text(start, 'nested too deeply');
      this.#depth++;
      const value = this.#macro(start);
      this.#depth--;
      if (this.#at() === 124 && this.#peek(1) !== 124) return this.#flags(start);
      return value;
    }
    const name = latin1(this.#b, start, this.#p);
    if (c === 124 && this.#peek(1) !== 124) return this.#flags(start);
    if (this.#startsWith(' or ')) return this.#flags(start);
    if (name === 'NULL') return { type: 'null' };
    if (name === 'AT_FDCWD' && c === 60) return this.#annotation('AT_FDCWD') ?? this.#text(start, 'an annotation does not end');
    return { type: 'flags', names: [name] };
  }

  /** A|B|0644, A or B; each part is kept as printed. */
  #flags(start: number): Value {
    const names: string[] = [];
    this.#p = start;
    for (;;) {
      const partStart = this.#p;
      this.#flagPart();
      names.push(latin1(this.#b, partStart, this.#p));
      if (this.#p === partStart) return this.#text(start, null);
      if (this.#at() === 124) this.#p++;
      else if (this.#startsWith(' or ')) this.#p += 4;
      else return { type: 'flags', names };
    }
  }

  #flagPart(): void {
    let depth = 0;
    for (let c = this.#at(); c !== -1; c = this.#at()) {
      if (depth === 0 && !(isIdent(c) || c === 60 || c === 40 || c === 126)) return;
      if (c === 40) depth++;
      else if (c === 41) depth--;
      this.#p++;
    }
  }

  #macro(start: number): Value {
    const name = latin1(this.#b, start, this.#p);
    this.#p++;
    const args: Value[] = [];
    this.#blanks();
    while (this.#at() !== 41) {
      if (this.#p >= this.#end) return this.#text(start, 'a parenthesis does not close');
      const before = this.#p;
      args.push(this.#value());
      this.#blanks();
      if (this.#at() === COMMA) this.#p++;
      else if (this.#at() !== 41) return this.#text(start, this.#p === before ? 'a bracket closes that was never opened' : null);
      this.#blanks();
    }
    this.#p++;
    return { type: 'macro', name, args };
  }

  #struct(): Value {
    const start = this.#p;
    const fields: Field[] = [];
    let truncated = false;
    this.#p++;
    this.#blanks();
    while (this.#at() !== 125) {
      if (this.#p >= this.#end) return this.#text(start, 'a brace does not close');
      if (this.#startsWith('...') && (this.#peek(3) === 125 || this.#peek(3) === COMMA || this.#peek(3) === -1)) {
        truncated = true;
        this.#p += 3;
      } else {
        const before = this.#p;
        const name = this.#fieldName();
        const c = this.#at();
        if (name !== null && (c === COMMA || c === 125)) fields.push({ name, value: { type: 'text', text: '' } });
        else fields.push({ name, value: this.#value() });
        if (this.#p === before) return this.#text(start, 'a bracket closes that was never opened');
      }
      this.#blanks();
      if (this.#at() === COMMA) {
        this.#p++;
        this.#blanks();
      }
    }
    this.#p++;
    return { type: 'struct', fields, truncated };
  }

  #array(negated: boolean): Value {
    const start = negated ? this.#p - 1 : this.#p;
    const items: Value[] = [];
    let truncated = false;
    let set = negated;
    this.#p++;
    this.#blanks();
    while (this.#at() !== 93) {
      if (this.#p >= this.#end) return this.#text(start, 'a bracket does not close');
      if (this.#startsWith('...') && (this.#peek(3) === 93 || this.#peek(3) === COMMA || this.#peek(3) === -1)) {
        truncated = true;
        this.#p += 3;
      } else {
        const before = this.#p;
        const name = this.#fieldName();
        const value = this.#value();
        items.push(name === null ? value : { type: 'struct', fields: [{ name, value }], truncated: false });
        if (this.#p === before) return this.#text(start, 'a bracket closes that was never opened');
      }
      if (this.#at() === SPACE) {
        this.#blanks();
        if (this.#at() !== 93 && this.#at() !== COMMA) set = true;
      }
      if (this.#at() === COMMA) {
        this.#p++;
        this.#blanks();
      }
    }
    this.#p++;
    return { type: 'array', items, truncated, negated, set };
  }

  /** Everything up to the comma or bracket that ends this value, as printed. */
  #text(start: number, problem: string | null): Value {
    if (problem !== null) this.#problem ??= problem;
    const b = this.#b;
    let i = start;
    const open: number[] = [];
    while (i < this.#end) {
      const c = b[i];
      if (open.length === 0 && (c === COMMA || isClose(c))) break;
      let next = i + 1;
      if (c === 34) next = skipString(b, i, this.#end);
      else if (c === 47 && b[i + 1] === 42) {
        if (open.length === 0 && i > start && problem === null) break;
        next = skipComment(b, i, this.#end);
      } else if (c === 123 || c === 91 || c === 40) open.push(closerOf(c));
      else if (open.length > 0 && c === open.at(-1)) open.pop();
      if (next < 0) {
        this.#problem ??= c === 34 ? 'a string does not end' : 'a comment does not end';
        next = this.#end;
      }
      i = next;
    }
    if (open.length > 0) this.#problem ??= 'a bracket does not close';
    let stop = i;
    while (stop > start && b[stop - 1] === SPACE) stop--;
    this.#p = i;
    return { type: 'text', text: latin1(b, start, stop) };
  }
}
