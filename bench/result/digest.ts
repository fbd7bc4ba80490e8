/** A seal on result documents, so that figures changed by hand are noticed. It guards against accidents, not forgers. */
import { createHash } from 'node:crypto';
import type { ResultDocument } from './result.js';

/** sha256, hex, of the document without its `digest`, as JSON with sorted keys: pretty-printing does not matter. */
export function digestOf(document: Omit<ResultDocument, 'digest'>): string {
  const rest = Object.fromEntries(Object.entries(document).filter(([key]) => key !== 'digest'));
  return createHash('sha256').update(JSON.stringify(sorted(rest))).digest('hex');
}

export function seal(document: Omit<ResultDocument, 'digest'>): ResultDocument {
  return { ...document, digest: digestOf(document) };
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, item]) => [key, sorted(item)]));
}
