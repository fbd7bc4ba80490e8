/**
 * The order in which a log's calls take effect. A call consumes descriptors where it was entered, but what it
 * creates (a descriptor, a new current directory) exists from its last line on; in between other processes run.
 */
import type { LogEvent, RecordKind } from '../trace/model.js';

interface Pending {
  readonly line: number;
  readonly run: () => void;
}

export class Timeline {
  /** Effects still to come, the earliest last. Few at a time: one per process that is inside a call. */
  private readonly pending: Pending[] = [];
  private readonly events: Iterator<LogEvent>;
  private event: LogEvent | null;
  /** Nothing happens before this line. */
  private nextLine = 0;
  private readonly onEvent: (event: LogEvent) => void;

  /** `events`: those of the log, by line. */
  constructor(events: Iterable<LogEvent>, onEvent: (event: LogEvent) => void) {
    this.events = events[Symbol.iterator]();
    this.event = this.nextEvent();
    this.onEvent = onEvent;
  }

  /** Everything that happened before `line` takes effect. */
  advance(line: number): void {
    while (this.nextLine < line) {
      const effectLine = this.pending.at(-1)?.line ?? Infinity;
      const eventLine = this.event?.line ?? Infinity;
      this.nextLine = Math.min(effectLine, eventLine);
      if (this.nextLine >= line) return;
      if (effectLine <= eventLine) {
        this.pending.pop()!.run();
      } else {
        this.onEvent(this.event!);
        this.event = this.nextEvent();
      }
    }
  }

  /** `run` takes effect at `line`. */
  at(line: number, run: () => void): void {
    let place = this.pending.length;
    while (place > 0 && this.pending[place - 1].line <= line) place--;
    this.pending.splice(place, 0, { line, run });
    this.nextLine = Math.min(this.nextLine, line);
  }

  private nextEvent(): LogEvent | null {
    for (;;) {
      const next = this.events.next();
      if (next.done === true) return null;
      if (endsProcess(next.value.kind)) return next.value;
    }
  }
}

export function endsProcess(kind: RecordKind): boolean {
  return kind === 'exit' || kind === 'killed' || kind === 'superseded';
}
