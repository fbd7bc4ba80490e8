/** What the grammar of arguments (args.ts) drives: values, JSON, or the notation again are built by it. */

export interface Builder {
  /** The name of the argument that follows (-N). */
  name?(b: Uint8Array, start: number, end: number): void;
  /**
   * A short cut: takes the value at b[start] if it is a plain one (a number, a word, words with bars between, a string)
   * with a comma, a closing bracket or `end` behind it, and returns where it ends; otherwise does nothing: -1.
   */
  plain?(b: Uint8Array, start: number, end: number): number;
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
