/** Times of a log as seconds that never run backwards where strace's notation has no date or only differences. */
import { seconds } from './bytes.js';
import type { Line } from './line.js';

const DAY_SECONDS = 86400;

export class Clock {
  #elapsed = 0;
  #last = NaN;
  #days = 0;

  /**
   * -ttt: seconds since the epoch. -t, -tt: seconds since midnight of the first day; days are added when the clock
   * wraps. -r: the sum of the differences so far. To be asked once for every line that has a time, in order.
   */
  at(b: Uint8Array, line: Line): number {
    const value = seconds(b, line.timeStart, line.timeEnd);
    if (line.timeRelative) return (this.#elapsed += value);
    if (b[line.timeStart + 2] !== 58) return value;
    if (value < this.#last - DAY_SECONDS / 2) this.#days++;
    this.#last = value;
    return value + this.#days * DAY_SECONDS;
  }
}
