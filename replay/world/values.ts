/** Reads decoded arguments as what the calls mean by them: numbers, paths, descriptors, struct members. */
import type { Value } from '../trace/model.js';
import { AT_FDCWD, type Names } from './constants.js';

/** Without strace's comments around it. */
export function plain(value: Value | undefined): Value | undefined {
  while (value?.type === 'commented') value = value.value;
  return value;
}

/** An integer, or constants joined by `|` whose names are in `names`. null: not shown, or not known. */
export function toNumber(value: Value | undefined, names: Names = {}): number | null {
  value = plain(value);
  switch (value?.type) {
    case 'number':
      return safe(value.value);
    case 'null':
      return 0;
    case 'flags': {
      let sum = 0;
      for (const name of value.names) {
        const bits = Object.hasOwn(names, name) ? names[name] : literal(name);
        if (bits === null) return null;
        // Not `|`: that would make negative numbers of the 32nd bit.
        sum = sum === 0 ? bits : Number(BigInt(sum) | BigInt(bits));
      }
      return sum;
    }
    case 'fd':
      return value.fd === 'AT_FDCWD' ? AT_FDCWD : value.fd;
    default:
      return null;
  }
}

function safe(value: number | bigint): number | null {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : null;
}

/** 0644, 0x1000, 12 as C reads them. */
function literal(text: string): number | null {
  if (/^0[0-7]+$/.test(text)) return Number.parseInt(text, 8);
  if (/^(?:0x[\da-f]+|\d+)$/i.test(text)) return safe(Number(text));
  return null;
}

/** A path or buffer as bytes; null when strace cut it short or did not print it. */
export function toBytes(value: Value | undefined): Uint8Array | null {
  value = plain(value);
  return value?.type === 'string' && !value.truncated ? value.bytes : null;
}

/** A descriptor number, AT_FDCWD as -100. Raw 32-bit values (0xffffff9c) count as signed. */
export function toFd(value: Value | undefined): number | null {
  value = plain(value);
  if (value?.type === 'flags' && value.names.length === 1 && value.names[0] === 'AT_FDCWD') return AT_FDCWD;
  const number = toNumber(value);
  return number === null || number > 0xffffffff ? null : number | 0;
}

/** What -y printed beside a descriptor. */
export function annotationOf(value: Value | undefined): Uint8Array | null {
  value = plain(value);
  return value?.type === 'fd' && !value.deleted ? value.annotation : null;
}

/** Member `name` of a struct (of the new value where the call changed it). */
export function member(value: Value | undefined, name: string): Value | undefined {
  value = plain(value);
  if (value?.type === 'change') return member(value.after, name) ?? member(value.before, name);
  if (value?.type !== 'struct') return undefined;
  return value.fields.find((field) => field.name === name)?.value;
}

/** The number that a pointer argument points to when the call is entered, `[5]` or `[5 => 9]`; null: not shown. */
export function pointedTo(value: Value | undefined): number | null {
  value = plain(value);
  if (value?.type !== 'array' || value.items.length !== 1) return value?.type === 'change' ? pointedTo(value.before) : null;
  const item = plain(value.items[0]);
  return item?.type === 'change' ? toNumber(item.before) : toNumber(item);
}

/** Numbers of an array such as pipe's [3, 4]. */
export function toNumbers(value: Value | undefined): number[] {
  value = plain(value);
  if (value?.type === 'change') value = plain(value.after);
  if (value?.type !== 'array') return [];
  return value.items.map((item) => toNumber(item)).filter((item) => item !== null);
}

/** Sum of the iov_len of a vector, and how many segments it has; null when not all of them are shown. */
export function toVector(value: Value | undefined): { readonly bytes: number; readonly segments: number } | null {
  value = plain(value);
  if (value?.type !== 'array' || value.truncated) return null;
  let bytes = 0;
  for (const item of value.items) {
    const length = toNumber(member(item, 'iov_len'));
    if (length === null) return null;
    bytes += length;
  }
  return { bytes, segments: value.items.length };
}

/** The first of strace's comments around a value: "/* 5 entries *\/" -> "5 entries". */
export function commentOf(value: Value | undefined): string | null {
  if (value?.type === 'commented') return value.comment;
  return value?.type === 'flags' ? (value.comment ?? null) : null;
}
