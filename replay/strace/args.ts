/**
 * The grammar of arguments (strace: print_fields.h, xlat.c, util.c). It drives a builder, so that values for programs
 * (values.ts) and JSON (json.ts) come from the same reading. Total: what is not strace's notation becomes `text`, and
 * `problem` says what was wrong first.
 *
 * What stands behind a value changes what it is (a comment, `=> after`, `|`, `*1024`): builders therefore let the
 * value that began at a mark be taken back or wrapped.
 */
import { BAR, COMMA, EQUALS, QUOTE, SPACE, isClose, isIdent, isIdentStart } from './args-cursor.js';
import { DEPTH_MAX, FD_BYTES_MAX, LeafParser, NAMED, OTHER, PLAIN, TEXT, isCwd } from './args-leaf.js';
import { isDigit } from './bytes.js';
import { outputStart } from './output.js';
import { skipAnnotation, skipComment } from './skip.js';

export class ArgsParser extends LeafParser {
  /** Reads b[start, end): each argument is announced by `item()`. */
  parse(b: Uint8Array, start: number, end: number): void {
    const mark = this.to.mark();
    const junk = this.#parse(b, start, end);
    if (!junk) return;
    // `write(1, "hi", 2hi) = 2`: the program's output stands between the last argument and the parenthesis.
    const cut = outputStart(b, start, end);
    if (cut >= end) return;
    this.to.takeBack(mark);
    this.#parse(b, start, cut);
  }

  /** Whether the last argument looks like a number with output behind it. */
  #parse(b: Uint8Array, start: number, end: number): boolean {
    this.b = b;
    this.p = start;
    this.end = end;
    this.depth = 0;
    this.problem = null;
    let junk = false;
    this.blanks();
    while (this.p < end) {
      const c = this.b[this.p];
      if (isClose(c)) {
        // A call that was split inside a struct, whose opening is in a half that this log does not have.
        this.problem ??= 'a bracket closes that was never opened';
        this.p++;
      } else {
        this.to.item();
        if (!this.#plain()) {
          const nameStart = this.p;
          const nameEnd = this.skipName();
          if (nameEnd >= 0) this.to.name?.(b, nameStart, nameEnd);
          const first = this.at();
          const from = this.p;
          this.#value();
          junk = this.what === TEXT && isDigit(first) && this.p === end && !isDigit(b[end - 1]) && b[from + 1] !== BAR;
        }
      }
      this.blanks();
      if (this.at() === COMMA) {
        this.p++;
        this.blanks();
      }
    }
    return junk;
  }

  /** What most arguments are, where the builder has a short cut for it. */
  #plain(): boolean {
    const c = this.b[this.p];
    if (c === 123 || c === 91) return false; // nothing plain begins with a bracket
    const stop = this.to.plain?.(this.b, this.p, this.end) ?? -1;
    if (stop < 0) return false;
    this.p = stop;
    return true;
  }

  /** One value with what may follow it: comments, contexts, `=> after`. */
  #value(): void {
    const start = this.p;
    const mark = this.to.mark();
    this.#expression();
    for (;;) {
      if (this.p >= this.end || this.at() === COMMA || isClose(this.at())) return;
      const before = this.p;
      this.blanks();
      if (this.isComment()) {
        const open = this.p;
        const stop = skipComment(this.b, open, this.end);
        if (stop < 0) {
          this.textFrom(mark, start, 'a comment does not end');
          return;
        }
        this.p = stop;
        const next = this.at();
        if (next === 60) this.#annotatedComment(mark, start, open, stop);
        else if (next === BAR && this.what === PLAIN) this.flagsFrom(mark, start);
        else this.to.comment(mark, this.b, open + 2, stop - 2);
      } else if (this.isArrow()) {
        this.p += 2;
        this.blanks();
        this.to.beginChange(mark);
        if (this.depth >= DEPTH_MAX) this.textFrom(this.to.mark(), this.p, 'nested too deeply');
        else {
          this.depth++;
          this.#value();
          this.depth--;
        }
        this.to.endChange();
        this.what = OTHER;
        return;
      } else if (this.what === NAMED && this.p > before && this.at() === 91) {
        this.#context(mark);
      } else {
        this.p = before;
        return;
      }
    }
  }

  /** `-100 / * AT_FDCWD * /</home>` (-X verbose -y): a descriptor whose number carries a comment. */
  #annotatedComment(mark: number, start: number, open: number, stop: number): void {
    const b = this.b;
    let numberEnd = start;
    if (b[numberEnd] === 45) numberEnd++;
    while (numberEnd < open && isDigit(b[numberEnd])) numberEnd++;
    const close = skipAnnotation(b, stop, this.end);
    if (numberEnd === start || numberEnd - start > FD_BYTES_MAX || this.what !== PLAIN || close <= stop + 1) {
      this.textFrom(mark, start, 'an annotation behind something that is no descriptor');
      return;
    }
    this.to.takeBack(mark);
    this.p = close;
    const cwd = isCwd(b, open, stop);
    if (cwd > 0) this.to.fd(b, cwd, cwd + 8, stop + 1, close - 1, false);
    else this.to.fd(b, start, numberEnd, stop + 1, close - 1, false);
    this.what = NAMED;
  }

  /** ` [unconfined_u:object_r:tmp_t:s0]` (--secontext) */
  #context(mark: number): void {
    const open = this.p;
    let i = open + 1;
    while (i < this.end && isContext(this.b[i])) i++;
    this.what = OTHER;
    if (i >= this.end || this.b[i] !== 93) {
      this.p = open - 1;
      return;
    }
    this.p = i + 1;
    this.to.comment(mark, this.b, open, i + 1);
  }

  /** A primary; if anything but a delimiter follows, the whole expression as text (8192*1024, a && b). */
  #expression(): void {
    const start = this.p;
    const mark = this.to.mark();
    this.#primary();
    const c = this.at();
    if (c === -1 || c === COMMA || isClose(c)) return;
    if (c === SPACE) {
      const next = this.peek(1);
      // Sets separate by blanks; comments, changes, contexts and "or" are seen to by the caller.
      const operator = next === 38 || next === 43 || next === 60 || next === 62 || next === 33 || next === BAR || next === EQUALS;
      if (!operator || (next === EQUALS && this.peek(2) === 62)) return;
    } else if (this.isArrow() || this.isComment()) return;
    this.textFrom(mark, start, null);
  }

  #primary(): void {
    const b = this.b;
    const c = this.at();
    const start = this.p;
    this.what = OTHER;
    if (c === QUOTE) this.string(false);
    else if (isIdentStart(c)) this.word();
    else if (isDigit(c) || (c === 45 && isDigit(this.peek(1)))) this.number();
    else if (c === 123 || c === 91) this.#nested(c === 123 ? 0 : 1);
    else if (c === 64 && this.peek(1) === QUOTE) {
      this.p++;
      this.string(true);
    } else if (c === 126 && this.peek(1) === 91) {
      this.p++;
      this.#nested(2);
    } else if (this.isComment()) {
      // 4.x: [/* 9 vars */]. The comment is all there is.
      const mark = this.to.mark();
      const stop = skipComment(b, start, this.end);
      if (stop < 0) this.textFrom(mark, start, 'a comment does not end');
      else {
        this.p = stop;
        this.to.text(b, start, start);
        this.to.comment(mark, b, start + 2, stop - 2);
      }
    } else if (c === BAR && isDigit(this.peek(1))) {
      // 6.1 -X raw forgets the zero of an empty first part: statx(-100, "/", |0x800, ...
      this.p++;
      this.number();
    } else this.textFrom(this.to.mark(), start, null);
  }

  protected override macro(start: number, mark: number): boolean {
    this.to.beginMacro(this.b, start, this.p);
    this.p++;
    this.blanks();
    while (this.at() !== 41) {
      const before = this.p;
      if (before < this.end) {
        this.to.item();
        this.#value();
        this.blanks();
      }
      const c = this.at();
      if (c === COMMA) this.p++;
      else if (c !== 41) {
        this.textFrom(mark, start, c === -1 ? 'a parenthesis does not close' : null);
        return false;
      }
      this.blanks();
    }
    this.p++;
    this.to.endMacro();
    return true;
  }

  /** 0: struct, 1: array, 2: negated array. */
  #nested(kind: number): void {
    const start = kind === 2 ? this.p - 1 : this.p;
    const mark = this.to.mark();
    if (this.depth >= DEPTH_MAX) {
      this.textFrom(mark, start, 'nested too deeply');
      return;
    }
    this.depth++;
    const problem = kind === 0 ? this.#struct() : this.#array(mark, kind === 2);
    this.depth--;
    if (problem === null) this.what = OTHER;
    else this.textFrom(mark, start, problem);
  }

  #isRest(close: number): boolean {
    if (!this.isDots()) return false;
    const next = this.peek(3);
    return next === close || next === COMMA || next === -1;
  }

  #struct(): string | null {
    let truncated = false;
    this.to.beginStruct();
    this.p++;
    this.blanks();
    while (this.at() !== 125) {
      if (this.p >= this.end) return 'a brace does not close';
      if (this.#isRest(125)) {
        truncated = true;
        this.p += 3;
      } else {
        const before = this.p;
        const nameEnd = this.skipName();
        this.to.field(this.b, before, nameEnd < 0 ? before : nameEnd);
        const c = this.at();
        if (nameEnd >= 0 && (c === COMMA || c === 125)) this.to.text(this.b, this.p, this.p);
        else if (!this.#plain()) this.#value();
        if (this.p === before) return 'a bracket closes that was never opened';
      }
      this.blanks();
      if (this.at() === COMMA) {
        this.p++;
        this.blanks();
      }
    }
    this.p++;
    this.to.endStruct(truncated);
    return null;
  }

  #array(mark: number, negated: boolean): string | null {
    let truncated = false;
    let set = negated;
    this.to.beginArray();
    this.p++;
    this.blanks();
    while (this.at() !== 93) {
      if (this.p >= this.end) return 'a bracket does not close';
      if (this.#isRest(93)) {
        truncated = true;
        this.p += 3;
      } else {
        const before = this.p;
        this.to.item();
        const nameEnd = this.#plain() ? before : this.skipName();
        if (nameEnd < 0) this.#value();
        else if (nameEnd > before) {
          this.to.beginStruct();
          this.to.field(this.b, before, nameEnd);
          this.#value();
          this.to.endStruct(false);
        }
        if (this.p === before) return 'a bracket closes that was never opened';
      }
      if (this.at() === SPACE) {
        this.blanks();
        const c = this.at();
        if (c !== 93 && c !== COMMA) set = true;
      }
      if (this.at() === COMMA) {
        this.p++;
        this.blanks();
      }
    }
    this.p++;
    this.to.endArray(mark, truncated, negated, set);
    return null;
  }

}

/** Letters, digits and `_:.!,*-`: what security contexts are made of. */
function isContext(c: number): boolean {
  return isIdent(c) || c === 58 || c === 46 || c === 33 || c === COMMA || c === 45 || c === 42;
}
