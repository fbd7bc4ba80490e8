/** Tells a result document from a log, by its first bytes. */
import { closeSync, openSync, readSync } from 'node:fs';

const HEAD_BYTES = 4096;

/** Whether `file` begins as JSON with the member that marks a result does. False for what cannot be read. */
export function isResult(file: string): boolean {
  if (file === '-') return false;
  let fd: number;
  try {
    fd = openSync(file, 'r');
  } catch {
    return false; // whoever reads it as a log says why
  }
  try {
    const head = Buffer.alloc(HEAD_BYTES);
    const text = head.toString('latin1', 0, readSync(fd, head, 0, HEAD_BYTES, null));
    return /^\s*\{/.test(text) && text.includes('"uring-replay/result@');
  } catch {
    return false; // a directory
  } finally {
    closeSync(fd);
  }
}
