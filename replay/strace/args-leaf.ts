/** The arguments that hold no others: strings, numbers, descriptors, constants and flags, and what is none of them. */
import { ArgsCursor, BAR, COMMA, IDENT, QUOTE, SPACE, isClose, isHex, isIdent } from './args-cursor.js';
import { isDigit } from './bytes.js';
import { skipAnnotation, skipChar, skipComment, skipString } from './skip.js';
import type { Builder } from './builder.js';

/** What was read last; decides what may follow it. */
export const OTHER = 0;
export const PLAIN = 1; // a number or word: may be part of A|B
export const NAMED = 2; // a string or descriptor: a security context may follow
export const TEXT = 3; // not understood as anything else

/** Deeper nesting than strace ever prints is taken as text, so that no input can exhaust the stack. */
export const DEPTH_MAX = 48;

/** Digits and sign of a descriptor or pid. */
export const FD_BYTES_MAX = 11;

export abstract class LeafParser extends ArgsCursor {
  protected readonly to: Builder;
  protected depth = 0;
  protected what = OTHER;
  /** What was wrong first in the last arguments read; null when every byte was understood. */
  problem: string | null = null;

  constructor(builder: Builder) {
    super();
    this.to = builder;
  }

  /** `name(` stands before; false when it turned out to be text. */
  protected abstract macro(start: number, mark: number): boolean;

  protected string(abstract: boolean): void {
    const b = this.b;
    const start = this.p;
    const stop = skipString(b, start, this.end);
    if (stop < 0) {
      this.textFrom(this.to.mark(), start, 'a string does not end');
      return;
    }
    this.p = stop;
    let truncated = false;
    if (this.isDots()) {
      truncated = true;
      this.p += 3;
    }
    this.to.string(b, start + 1, stop - 1, truncated, abstract);
    this.what = NAMED;
  }

  protected number(): void {
    const b = this.b;
    const end = this.end;
    const start = this.p;
    let i = start;
    if (b[i] === 45) i++;
    if (b[i] === 48 && i + 2 < end && b[i + 1] === 120 && isHex(b[i + 2])) {
      i += 2;
      while (i < end && isHex(b[i])) i++;
    } else while (i < end && isDigit(b[i])) i++;
    this.p = i;
    this.what = PLAIN;
    const c = this.at();
    if (c === COMMA || isClose(c)) this.to.number(b, start, i);
    else if (c === 60 && this.peek(1) !== 60) this.annotation(start, i);
    else if (c === BAR || (c === 60 && isIdent(this.peek(2))) || this.isOr()) this.flagsFrom(this.to.mark(), start);
    else this.to.number(b, start, i);
  }

  /** `</etc/passwd>(deleted)` behind b[start, end). */
  protected annotation(start: number, end: number): void {
    const b = this.b;
    const open = this.p;
    const stop = skipAnnotation(b, open, this.end);
    if (stop <= open + 1 || end - start > FD_BYTES_MAX) {
      this.textFrom(this.to.mark(), start, stop <= open + 1 ? 'an annotation does not end' : 'an annotation behind something that is no descriptor');
      return;
    }
    this.p = stop;
    const deleted = stop + 9 <= this.end && b[stop] === 40 && b[stop + 1] === 100 && b[stop + 8] === 41;
    if (deleted) this.p += 9;
    this.to.fd(b, start, end, open + 1, stop - 1, deleted);
    this.what = NAMED;
  }

  protected word(): void {
    const b = this.b;
    const start = this.p;
    const end = this.end;
    let i = start + 1;
    while (i < end && IDENT[b[i]] === 1) i++;
    this.p = i;
    const c = this.at();
    this.what = PLAIN;
    if (c === COMMA || c === -1 || isClose(c)) this.plainWord(start, i);
    else if (c === BAR && this.plainFlags(start, i)) return;
    else if (c === 40) {
      if (this.depth >= DEPTH_MAX) {
        this.textFrom(this.to.mark(), start, 'nested too deeply');
        return;
      }
      const mark = this.to.mark();
      this.depth++;
      const ok = this.macro(start, mark);
      this.depth--;
      if (ok && this.at() === BAR && this.peek(1) !== BAR) this.flagsFrom(mark, start);
      else this.what = OTHER;
    } else if (c === 60 && b[start] === 65 && i - start === 8 && isCwd(b, start - 1, i + 1) === start) this.annotation(start, i);
    else if ((c === BAR && this.peek(1) !== BAR) || (c === 60 && this.peek(1) === 60) || this.isOr()) this.flagsFrom(this.to.mark(), start);
    else this.plainWord(start, i);
  }

  /** A|B|C with nothing but words between the bars, which most are: no need to look at the parts again. */
  protected plainFlags(start: number, firstEnd: number): boolean {
    const b = this.b;
    const end = this.end;
    let i = firstEnd;
    while (i < end && b[i] === BAR) {
      const part = ++i;
      while (i < end && IDENT[b[i]] === 1) i++;
      if (i === part) return false;
    }
    if (i < end && b[i] !== COMMA && !isClose(b[i])) return false;
    this.p = i;
    this.to.flags(b, start, i);
    this.what = OTHER;
    return true;
  }

  protected plainWord(start: number, end: number): void {
    const b = this.b;
    if (end - start === 4 && b[start] === 78 && b[start + 1] === 85 && b[start + 2] === 76 && b[start + 3] === 76) this.to.nil();
    else this.to.flags(b, start, end);
  }

  /** A|B|0644, 1<<A|1<<B, A or B, 0x1 / * A * /|0x2 / * B * /: from b[start] on, whatever was read of it. */
  protected flagsFrom(mark: number, start: number): void {
    const b = this.b;
    this.to.takeBack(mark);
    this.p = start;
    let commented = false;
    for (;;) {
      const part = this.p;
      this.flagPart();
      if (this.p === part) {
        this.textFrom(mark, start, null);
        return;
      }
      if (this.at() === SPACE && this.peek(1) === 47 && this.peek(2) === 42) {
        const stop = skipComment(b, this.p + 1, this.end);
        // A comment behind the only or last part is the whole value's, see #value.
        if (stop > 0 && (commented || (stop < this.end && b[stop] === BAR))) {
          this.p = stop;
          commented = true;
        }
      }
      if (this.at() === BAR) this.p++;
      else if (this.isOr()) this.p += 4;
      else break;
    }
    this.to.flags(b, start, this.p);
    this.what = OTHER;
  }

  protected flagPart(): void {
    let depth = 0;
    while (this.p < this.end) {
      const c = this.b[this.p];
      if (depth === 0 && !(isIdent(c) || c === 60 || c === 40 || c === 126)) return;
      if (c === 40) depth++;
      else if (c === 41) depth--;
      this.p++;
    }
  }

  /** Takes back what was built since `mark` and gives everything up to the comma or bracket that ends it, as printed. */
  protected textFrom(mark: number, start: number, problem: string | null): void {
    if (problem !== null) this.problem ??= problem;
    this.to.takeBack(mark);
    const b = this.b;
    const end = this.end;
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
    this.p = i;
    this.to.text(b, start, stop);
    this.what = TEXT;
  }
}

/** Where AT_FDCWD stands alone in b(open, stop), a comment or a word with one byte around; -1: it does not. */
export function isCwd(b: Uint8Array, open: number, stop: number): number {
  for (let i = open + 1; i + 8 < stop; i++) {
    if (b[i] === 65 && b[i + 1] === 84 && b[i + 2] === 95 && b[i + 3] === 70 && b[i + 4] === 68 && b[i + 5] === 67 && b[i + 6] === 87 && b[i + 7] === 68) return i;
    if (isIdent(b[i])) return -1;
  }
  return -1;
}
