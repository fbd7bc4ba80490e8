/** One line of progress on a terminal; nothing where standard error is no terminal. */
import type { WriteStream } from 'node:tty';

export interface Progress {
  readonly update: (message: string) => void;
  readonly clear: () => void;
}

export const NO_PROGRESS: Progress = { update: () => undefined, clear: () => undefined };

const REDRAW_MS = 100;

export function progressLine(stream: WriteStream): Progress {
  if (!stream.isTTY) return NO_PROGRESS;
  let shown = false;
  let last = 0;
  return {
    update(message) {
      const now = Date.now();
      if (now - last < REDRAW_MS) return;
      last = now;
      shown = true;
      stream.write(`\r\x1b[2K${message.slice(0, Math.max(1, stream.columns - 1))}`);
    },
    clear() {
      if (shown) stream.write('\r\x1b[2K');
      shown = false;
    },
  };
}
