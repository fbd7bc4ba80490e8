/** Text that fits the terminal: its width, shortened paths, wrapped lines. */

/** Columns to write for: those of the terminal, or no limit. A terminal that does not know its size says 0. */
export const terminalWidth = (): number => (process.stdout.isTTY && process.stdout.columns > 0 ? process.stdout.columns : Infinity);

const COLOUR = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
/** One column each: nothing from U+0300 on but dashes, quotes, points and the cells of bars. */
const NARROW = /^[ -~\u00a0-\u02ff\u2010-\u2027\u2588-\u258f]*$/;
/** East Asian Wide and Fullwidth (UAX #11), and what is drawn as a picture. */
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u;
const COMBINING = /\p{Mn}|\p{Me}/u;

/** Columns that a terminal takes for one line of text; colours take none. */
export function visibleWidth(text: string): number {
  if (NARROW.test(text)) return text.length;
  const bare = text.replace(COLOUR, '');
  return NARROW.test(bare) ? bare.length : Array.from(bare, columnsOf).reduce((sum, n) => sum + n, 0);
}

const columnsOf = (character: string): number => (WIDE.test(character) ? 2 : COMBINING.test(character) ? 0 : 1);

/** `/usr/lib/python3.11/json/__init__.py` -> `/usr/lib/…/json/__init__.py`: the end of a path says most. Colours go. */
export function shorten(text: string, width: number): string {
  if (visibleWidth(text) <= width) return text;
  const characters = Array.from(text.replace(COLOUR, ''));
  const head = Math.max(1, Math.floor((width - 1) / 3));
  const [begin, end] = [taken(characters, head), taken(characters.toReversed(), width - 1 - head)];
  return `${begin.join('')}…${end.toReversed().join('')}`;
}

/** As many of the first as fit into `width`. */
function taken(characters: readonly string[], width: number): readonly string[] {
  let left = width;
  const end = characters.findIndex((character) => (left -= columnsOf(character)) < 0);
  return end < 0 ? characters : characters.slice(0, end);
}

/** Blanks, but not the one between a number and its unit. */
const WORD_BREAK = / (?!(?:[KMGT]i?B|B|[nµm]?s|%)(?:[^\w]|$))/;

/** Lines of at most `width` where the pieces (words, or what stands between commas) allow it. */
export function wrap(text: string, width: number, between: 'words' | 'list' = 'words'): string[] {
  if (visibleWidth(text) <= width) return [text];
  const lines: string[] = [];
  let room = 0;
  for (const piece of between === 'words' ? text.split(WORD_BREAK) : text.split(/(?<=,) /)) {
    const size = visibleWidth(piece);
    if (lines.length > 0 && size < room) {
      lines[lines.length - 1] += ` ${piece}`;
      room -= size + 1;
    } else {
      lines.push(piece);
      room = width - size;
    }
  }
  return lines;
}

/** The same for whole texts: what goes on stands a little further right than its line began. */
export function wrapLines(text: string, width = terminalWidth()): string {
  if (width === Infinity) return text;
  return text.split('\n').map((line) => wrapLine(line, width)).join('\n');
}

function wrapLine(line: string, width: number): string {
  if (visibleWidth(line) <= width) return line;
  const text = line.trimStart();
  const indent = line.length - text.length;
  const further = Math.min(indent + 2, width >> 1);
  const [first, ...rest] = wrap(text, width - further);
  return [' '.repeat(indent) + first, ...rest.map((more) => ' '.repeat(further) + more)].join('\n');
}
