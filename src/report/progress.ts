/** One line of progress on a terminal; nothing where standard error is no terminal. */
import type { WriteStream } from 'node:tty';

export interface Progress {
  readonly update: (message: string) => void;
  readonly clear: () => void;
}

const NO_PROGRESS: Progress = { update: () => undefined, clear: () => undefined };

let quiet = false;

/** --quiet: from now on no line of progress and no note. */
export function beQuiet(): void {
  quiet = true;
}

/** What is worth knowing and no error, on standard error. */
export function note(text: string): void {
  if (!quiet) process.stderr.write(text);
}

const REDRAW_MS = 100;

/** Of the line on the terminal, where there is one. */
let clearShown: (() => void) | null = null;

/** Takes away what is left of a line of progress, before an error is printed. */
export function clearProgress(): void {
  clearShown?.();
}

/** A terminal that does not know its size says 0. */
function widthOf({ columns }: WriteStream): number {
  return columns > 1 ? columns : 80;
}

export function progressLine(stream: WriteStream): Progress {
  if (!stream.isTTY || quiet) return NO_PROGRESS;
  let shown = false;
  let last = 0;
  const line: Progress = {
    update(message) {
      const now = Date.now();
      if (now - last < REDRAW_MS) return;
      last = now;
      shown = true;
      clearShown = line.clear;
      stream.write(`\r\x1b[2K${message.slice(0, widthOf(stream) - 1)}`);
    },
    clear() {
      if (shown) stream.write('\r\x1b[2K');
      shown = false;
      clearShown = null;
    },
  };
  return line;
}
