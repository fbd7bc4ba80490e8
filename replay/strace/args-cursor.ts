/** A position among the arguments of a call, and what stands there. */
import { byteClass, isDigit } from './bytes.js';

export const QUOTE = 34;
export const COMMA = 44;
export const SPACE = 32;
export const BAR = 124;
export const LESS = 60;
export const EQUALS = 61;
export const isIdentStart = (c: number): boolean => (c >= 97 && c <= 122) || (c >= 65 && c <= 90) || c === 95;
/** Letters, digits and _. */
export const IDENT = byteClass('0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_');
export const isIdent = (c: number): boolean => IDENT[c] === 1;
export const isClose = (c: number): boolean => c === 93 || c === 125 || c === 41;
export const isHex = (c: number): boolean => (c >= 48 && c <= 57) || (c >= 97 && c <= 102) || (c >= 65 && c <= 70);

export class ArgsCursor {
  protected b: Uint8Array = Buffer.alloc(0);
  protected p = 0;
  protected end = 0;

  protected at(): number {
    return this.p < this.end ? this.b[this.p] : -1;
  }

  protected peek(offset: number): number {
    const i = this.p + offset;
    return i < this.end ? this.b[i] : -1;
  }

  protected blanks(): void {
    while (this.p < this.end && this.b[this.p] === SPACE) this.p++;
  }

  protected isComment(): boolean {
    return this.at() === 47 && this.peek(1) === 42;
  }

  protected isArrow(): boolean {
    return this.at() === EQUALS && this.peek(1) === 62;
  }

  protected isDots(): boolean {
    return this.at() === 46 && this.peek(1) === 46 && this.peek(2) === 46;
  }

  /** ` or ` */
  protected isOr(): boolean {
    return this.at() === SPACE && this.peek(1) === 111 && this.peek(2) === 114 && this.peek(3) === SPACE;
  }

  /** `st_mode=`, `fd=`, `[0x1] = `, `c_cc[VMIN]=`: steps over it. Returns the end of the name, or -1. */
  protected skipName(): number {
    const b = this.b;
    const end = this.end;
    let i = this.p;
    if (i >= end || isDigit(b[i])) return -1;
    while (i < end && (isIdent(b[i]) || b[i] === 46)) i++;
    while (i < end && b[i] === 91) {
      let k = i + 1;
      // A path that annotates a descriptor may hold anything: [0</a]=>]
      while (k < end && b[k] !== 93 && b[k] !== 91 && b[k] !== COMMA && b[k] !== QUOTE && b[k] !== 123 && b[k] !== LESS) k++;
      if (k >= end || b[k] !== 93) return -1;
      i = k + 1;
    }
    if (i >= end || i === this.p) return -1;
    let next = i;
    if (b[i] === SPACE && b[i - 1] === 93 && i + 2 < end && b[i + 1] === EQUALS && b[i + 2] === SPACE) next = i + 1;
    if (b[next] !== EQUALS || (next + 1 < end && (b[next + 1] === EQUALS || b[next + 1] === 62))) return -1;
    this.p = next + 1;
    if (next > i) this.blanks();
    return i;
  }
}
