/**
 * The grammar of arguments (strace: print_fields.h, xlat.c, util.c). It drives a builder, so that values for programs
 * (values.ts) and JSON (json.ts) come from the same reading. Total: what is not strace's notation becomes `text`, and
 * `problem` says what was wrong first.
 *
 * What stands behind a value changes what it is (a comment, `=> after`, `|`, `*1024`): builders therefore let the
 * value that began at a mark be taken back or wrapped.
 */
import { byteClass, isDigit } from './bytes.js';
import { outputStart } from './output.js';
import { skipAnnotation, skipChar, skipComment, skipString } from './skip.js';

export interface Builder {
  /** The name of the argument that follows (-N). */
  name?(b: Uint8Array, start: number, end: number): void;
  /** Where the next value will be; for take back and the wrappers. */
  mark(): number;
  takeBack(mark: number): void;
  /** The bytes between the quotes. */
  string(b: Uint8Array, start: number, end: number, truncated: boolean, abstract: boolean): void;
  number(b: Uint8Array, start: number, end: number): void;
  nil(): void;
  /** A, A|B|0644, A or B; comments of single parts inside. */
  flags(b: Uint8Array, start: number, end: number): void;
  /** 3</etc/passwd>, AT_FDCWD</>: the number (or name), what is between the angle brackets. */
  fd(b: Uint8Array, start: number, end: number, noteStart: number, noteEnd: number, deleted: boolean): void;
  text(b: Uint8Array, start: number, end: number): void;
  beginStruct(): void;
  /** Before each member; an empty span for a positional one. */
  field(b: Uint8Array, nameStart: number, nameEnd: number): void;
  endStruct(truncated: boolean): void;
  beginArray(): void;
  item(): void;
  endArray(mark: number, truncated: boolean, negated: boolean, set: boolean): void;
  beginMacro(b: Uint8Array, nameStart: number, nameEnd: number): void;
  endMacro(): void;
  /** The value since `mark` has a comment. */
  comment(mark: number, b: Uint8Array, start: number, end: number): void;
  /** The value since `mark` is the state before; the next one the state after. */
  beginChange(mark: number): void;
  endChange(): void;
}

/** Deeper nesting than strace ever prints is taken as text, so that no input can exhaust the stack. */
const DEPTH_MAX = 48;

/** Digits and sign of a descriptor or pid. */
const FD_BYTES_MAX = 11;

const QUOTE = 34;
const COMMA = 44;
const SPACE = 32;
const BAR = 124;
const EQUALS = 61;
const isIdentStart = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95;
/** Letters, digits and _. */
const IDENT = byteClass('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_');
const isIdent = (c: number): boolean => IDENT[c] === 1;
const isClose = (c: number): boolean => c === 93 || c === 125 || c === 41;
const isHex = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70);

/** What was read last; decides what may follow it. */
const OTHER = 0;
const PLAIN = 1; // a number or word: may be part of A|B
const NAMED = 2; // a string or descriptor: a security context may follow
const TEXT = 3; // not understood as anything else

export class ArgsParser {
  readonly #to: Builder;
  #b: Uint8Array = new Uint8Array(0);
  #p = 0;
  #end = 0;
  #depth = 0;
  #what = OTHER;
  /** What was wrong first in the last arguments read; null when every byte was understood. */
  problem: string | null = null;

  constructor(builder: Builder) {
    this.#to = builder;
  }

  /** Reads b[start, end): each argument is announced by `item()`. */
  parse(b: Uint8Array, start: number, end: number): void {
    const mark = this.#to.mark();
    const junk = this.#parse(b, start, end);
    if (!junk) return;
    // `write(1, "hi", 2hi) = 2`: the program's output stands between the last argument and the parenthesis.
    const cut = outputStart(b, start, end);
    if (cut >= end) return;
    this.#to.takeBack(mark);
    this.#parse(b, start, cut);
  }

  /** Whether the last argument looks like a number with output behind it. */
  #parse(b: Uint8Array, start: number, end: number): boolean {
    this.#b = b;
    this.#p = start;
    this.#end = end;
    this.#depth = 0;
    this.problem = null;
    let junk = false;
    this.#blanks();
    while (this.#p < end) {
      const c = this.#b[this.#p];
      if (isClose(c)) {
        // A call that was split inside a struct, whose opening is in a half that this log does not have.
        this.problem ??= 'a bracket closes that was never opened';
        this.#p++;
      } else {
        this.#to.item();
        const nameStart = this.#p;
        const nameEnd = this.#skipName();
        if (nameEnd >= 0) this.#to.name?.(b, nameStart, nameEnd);
        const first = this.#at();
        const from = this.#p;
        this.#value();
        junk = this.#what === TEXT && isDigit(first) && this.#p === end && !isDigit(b[end - 1]) && b[from + 1] !== BAR;
      }
      this.#blanks();
      if (this.#at() === COMMA) {
        this.#p++;
        this.#blanks();
      }
    }
    return junk;
  }

  #at(): number {
    return this.#p < this.#end ? this.#b[this.#p] : -1;
  }

  #peek(offset: number): number {
    const i = this.#p + offset;
    return i < this.#end ? this.#b[i] : -1;
  }

  #blanks(): void {
    while (this.#p < this.#end && this.#b[this.#p] === SPACE) this.#p++;
  }

  #isComment(): boolean {
    return this.#at() === 47 && this.#peek(1) === 42;
  }

  #isArrow(): boolean {
    return this.#at() === EQUALS && this.#peek(1) === 62;
  }

  #isDots(): boolean {
    return this.#at() === 46 && this.#peek(1) === 46 && this.#peek(2) === 46;
  }

  /** ` or ` */
  #isOr(): boolean {
    return this.#at() === SPACE && this.#peek(1) === 111 && this.#peek(2) === 114 && this.#peek(3) === SPACE;
  }

  /** `st_mode=`, `fd=`, `[0x1] = `, `c_cc[VMIN]=`: steps over it. Returns the end of the name, or -1. */
  #skipName(): number {
    const b = this.#b;
    const end = this.#end;
    let i = this.#p;
    if (i >= end || isDigit(b[i])) return -1;
    while (i < end && (isIdent(b[i]) || b[i] === 46)) i++;
    while (i < end && b[i] === 91) {
      let k = i + 1;
      while (k < end && b[k] !== 93 && b[k] !== 91 && b[k] !== COMMA && b[k] !== QUOTE && b[k] !== 123) k++;
      if (k >= end || b[k] !== 93) return -1;
      i = k + 1;
    }
    if (i >= end || i === this.#p) return -1;
    let next = i;
    if (b[i] === SPACE && b[i - 1] === 93 && i + 2 < end && b[i + 1] === EQUALS && b[i + 2] === SPACE) next = i + 1;
    if (b[next] !== EQUALS || (next + 1 < end && (b[next + 1] === EQUALS || b[next + 1] === 62))) return -1;
    this.#p = next + 1;
    if (next > i) this.#blanks();
    return i;
  }

  /** One value with what may follow it: comments, contexts, `=> after`. */
  #value(): void {
    const start = this.#p;
    const mark = this.#to.mark();
    this.#expression();
    for (;;) {
      if (this.#p >= this.#end || this.#at() === COMMA || isClose(this.#at())) return;
      const before = this.#p;
      this.#blanks();
      if (this.#isComment()) {
        const open = this.#p;
        const stop = skipComment(this.#b, open, this.#end);
        if (stop < 0) {
          this.#textFrom(mark, start, 'a comment does not end');
          return;
        }
        this.#p = stop;
        const next = this.#at();
        if (next === 60) this.#annotatedComment(mark, start, open, stop);
        else if (next === BAR && this.#what === PLAIN) this.#flagsFrom(mark, start);
        else this.#to.comment(mark, this.#b, open + 2, stop - 2);
      } else if (this.#isArrow()) {
        this.#p += 2;
        this.#blanks();
        this.#to.beginChange(mark);
        if (this.#depth >= DEPTH_MAX) this.#textFrom(this.#to.mark(), this.#p, 'nested too deeply');
        else {
          this.#depth++;
          this.#value();
          this.#depth--;
        }
        this.#to.endChange();
        this.#what = OTHER;
        return;
      } else if (this.#what === NAMED && this.#p > before && this.#at() === 91) {
        this.#context(mark);
      } else {
        this.#p = before;
        return;
      }
    }
  }

  /** `-100 / * AT_FDCWD * /</home>` (-X verbose -y): a descriptor whose number carries a comment. */
  #annotatedComment(mark: number, start: number, open: number, stop: number): void {
    const b = this.#b;
    let numberEnd = start;
    if (b[numberEnd] === 45) numberEnd++;
    while (numberEnd < open && isDigit(b[numberEnd])) numberEnd++;
    const close = skipAnnotation(b, stop, this.#end);
    if (numberEnd === start || numberEnd - start > FD_BYTES_MAX || this.#what !== PLAIN || close <= stop + 1) {
      this.#textFrom(mark, start, 'an annotation behind something that is no descriptor');
      return;
    }
    this.#to.takeBack(mark);
    this.#p = close;
    const cwd = isCwd(b, open, stop);
    if (cwd > 0) this.#to.fd(b, cwd, cwd + 8, stop + 1, close - 1, false);
    else this.#to.fd(b, start, numberEnd, stop + 1, close - 1, false);
    this.#what = NAMED;
  }

  /** ` [unconfined_u:object_r:tmp_t:s0]` (--secontext) */
  #context(mark: number): void {
    const open = this.#p;
    let i = open + 1;
    while (i < this.#end && isContext(this.#b[i])) i++;
    this.#what = OTHER;
    if (i >= this.#end || this.#b[i] !== 93) {
      this.#p = open - 1;
      return;
    }
    this.#p = i + 1;
    this.#to.comment(mark, this.#b, open, i + 1);
  }

  /** A primary; if anything but a delimiter follows, the whole expression as text (8192*1024, a && b). */
  #expression(): void {
    const start = this.#p;
    const mark = this.#to.mark();
    this.#primary();
    const c = this.#at();
    if (c === -1 || c === COMMA || isClose(c)) return;
    if (c === SPACE) {
      const next = this.#peek(1);
      // Sets separate by blanks; comments, changes, contexts and "or" are seen to by the caller.
      const operator = next === 38 || next === 43 || next === 60 || next === 62 || next === 33 || next === BAR || next === EQUALS;
      if (!operator || (next === EQUALS && this.#peek(2) === 62)) return;
    } else if (this.#isArrow() || this.#isComment()) return;
    this.#textFrom(mark, start, null);
  }

  #primary(): void {
    const b = this.#b;
    const c = this.#at();
    const start = this.#p;
    this.#what = OTHER;
    if (c === QUOTE) this.#string(false);
    else if (isIdentStart(c)) this.#word();
    else if (isDigit(c) || (c === 45 && isDigit(this.#peek(1)))) this.#number();
    else if (c === 123 || c === 91) this.#nested(c === 123 ? 0 : 1);
    else if (c === 64 && this.#peek(1) === QUOTE) {
      this.#p++;
      this.#string(true);
    } else if (c === 126 && this.#peek(1) === 91) {
      this.#p++;
      this.#nested(2);
    } else if (this.#isComment()) {
      // 4.x: [/* 9 vars */]. The comment is all there is.
      const mark = this.#to.mark();
      const stop = skipComment(b, start, this.#end);
      if (stop < 0) this.#textFrom(mark, start, 'a comment does not end');
      else {
        this.#p = stop;
        this.#to.text(b, start, start);
        this.#to.comment(mark, b, start + 2, stop - 2);
      }
    } else if (c === BAR && isDigit(this.#peek(1))) {
      // 6.1 -X raw forgets the zero of an empty first part: statx(-100, "/", |0x800, ...
      this.#p++;
      this.#number();
    } else this.#textFrom(this.#to.mark(), start, null);
  }

  #string(abstract: boolean): void {
    const b = this.#b;
    const start = this.#p;
    const stop = skipString(b, start, this.#end);
    if (stop < 0) {
      this.#textFrom(this.#to.mark(), start, 'a string does not end');
      return;
    }
    this.#p = stop;
    let truncated = false;
    if (this.#isDots()) {
      truncated = true;
      this.#p += 3;
    }
    this.#to.string(b, start + 1, stop - 1, truncated, abstract);
    this.#what = NAMED;
  }

  #number(): void {
    const b = this.#b;
    const end = this.#end;
    const start = this.#p;
    let i = start;
    if (b[i] === 45) i++;
    if (b[i] === 48 && i + 2 < end && b[i + 1] === 120 && isHex(b[i + 2])) {
      i += 2;
      while (i < end && isHex(b[i])) i++;
    } else while (i < end && isDigit(b[i])) i++;
    this.#p = i;
    this.#what = PLAIN;
    const c = this.#at();
    if (c === COMMA || isClose(c)) this.#to.number(b, start, i);
    else if (c === 60 && this.#peek(1) !== 60) this.#annotation(start, i);
    else if (c === BAR || (c === 60 && isIdent(this.#peek(2))) || this.#isOr()) this.#flagsFrom(this.#to.mark(), start);
    else this.#to.number(b, start, i);
  }

  /** `</etc/passwd>(deleted)` behind b[start, end). */
  #annotation(start: number, end: number): void {
    const b = this.#b;
    const open = this.#p;
    const stop = skipAnnotation(b, open, this.#end);
    if (stop <= open + 1 || end - start > FD_BYTES_MAX) {
      this.#textFrom(this.#to.mark(), start, stop <= open + 1 ? 'an annotation does not end' : 'an annotation behind something that is no descriptor');
      return;
    }
    this.#p = stop;
    const deleted = stop + 9 <= this.#end && b[stop] === 40 && b[stop + 1] === 100 && b[stop + 8] === 41;
    if (deleted) this.#p += 9;
    this.#to.fd(b, start, end, open + 1, stop - 1, deleted);
    this.#what = NAMED;
  }

  #word(): void {
    const b = this.#b;
    const start = this.#p;
    const end = this.#end;
    let i = start + 1;
    while (i < end && IDENT[b[i]] === 1) i++;
    this.#p = i;
    const c = this.#at();
    this.#what = PLAIN;
    if (c === COMMA || c === -1 || isClose(c)) this.#plainWord(start, i);
    else if (c === BAR && this.#plainFlags(start, i)) return;
    else if (c === 40) {
      if (this.#depth >= DEPTH_MAX) {
        this.#textFrom(this.#to.mark(), start, 'nested too deeply');
        return;
      }
      const mark = this.#to.mark();
      this.#depth++;
      const ok = this.#macro(start, mark);
      this.#depth--;
      if (ok && this.#at() === BAR && this.#peek(1) !== BAR) this.#flagsFrom(mark, start);
      else this.#what = OTHER;
    } else if (c === 60 && b[start] === 65 && i - start === 8 && isCwd(b, start - 1, i + 1) === start) this.#annotation(start, i);
    else if ((c === BAR && this.#peek(1) !== BAR) || (c === 60 && this.#peek(1) === 60) || this.#isOr()) this.#flagsFrom(this.#to.mark(), start);
    else this.#plainWord(start, i);
  }

  /** A|B|C with nothing but words between the bars, which most are: no need to look at the parts again. */
  #plainFlags(start: number, firstEnd: number): boolean {
    const b = this.#b;
    const end = this.#end;
    let i = firstEnd;
    while (i < end && b[i] === BAR) {
      const part = ++i;
      while (i < end && IDENT[b[i]] === 1) i++;
      if (i === part) return false;
    }
    if (i < end && b[i] !== COMMA && !isClose(b[i])) return false;
    this.#p = i;
    this.#to.flags(b, start, i);
    this.#what = OTHER;
    return true;
  }

  #plainWord(start: number, end: number): void {
    const b = this.#b;
    if (end - start === 4 && b[start] === 78 && b[start + 1] === 85 && b[start + 2] === 76 && b[start + 3] === 76) this.#to.nil();
    else this.#to.flags(b, start, end);
  }

  /** A|B|0644, 1<<A|1<<B, A or B, 0x1 / * A * /|0x2 / * B * /: from b[start] on, whatever was read of it. */
  #flagsFrom(mark: number, start: number): void {
    const b = this.#b;
    this.#to.takeBack(mark);
    this.#p = start;
    let commented = false;
    for (;;) {
      const part = this.#p;
      this.#flagPart();
      if (this.#p === part) {
        this.#textFrom(mark, start, null);
        return;
      }
      if (this.#at() === SPACE && this.#peek(1) === 47 && this.#peek(2) === 42) {
        const stop = skipComment(b, this.#p + 1, this.#end);
        // A comment behind the only or last part is the whole value's, see #value.
        if (stop > 0 && (commented || (stop < this.#end && b[stop] === BAR))) {
          this.#p = stop;
          commented = true;
        }
      }
      if (this.#at() === BAR) this.#p++;
      else if (this.#isOr()) this.#p += 4;
      else break;
    }
    this.#to.flags(b, start, this.#p);
    this.#what = OTHER;
  }

  #flagPart(): void {
    let depth = 0;
    while (this.#p < this.#end) {
      const c = this.#b[this.#p];
      if (depth === 0 && !(isIdent(c) || c === 60 || c === 40 || c === 126)) return;
      if (c === 40) depth++;
      else if (c === 41) depth--;
      this.#p++;
    }
  }

  #macro(start: number, mark: number): boolean {
    this.#to.beginMacro(this.#b, start, this.#p);
    this.#p++;
    this.#blanks();
    while (this.#at() !== 41) {
      const before = this.#p;
      if (before < this.#end) {
        this.#to.item();
        this.#value();
        this.#blanks();
      }
      const c = this.#at();
      if (c === COMMA) this.#p++;
      else if (c !== 41) {
        this.#textFrom(mark, start, c === -1 ? 'a parenthesis does not close' : null);
        return false;
      }
      this.#blanks();
    }
    this.#p++;
    this.#to.endMacro();
    return true;
  }

  /** 0: struct, 1: array, 2: negated array. */
  #nested(kind: number): void {
    const start = kind === 2 ? this.#p - 1 : this.#p;
    const mark = this.#to.mark();
    if (this.#depth >= DEPTH_MAX) {
      this.#textFrom(mark, start, 'nested too deeply');
      return;
    }
    this.#depth++;
    const problem = kind === 0 ? this.#struct() : this.#array(mark, kind === 2);
    this.#depth--;
    if (problem === null) this.#what = OTHER;
    else this.#textFrom(mark, start, problem);
  }

  #isRest(close: number): boolean {
    if (!this.#isDots()) return false;
    const next = this.#peek(3);
    return next === close || next === COMMA || next === -1;
  }

  #struct(): string | null {
    let truncated = false;
    this.#to.beginStruct();
    this.#p++;
    this.#blanks();
    while (this.#at() !== 125) {
      if (this.#p >= this.#end) return 'a brace does not close';
      if (this.#isRest(125)) {
        truncated = true;
        this.#p += 3;
      } else {
        const before = this.#p;
        const nameEnd = this.#skipName();
        this.#to.field(this.#b, before, nameEnd < 0 ? before : nameEnd);
        const c = this.#at();
        if (nameEnd >= 0 && (c === COMMA || c === 125)) this.#to.text(this.#b, this.#p, this.#p);
        else this.#value();
        if (this.#p === before) return 'a bracket closes that was never opened';
      }
      this.#blanks();
      if (this.#at() === COMMA) {
        this.#p++;
        this.#blanks();
      }
    }
    this.#p++;
    this.#to.endStruct(truncated);
    return null;
  }

  #array(mark: number, negated: boolean): string | null {
    let truncated = false;
    let set = negated;
    this.#to.beginArray();
    this.#p++;
    this.#blanks();
    while (this.#at() !== 93) {
      if (this.#p >= this.#end) return 'a bracket does not close';
      if (this.#isRest(93)) {
        truncated = true;
        this.#p += 3;
      } else {
        const before = this.#p;
        this.#to.item();
        const nameEnd = this.#skipName();
        if (nameEnd < 0) this.#value();
        else {
          this.#to.beginStruct();
          this.#to.field(this.#b, before, nameEnd);
          this.#value();
          this.#to.endStruct(false);
        }
        if (this.#p === before) return 'a bracket closes that was never opened';
      }
      if (this.#at() === SPACE) {
        this.#blanks();
        const c = this.#at();
        if (c !== 93 && c !== COMMA) set = true;
      }
      if (this.#at() === COMMA) {
        this.#p++;
        this.#blanks();
      }
    }
    this.#p++;
    this.#to.endArray(mark, truncated, negated, set);
    return null;
  }

  /** Takes back what was built since `mark` and gives everything up to the comma or bracket that ends it, as printed. */
  #textFrom(mark: number, start: number, problem: string | null): void {
    if (problem !== null) this.problem ??= problem;
    this.#to.takeBack(mark);
    const b = this.#b;
    const end = this.#end;
    let i = start;
    let depth = 0;
    while (i < end) {
      const c = b[i];
      if (depth === 0 && (c === COMMA || isClose(c))) break;
      let next = i + 1;
      if (c === QUOTE) next = skipString(b, i, end);
      else if (c === 39) next = skipChar(b, i, end);
      else if (c === 47 && b[i + 1] === 42) {
        if (depth === 0 && i > start && problem === null) break;
        next = skipComment(b, i, end);
      } else if (c === 123 || c === 91 || c === 40) depth++;
      else if (depth > 0 && isClose(c)) depth--;
      if (next < 0) {
        this.problem ??= c === QUOTE ? 'a string does not end' : 'a comment does not end';
        next = end;
      }
      i = next;
    }
    if (depth > 0) this.problem ??= 'a bracket does not close';
    let stop = i;
    while (stop > start && b[stop - 1] === SPACE) stop--;
    this.#p = i;
    this.#to.text(b, start, stop);
    this.#what = TEXT;
  }
}

/** Letters, digits and `_:.!,*-`: what security contexts are made of. */
function isContext(c: number): boolean {
  return isIdent(c) || c === 58 || c === 46 || c === 33 || c === COMMA || c === 45 || c === 42;
}

/** Where AT_FDCWD stands alone in b(open, stop), a comment or a word with one byte around; -1: it does not. */
function isCwd(b: Uint8Array, open: number, stop: number): number {
  for (let i = open + 1; i + 8 < stop; i++) {
    if (b[i] === 65 && b[i + 1] === 84 && b[i + 2] === 95 && b[i + 3] === 70 && b[i + 4] === 68 && b[i + 5] === 67 && b[i + 6] === 87 && b[i + 7] === 68) return i;
    if (isIdent(b[i])) return -1;
  }
  return -1;
}
