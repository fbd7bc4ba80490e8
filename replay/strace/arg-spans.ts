/**
 * Arguments as spans of the log, without an object for any of them: what kind of thing each is, and where it stands.
 * Made by the same grammar as the values (values.ts); what is nested deeper than a struct's members is only OTHER.
 */
import { ArgsParser } from './args.js';
import type { Builder } from './builder.js';

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

/** More values than one line can hold; marks carry the depth above it. */
const VALUES_MAX = 2 ** 32;

export class ArgSpans implements Builder {
  /** The bytes that all spans are in. */
  bytes: Uint8Array = new Uint8Array(0);
  readonly #parser = new ArgsParser(this);
  /** Values in the order of the log, a struct before its members. */
  #count = 0;
  #kinds = new Uint8Array(64);
  /** Per value: start and end; of its name (of a member) and of its annotation (of a descriptor). */
  #spans = new Uint32Array(6 * 64);
  /** Per value: index of the next one that is not part of it. */
  #next = new Int32Array(64);
  /** What has begun and not ended. */
  readonly #open: number[] = [];
  readonly #args: number[] = [];

  /** Reads b[start, end), the span between a call's parentheses. */
  read(b: Uint8Array, start: number, end: number): void {
    this.bytes = b;
    this.#count = 0;
    this.#open.length = 0;
    this.#args.length = 0;
    this.#parser.parse(b, start, end);
  }

  /** Number of arguments. */
  get length(): number {
    return this.#args.length;
  }

  /** The value of argument `index`; -1: there is none. */
  arg(index: number): number {
    return index < this.#args.length ? this.#args[index] : -1;
  }

  kind(value: number): number {
    return this.#kinds[value];
  }

  start(value: number): number {
    return this.#spans[6 * value];
  }

  end(value: number): number {
    return this.#spans[6 * value + 1];
  }

  /** The annotation of a descriptor. */
  noteStart(value: number): number {
    return this.#spans[6 * value + 4];
  }

  noteEnd(value: number): number {
    return this.#spans[6 * value + 5];
  }

  /** The first member `name` of a struct; -1: there is none. */
  member(struct: number, name: string): number {
    const spans = this.#spans;
    for (let value = struct + 1; value < this.#next[struct]; value = this.#next[value]) {
      if (this.#reads(spans[6 * value + 2], spans[6 * value + 3], name)) return value;
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
    return this.#open.length * VALUES_MAX + this.#count;
  }

  takeBack(mark: number): void {
    this.#open.length = Math.floor(mark / VALUES_MAX);
    this.#count = mark % VALUES_MAX;
    if (this.#open.length > 0) return;
    while (this.#args.length > 0 && this.#args[this.#args.length - 1] >= this.#count) this.#args.pop();
  }

  string(_b: Uint8Array, start: number, end: number, truncated: boolean): void {
    this.#add(truncated ? CUT : STRING, start, end);
  }

  number(_b: Uint8Array, start: number, end: number): void {
    this.#add(NUMBER, start, end);
  }

  nil(): void {
    this.#add(NIL, 0, 0);
  }

  flags(_b: Uint8Array, start: number, end: number): void {
    this.#add(FLAGS, start, end);
  }

  fd(_b: Uint8Array, start: number, end: number, noteStart: number, noteEnd: number, deleted: boolean): void {
    const value = this.#add(deleted ? DELETED_FD : FD, start, end);
    this.#spans[6 * value + 4] = noteStart;
    this.#spans[6 * value + 5] = noteEnd;
  }

  text(_b: Uint8Array, start: number, end: number): void {
    this.#add(OTHER, start, end);
  }

  beginStruct(): void {
    this.#open.push(this.#add(STRUCT, 0, 0));
  }

  field(_b: Uint8Array, nameStart: number, nameEnd: number): void {
    // Of the value that comes next.
    this.#reserve();
    this.#spans[6 * this.#count + 2] = nameStart;
    this.#spans[6 * this.#count + 3] = nameEnd;
  }

  endStruct(): void {
    this.#next[this.#open.pop()!] = this.#count;
  }

  beginArray(): void {
    this.#open.push(this.#add(OTHER, 0, 0));
  }

  item(): void {
    // The values are counted as they come.
  }

  endArray(): void {
    this.#close();
  }

  beginMacro(): void {
    this.#open.push(this.#add(OTHER, 0, 0));
  }

  endMacro(): void {
    this.#close();
  }

  comment(): void {
    // Makes no difference.
  }

  beginChange(mark: number): void {
    const value = mark % VALUES_MAX;
    this.#kinds[value] = OTHER;
    this.#open.push(value);
  }

  endChange(): void {
    this.#close();
  }

  /** The innermost thing that has begun is a value of which nothing more is known. */
  #close(): void {
    const value = this.#open.pop()!;
    this.#count = value + 1;
    this.#next[value] = this.#count;
  }

  #add(kind: number, start: number, end: number): number {
    this.#reserve();
    const value = this.#count++;
    this.#kinds[value] = kind;
    this.#spans[6 * value] = start;
    this.#spans[6 * value + 1] = end;
    this.#next[value] = this.#count;
    if (this.#open.length === 0) this.#args.push(value);
    return value;
  }

  #reserve(): void {
    if (this.#count < this.#kinds.length) return;
    const size = 2 * this.#kinds.length;
    this.#kinds = grown(this.#kinds, new Uint8Array(size));
    this.#spans = grown(this.#spans, new Uint32Array(6 * size));
    this.#next = grown(this.#next, new Int32Array(size));
  }
}

function grown<T extends { set(source: T): void }>(from: T, to: T): T {
  to.set(from);
  return to;
}
