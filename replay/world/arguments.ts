/**
 * The arguments of one call as what it means by them, read where they stand in the log. For what is not plain there
 * are decoded values, which values.ts reads in the same way.
 */
import { ArgSpans, DELETED_FD, FD, FLAGS, NIL, NUMBER, OTHER, STRING, STRUCT } from '../strace/arg-spans.js';
import { latin1 } from '../strace/bytes.js';
import { readInteger, unescape } from '../strace/leaf.js';
import { NameTable } from '../strace/names.js';
import { flagsOf } from '../strace/values.js';
import type { Trace, Value } from '../trace/model.js';
import { AT_FDCWD, type Names } from './constants.js';
import { member, toFd, toNumber } from './values.js';

/** Different flag words, and paths, remembered before all are forgotten. */
const WORDS_MAX = 1 << 12;
const TEXTS_MAX = 1 << 18;
const CWD_NAME = 'AT_FDCWD';
const NO_NAMES: Names = {};
/** Stands for the names of a number that is meant as a descriptor. */
const AS_FD: Names = {};

/** Where the calls are. */
export type CallSource = Pick<Trace, 'call' | 'argsText' | 'isOrphan'>;

export class Arguments {
  private readonly calls: CallSource;
  private readonly spans = new ArgSpans();
  private call = -1;
  private values: readonly Value[] | null = null;
  private read = false;
  /** 1 where the first arguments are not in the log, for which one unknown stands. */
  private missing = 0;
  private words = new NameTable();
  /** Number of each word, by the table of names that says so. */
  private readonly numbers = new Map<Names, (number | null | undefined)[]>();
  private texts = new NameTable();
  private strings: (string | null)[] = [];
  /** Per value of `spans`: the number it was last read as, and by which names; the text. undefined: not read yet. */
  private readonly readAs: (Names | undefined)[] = [];
  private readonly readNumber: (number | null)[] = [];
  private readonly readText: (string | null | undefined)[] = [];

  constructor(calls: CallSource) {
    this.calls = calls;
  }

  /** What follows is about call `index`. */
  begin(index: number): void {
    this.call = index;
    this.values = null;
    this.read = false;
  }

  /** All of them, decoded. */
  decoded(): readonly Value[] {
    return (this.values ??= this.calls.call(this.call).args());
  }

  value(index: number): Value | undefined {
    return this.decoded()[index];
  }

  /** An integer, or constants joined by `|` whose names are in `names`. null: not shown, or not known. */
  number(index: number, names: Names = NO_NAMES): number | null {
    return this.numberAt(this.find(index), names);
  }

  /** A descriptor number, AT_FDCWD as -100. Raw 32-bit values (0xffffff9c) count as signed. */
  fd(index: number): number | null {
    return this.numberAt(this.find(index), AS_FD);
  }

  /** A path as latin1, one char per byte; null when strace cut it short or did not print it, or when it holds a NUL, as no path can. */
  text(index: number): string | null {
    const at = this.find(index);
    if (at < 0 || this.spans.kind(at) !== STRING) return null;
    return (this.readText[at] ??= this.intern(this.spans.start(at), this.spans.end(at)));
  }

  isNull(index: number): boolean {
    const at = this.find(index);
    return at >= 0 && this.spans.kind(at) === NIL;
  }

  /** What -y printed beside a descriptor; null also when it holds a NUL. */
  annotation(index: number): string | null {
    const at = this.find(index);
    if (at < 0 || this.spans.kind(at) !== FD) return null;
    return (this.readText[at] ??= this.intern(this.spans.noteStart(at), this.spans.noteEnd(at)));
  }

  /** Member `name` of a struct as a number; undefined when it is not shown. */
  member(index: number, name: string, names: Names = NO_NAMES): number | null | undefined {
    const at = this.find(index);
    if (at < 0) return undefined;
    const kind = this.spans.kind(at);
    if (kind === STRUCT) {
      const found = this.spans.member(at, name);
      return found < 0 ? undefined : this.numberAt(found, names);
    }
    const value = kind === OTHER ? member(this.value(index), name) : undefined; // of a struct that the call changed
    return value === undefined ? undefined : toNumber(value, names);
  }

  private numberAt(at: number, names: Names): number | null {
    if (at < 0) return null;
    if (this.readAs[at] !== names) {
      this.readNumber[at] = names === AS_FD ? this.decodeFd(at) : this.decodeNumber(at, names);
      this.readAs[at] = names;
    }
    return this.readNumber[at];
  }

  private decodeFd(at: number): number | null {
    if (this.spans.kind(at) === FLAGS) return this.spans.reads(at, CWD_NAME) ? AT_FDCWD : toFd(flagsOf(this.print(at)));
    const number = this.decodeNumber(at, NO_NAMES);
    return number === null || number > 0xffffffff ? null : number | 0;
  }

  private decodeNumber(at: number, names: Names): number | null {
    const { spans } = this;
    switch (spans.kind(at)) {
      case NUMBER: return readInteger(spans.bytes, spans.start(at), spans.end(at));
      case NIL: return 0;
      case FLAGS: return this.flags(spans.start(at), spans.end(at), names);
      case FD:
      case DELETED_FD:
        return spans.reads(at, CWD_NAME) ? AT_FDCWD : Number(this.print(at));
      default: return null;
    }
  }

  private find(index: number): number {
    if (!this.read) this.readSpans();
    return this.spans.arg(index - this.missing);
  }

  private readSpans(): void {
    this.read = true;
    const { bytes, start, end } = this.calls.argsText(this.call);
    this.missing = this.calls.isOrphan(this.call) ? 1 : 0;
    if (!this.spans.read(bytes, start, end)) return;
    for (let at = this.spans.first; at < this.spans.last; at++) {
      this.readAs[at] = undefined;
      this.readNumber[at] = null;
      this.readText[at] = undefined;
    }
  }

  private print(at: number): string {
    return latin1(this.spans.bytes, this.spans.start(at), this.spans.end(at));
  }

  private flags(start: number, end: number, names: Names): number | null {
    const { bytes } = this.spans;
    const id = this.words.id(bytes, start, end);
    let numbers = this.numbers.get(names);
    if (numbers === undefined) {
      numbers = [];
      this.numbers.set(names, numbers);
    }
    let number = numbers[id];
    if (number === undefined) {
      number = toNumber(flagsOf(latin1(bytes, start, end)), names);
      numbers[id] = number;
      if (id >= WORDS_MAX) {
        this.words = new NameTable();
        this.numbers.clear();
      }
    }
    return number;
  }

  /** The text between two quotes; the same one for the same bytes, which makes it a cheap key. null: it holds a NUL. */
  private intern(start: number, end: number): string | null {
    const { bytes } = this.spans;
    const id = this.texts.idOfLong(bytes, start, end);
    if (id < this.strings.length) return this.strings[id];
    const printed = this.texts.names[id];
    const unescaped = printed.includes('\\') ? latin1(unescape(bytes, start, end)) : printed;
    const text = unescaped.includes('\0') ? null : unescaped;
    if (id >= TEXTS_MAX) {
      this.texts = new NameTable();
      this.strings = [];
    } else {
      this.strings.push(text);
    }
    return text;
  }
}
