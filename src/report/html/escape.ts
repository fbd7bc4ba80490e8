/** Text for HTML and SVG. What comes from a log goes through `shown` first, so that it is harmless text already. */
import { visible } from '../../analysis/text.js';

const ENTITIES: ReadonlyMap<string, string> = new Map([['&', '&amp;'], ['<', '&lt;'], ['>', '&gt;'], ['"', '&quot;'], ["'", '&#39;']]);

/** For text and for attribute values in quotes. Control and bidirectional characters become visible escapes. */
export const html = (text: string): string => visible(text).replace(/[&<>"']/g, (c) => ENTITIES.get(c)!);
