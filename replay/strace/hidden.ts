/** What harms when it is printed, beside the control characters that every JSON writer escapes. */

/** DEL, C1, soft hyphen, zero-width and bidirectional marks, line separators, the BOM, tags. */
export const HIDDEN = /[\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** As escapes of JSON. */
export function jsonEscapes(text: string): string {
  return Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, '0')}`).join('');
}
