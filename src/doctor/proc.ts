/** Small readers of /proc; null where the kernel does not have what is asked for. */
import { readFileSync } from 'node:fs';

function read(file: string): string | null {
  try {
    return readFileSync(file, 'latin1').trim();
  } catch {
    return null;
  }
}

/** `sysctl('kernel.io_uring_disabled')` -> '0' */
export function sysctl(name: string): string | null {
  return read(`/proc/sys/${name.replaceAll('.', '/')}`);
}

/** A field of /proc/self/status: `status('Seccomp')` -> '2' */
export function status(field: string): string | null {
  const line = read('/proc/self/status')?.split('\n').find((text) => text.startsWith(`${field}:`));
  return line?.slice(field.length + 1).trim() ?? null;
}

/** Soft and hard limit of /proc/self/limits; Infinity for unlimited. `limit('Max open files')` */
export function limit(name: string): { readonly soft: number; readonly hard: number } | null {
  const line = read('/proc/self/limits')?.split('\n').find((text) => text.startsWith(name));
  const match = /^\s*(\S+)\s+(\S+)/.exec(line?.slice(name.length) ?? '');
  if (match === null) return null;
  const [, soft, hard] = match;
  const number = (text: string): number => (text === 'unlimited' ? Infinity : Number(text));
  return { soft: number(soft), hard: number(hard) };
}
