/** Small questions about decoded arguments. */
import type { Value } from '../../replay/trace/model.js';

const latin1 = (bytes: Uint8Array): string => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** The bytes of a string argument as latin1; null when it is none or only its beginning is in the log. */
export function pathOf(value: Value | undefined): string | null {
  return value?.type === 'string' && !value.truncated && value.abstract !== true ? latin1(value.bytes) : null;
}

/** A descriptor number; 'cwd' for AT_FDCWD; null for anything else. */
export function fdOf(value: Value | undefined): number | 'cwd' | null {
  if (value === undefined) return null;
  if (value.type === 'number') return Number(value.value) === -100 ? 'cwd' : Number(value.value);
  if (value.type === 'fd') return value.fd === 'AT_FDCWD' ? 'cwd' : value.fd;
  if (value.type === 'flags') return value.names[0] === 'AT_FDCWD' ? 'cwd' : null;
  return value.type === 'commented' ? fdOf(value.value) : null;
}

/** What -y says a descriptor stands for, where that is a path. */
export function annotatedPath(value: Value | undefined): string | null {
  return value?.type === 'fd' && value.annotation[0] === 47 ? latin1(value.annotation) : null;
}

export function hasFlag(value: Value | undefined, flag: string): boolean {
  if (value === undefined) return false;
  if (value.type === 'flags') return value.names.includes(flag);
  return value.type === 'commented' && hasFlag(value.value, flag);
}

/** The same anywhere in it: in the members of a struct, in what it was changed to. */
export function holdsFlag(value: Value, flag: string): boolean {
  if (value.type === 'struct') return value.fields.some((field) => holdsFlag(field.value, flag));
  if (value.type === 'change') return holdsFlag(value.before, flag) || holdsFlag(value.after, flag);
  return hasFlag(value, flag);
}

/** A named member of a struct. */
export function member(value: Value | undefined, name: string): Value | undefined {
  if (value?.type === 'change') return member(value.before, name);
  return value?.type === 'struct' ? value.fields.find((field) => field.name === name)?.value : undefined;
}

/** `clone(child_stack=..., flags=CLONE_VM|SIGCHLD)`: the argument or member that holds a flag of this prefix. */
export function flagsWith(args: readonly Value[], prefix: string): Value | undefined {
  for (const arg of args) {
    if (arg.type === 'flags' && arg.names.some((name) => name.startsWith(prefix))) return arg;
    const inside = arg.type === 'struct' || arg.type === 'change' ? member(arg, 'flags') : undefined;
    if (inside !== undefined) return inside;
  }
  return undefined;
}
