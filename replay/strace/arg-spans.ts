/**
 * Arguments as spans of the log, without an object for any of them: what kind of thing each is, and where it stands.
 * Made by the same grammar as the values (values.ts); what is nested deeper than a struct's members is only OTHER.
 * Two thirds and more of a log's calls repeat arguments word for word, which are read once.
 */
import { BAR, COMMA, QUOTE, isClose, isHex, isIdent, isIdentStart } from './args-cursor.js';
import { ArgsParser } from './args.js';
import { isDigit } from './bytes.js';
import type { Builder } from './builder.js';
import { NameTable } from './names.js';
import { skipString } from './skip.js';

/** Kinds. strace's comments around a value make no difference. */
export const OTHER = 0; // arrays, macros, changes, text
export const STRING = 1; // the span is what stands between the quotes
export const CUT = 2; // a string that strace cut short
export const NUMBER = 3;
export const NIL = 4;
export const FLAGS = 5;
export const FD = 6; // a descriptor with an annotation
export const DELETED_FD = 7; // and its file was deleted
export const STRUCT = 8;

/** Marks carry the depth in their low bits; the grammar does not nest deeper (DEPTH_MAX). */
const DEPTH_BITS = 6;
const DEPTH_MASK = (1 << DEPTH_BITS) - 1;

/** A longer text is read each time. */
const TEXT_BYTES_MAX = 512;
/** Values, and bytes of their texts, remembered before all are forgotten. */
const VALUES_MAX = 1 << 16;
const BYTES_MAX = 1 << 21;
/** Where texts are hardly repeated, so many calls do without. */
const PAUSE_CALLS = 1 << 16;

export class ArgSpans implements Builder {
  /** The bytes that all spans are in. */
  bytes: Uint8Array = Buffer.alloc(0);
  /** The call's values: those from `first` on, before `last`. The same text has the same ones, until all are forgotten. */
  first = 0;
  last = 0;
  readonly #parser = new ArgsParser(this);
  /** Where the arguments begin in `bytes`; spans count from there. */
  #origin = 0;
  /** Values in the order of the log, a struct before its members: those of all texts that are remembered, then of the one being read. */
  #count = 0;
  #kinds = new Uint8Array(64);
  /** Per value: start and end; of its name (of a member) and of its annotation (of a descriptor). */
  #spans = new Int32Array(6 * 64);
  /** Per value: index of the next one that is not part of it. */
  #next = new Int32Array(64);
  /** What has begun and not ended. */
  readonly #open = new Int32Array(1 << DEPTH_BITS);
  #depth = 0;
  #texts = new NameTable({ named: false });
  /** Per text: its first value. One more than there are texts. */
  #firsts = [0];
  #repeated = 0;
  #pause = 0;

  /** Reads b[start, end), the span between a call's parentheses. Returns whether its values are new ones. */
  read(b: Uint8Array, start: number, end: number): boolean {
    this.bytes = b;
    this.#origin = start;
    const remembered = end - start <= TEXT_BYTES_MAX && --this.#pause < 0;
    if (remembered) {
      const { length } = this.#texts;
      const id = this.#texts.idOfLong(b, start, end);
      if (id < length) {
        this.first = this.#firsts[id];
        this.last = this.#firsts[id + 1];
        this.#repeated++;
        return false;
      }
    }
    this.#count = this.first = this.#firsts[this.#firsts.length - 1];
    this.#depth = 0;
    this.#parser.parse(b, start, end);
    this.last = this.#count;
    if (remembered) this.#firsts.push(this.#count);
    if (this.#count > VALUES_MAX || this.#texts.bytes > BYTES_MAX) this.#forget();
    return true;
  }

  #forget(): void {
    this.#pause = this.#repeated < this.#texts.length ? PAUSE_CALLS : 0;
    this.#repeated = 0;
    this.#texts = new NameTable({ named: false });
    this.#firsts = [0];
  }

  /** The value of argument `index`; -1: there is none. */
  arg(index: number): number {
    if (index < 0) return -1;
    let value = this.first;
    for (; index > 0 && value < this.last; index--) value = this.#next[value];
    return value < this.last ? value : -1;
  }

  kind(value: number): number {
    return this.#kinds[value];
  }

  start(value: number): number {
    return this.#origin + this.#spans[6 * value];
  }

  end(value: number): number {
    return this.#origin + this.#spans[6 * value + 1];
  }

  /** The annotation of a descriptor. */
  noteStart(value: number): number {
    return this.#origin + this.#spans[6 * value + 4];
  }

  noteEnd(value: number): number {
    return this.#origin + this.#spans[6 * value + 5];
  }

  /** The first member `name` of a struct; -1: there is none. */
  member(struct: number, name: string): number {
    const spans = this.#spans;
    for (let value = struct + 1; value < this.#next[struct]; value = this.#next[value]) {
      if (this.#reads(this.#origin + spans[6 * value + 2], this.#origin + spans[6 * value + 3], name)) return value;
    }
    return -1;
  }

  /** Whether `text` is printed there. */
  reads(value: number, text: string): boolean {
    return this.#reads(this.start(value), this.end(value), text);
  }

  #reads(start: number, end: number, name: string): boolean {
    if (end - start !== name.length) return false;
    for (let i = 0; i < name.length; i++) if (this.bytes[start + i] !== name.charCodeAt(i)) return false;
    return true;
  }

  mark(): number {
    return (this.#count << DEPTH_BITS) | this.#depth;
  }

  takeBack(mark: number): void {
    this.#depth = mark & DEPTH_MASK;
    this.#count = mark >>> DEPTH_BITS;
  }

  plain(b: Uint8Array, start: number, end: number): number {
    const c = b[start];
    let stop = start + 1;
    let kind = FLAGS;
    if (c === QUOTE) {
      kind = STRING;
      stop = skipString(b, start, end);
    } else if (isIdentStart(c)) {
      while (stop < end && (isIdent(b[stop]) || (b[stop] === BAR && b[stop - 1] !== BAR))) stop++;
      if (b[stop - 1] === BAR) return -1;
      if (stop - start === 4 && c === 78 && b[start + 1] === 85 && b[start + 2] === 76 && b[start + 3] === 76) kind = NIL;
    } else if (isDigit(c)) {
      kind = NUMBER;
      if (c === 48 && stop + 1 < end && b[stop] === 120 && isHex(b[stop + 1])) while (++stop < end && isHex(b[stop]));
      else while (stop < end && isDigit(b[stop])) stop++;
    } else {
      return -1;
    }
    if (stop < 0 || (stop < end && b[stop] !== COMMA && !isClose(b[stop]))) return -1;
    if (kind === STRING) this.#add(STRING, start + 1, stop - 1);
    else this.#add(kind, start, stop);
    return stop;
  }

  string(_b: Uint8Array, start: number, end: number, truncated: boolean): void {
    this.#add(truncated ? CUT : STRING, start, end);
  }

  number(_b: Uint8Array, start: number, end: number): void {
    this.#add(NUMBER, start, end);
  }

  nil(): void {
    this.#add(NIL, this.#origin, this.#origin);
  }

  flags(_b: Uint8Array, start: number, end: number): void {
    this.#add(FLAGS, start, end);
  }

  fd(_b: Uint8Array, start: number, end: number, noteStart: number, noteEnd: number, deleted: boolean): void {
    const value = this.#add(deleted ? DELETED_FD : FD, start, end);
    this.#spans[6 * value + 4] = noteStart - this.#origin;
    this.#spans[6 * value + 5] = noteEnd - this.#origin;
  }

  text(_b: Uint8Array, start: number, end: number): void {
    this.#add(OTHER, start, end);
  }

  beginStruct(): void {
    this.#begin(this.#add(STRUCT, this.#origin, this.#origin));
  }

  field(_b: Uint8Array, nameStart: number, nameEnd: number): void {
    // Of the value that comes next.
    this.#reserve();
    this.#spans[6 * this.#count + 2] = nameStart - this.#origin;
    this.#spans[6 * this.#count + 3] = nameEnd - this.#origin;
  }

  endStruct(): void {
    this.#next[this.#open[--this.#depth]] = this.#count;
  }

  beginArray(): void {
    this.#begin(this.#add(OTHER, this.#origin, this.#origin));
  }

  item(): void {
    // The values are counted as they come.
  }

  endArray(): void {
    this.#close();
  }

  beginMacro(): void {
    this.#begin(this.#add(OTHER, this.#origin, this.#origin));
  }

  endMacro(): void {
    this.#close();
  }

  comment(): void {
    // Makes no difference.
  }

  beginChange(mark: number): void {
    const value = mark >>> DEPTH_BITS;
    this.#kinds[value] = OTHER;
    this.#begin(value);
  }

  endChange(): void {
    this.#close();
  }

  #begin(value: number): void {
    this.#open[this.#depth++] = value;
  }

  /** The innermost thing that has begun is a value of which nothing more is known. */
  #close(): void {
    const value = this.#open[--this.#depth];
    this.#count = value + 1;
    this.#next[value] = this.#count;
  }

  #add(kind: number, start: number, end: number): number {
    this.#reserve();
    const value = this.#count++;
    this.#kinds[value] = kind;
    this.#spans[6 * value] = start - this.#origin;
    this.#spans[6 * value + 1] = end - this.#origin;
    this.#next[value] = this.#count;
    return value;
  }

  #reserve(): void {
    if (this.#count < this.#kinds.length) return;
    const size = 2 * this.#kinds.length;
    this.#kinds = grown(this.#kinds, new Uint8Array(size));
    this.#spans = grown(this.#spans, new Int32Array(6 * size));
    this.#next = grown(this.#next, new Int32Array(size));
  }
}

function grown<T extends { set(source: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
