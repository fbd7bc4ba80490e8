/** A document with every string fit to be shown, so that charts and tables use the same names. */
import { visible } from '../../analysis/text.js';

export function harmless<T>(value: T): T {
  if (typeof value === 'string') return visible(value) as T;
  if (Array.isArray(value)) return value.map((item) => harmless(item as unknown)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [visible(key), harmless(item as unknown)])) as T;
}
