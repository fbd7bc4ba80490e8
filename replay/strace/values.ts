/** Arguments as values for programs. */
import { ArgsParser } from './args.js';
import { latin1 } from './bytes.js';
import { readNumber, unescape } from './leaf.js';
import type { Builder } from './builder.js';
import type { Field, Value } from '../trace/model.js';

export interface DecodedArgs {
  readonly values: readonly Value[];
  /** null when every byte was understood. */
  readonly problem: string | null;
}

/** The arguments in b[start, end), the span between a call's parentheses. */
export function decodeArgs(b: Uint8Array, start: number, end: number): DecodedArgs {
  const builder = new ValueBuilder();
  const parser = new ArgsParser(builder);
  parser.parse(b, start, end);
  return { values: builder.values, problem: parser.problem };
}

/** What has begun and not ended: a struct, array or macro whose parts are the values from `from` on. */
interface Frame {
  readonly from: number;
  readonly macro: string;
  readonly fieldNames: (string | null)[];
}

/** More values than one line can hold; marks carry the number of frames above it. */
const VALUES_MAX = 2 ** 32;

/** A stack of finished values, and one of what has begun. */
class ValueBuilder implements Builder {
  readonly values: Value[] = [];
  readonly #frames: Frame[] = [];

  mark(): number {
    return this.#frames.length * VALUES_MAX + this.values.length;
  }

  takeBack(mark: number): void {
    this.#frames.length = Math.floor(mark / VALUES_MAX);
    this.values.length = mark % VALUES_MAX;
  }

  string(b: Uint8Array, start: number, end: number, truncated: boolean, abstract: boolean): void {
    const bytes = unescape(b, start, end);
    this.values.push(abstract ? { type: 'string', bytes, truncated, abstract } : { type: 'string', bytes, truncated });
  }

  number(b: Uint8Array, start: number, end: number): void {
    this.values.push(readNumber(b, start, end));
  }

  nil(): void {
    this.values.push({ type: 'null' });
  }

  flags(b: Uint8Array, start: number, end: number): void {
    this.values.push(flagsOf(latin1(b, start, end)));
  }

  fd(b: Uint8Array, start: number, end: number, noteStart: number, noteEnd: number, deleted: boolean): void {
    const fd = b[start] === 65 ? 'AT_FDCWD' : Number(latin1(b, start, end));
    this.values.push({ type: 'fd', fd, annotation: unescape(b, noteStart, noteEnd), deleted });
  }

  text(b: Uint8Array, start: number, end: number): void {
    this.values.push({ type: 'text', text: latin1(b, start, end) });
  }

  #begin(macro: string): void {
    this.#frames.push({ from: this.values.length, macro, fieldNames: [] });
  }

  beginStruct(): void {
    this.#begin('');
  }

  field(b: Uint8Array, nameStart: number, nameEnd: number): void {
    this.#frames[this.#frames.length - 1].fieldNames.push(nameEnd > nameStart ? latin1(b, nameStart, nameEnd) : null);
  }

  endStruct(truncated: boolean): void {
    const { from, fieldNames } = this.#frames.pop()!;
    const fields: Field[] = this.values.splice(from).map((value, i) => ({ name: fieldNames[i], value }));
    this.values.push({ type: 'struct', fields, truncated });
  }

  beginArray(): void {
    this.#begin('');
  }

  item(): void {
    // The stack knows how many there are.
  }

  endArray(_mark: number, truncated: boolean, negated: boolean, set: boolean): void {
    const items = this.values.splice(this.#frames.pop()!.from);
    this.values.push({ type: 'array', items, truncated, negated, set });
  }

  beginMacro(b: Uint8Array, nameStart: number, nameEnd: number): void {
    this.#begin(latin1(b, nameStart, nameEnd));
  }

  endMacro(): void {
    const { from, macro } = this.#frames.pop()!;
    this.values.push({ type: 'macro', name: macro, args: this.values.splice(from) });
  }

  comment(_mark: number, b: Uint8Array, start: number, end: number): void {
    const value = this.values.pop()!;
    const comment = latin1(b, start, end).trim();
    if (value.type === 'flags' && value.comment === undefined) this.values.push({ ...value, comment });
    else this.values.push({ type: 'commented', value, comment });
  }

  beginChange(): void {
    // Before and after are the two values on top of the stack.
  }

  endChange(): void {
    const after = this.values.pop()!;
    const before = this.values.pop()!;
    this.values.push({ type: 'change', before, after });
  }
}

/** `A|B|0644`, `A or B`, `0x1 / * A * /|17 / * B * /`: the comments inside become the comment of all. */
export function flagsOf(text: string): Extract<Value, { type: 'flags' }> {
  if (!/[| ]/.test(text)) return { type: 'flags', names: [text] };
  const comments: string[] = [];
  const bare = text.replace(/ \/\*(.*?)\*\//g, (_all, comment: string) => {
    comments.push(comment.trim());
    return '';
  });
  const names = splitTop(bare);
  return comments.length > 0 ? { type: 'flags', names, comment: comments.join('|') } : { type: 'flags', names };
}

/** Splits at | and " or " outside parentheses. */
function splitTop(text: string): string[] {
  const names: string[] = [];
  let depth = 0;
  let from = 0;
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (c === '(') depth++;
    else if (c === ')') depth--;
    else if (depth === 0 && c === '|') {
      names.push(text.slice(from, i));
      from = i + 1;
    } else if (depth === 0 && c === ' ' && text.startsWith(' or ', i)) {
      names.push(text.slice(from, i));
      from = i + 4;
      i += 3;
    }
  }
  names.push(text.slice(from));
  return names;
}
