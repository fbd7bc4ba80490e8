/** The path that an op is about, as text for people. */
import type { OpSpec } from '../replay/plan/format.js';

/** null where it has none. `prefix`: of every path in the program, taken off. */
export function pathOf(op: OpSpec, prefix: string): string | null {
  if (op.path === undefined || op.path.length === 0) return null;
  const text = printable(op.path);
  return text.startsWith(prefix) ? text.slice(prefix.length) || '/' : text;
}

/** As UTF-8 where it is; other bytes and control characters as \xNN, as strace prints them. */
function printable(path: Uint8Array): string {
  const text = Buffer.from(path).toString('utf8');
  const exact = !text.includes('\uFFFD') ? text : Buffer.from(path).toString('latin1').replace(/[\x80-\xff]/g, hex);
  // eslint-disable-next-line no-control-regex
  return exact.replace(/[\x00-\x1f\x7f]/g, hex);
}

function hex(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
