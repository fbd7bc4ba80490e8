/** Counting a log in parts: what one thread does, and how the parts are put together. */
import { closeSync, openSync } from 'node:fs';
import { Counter } from './counts.js';
import { Feeder } from './feed.js';
import { Joiner } from './join.js';
import type { Counts, CounterState } from './counts.js';
import type { Segment } from './segments.js';
import type { RecordKind } from '../trace/model.js';

export type CountBy = 'syscall' | 'pid';

export interface CountJob {
  readonly path: string;
  readonly by: CountBy;
  readonly segments: readonly Segment[];
  /** The next segment that nobody has taken. Shared. */
  readonly next: Int32Array;
}

/** What crosses the cuts of a segment, as lines of strace. */
interface Loose {
  readonly segment: number;
  /** Rests of calls that began in an earlier segment, in order. */
  readonly rests: readonly Uint8Array[];
  /** Beginnings of calls that did not return in this segment. */
  readonly beginnings: readonly Uint8Array[];
}

export interface CountPart {
  readonly state: CounterState;
  readonly loose: readonly Loose[];
  readonly bytes: number;
  readonly kinds: Partial<Record<RecordKind, number>>;
}

/** Takes segments until none is left. `onBytes` is told how far the segments are that have been taken. */
export function countSegments({ path, by, segments, next }: CountJob, onBytes?: (bytes: number) => void): CountPart {
  const counter = new Counter(by);
  const loose: Loose[] = [];
  const kinds: Partial<Record<RecordKind, number>> = {};
  let bytes = 0;
  const fd = openSync(path, 'r');
  try {
    for (let i = Atomics.add(next, 0, 1); i < segments.length; i = Atomics.add(next, 0, 1)) {
      onBytes?.(segments[i].start);
      const rests: Uint8Array[] = [];
      const joiner = new Joiner(counter, (line) => rests.push(line));
      const feeder = new Feeder(joiner);
      feeder.readRange(fd, segments[i].start, segments[i].end);
      loose.push({ segment: i, rests, beginnings: joiner.takePending() });
      feeder.end();
      bytes += feeder.bytes;
      for (const [kind, n] of Object.entries(joiner.kinds)) kinds[kind as RecordKind] = (kinds[kind as RecordKind] ?? 0) + n;
    }
  } finally {
    closeSync(fd);
  }
  return { state: counter.state(), loose, bytes, kinds };
}

export class CountMerger {
  readonly #counter: Counter;
  readonly bytes: number;
  readonly kinds: Partial<Record<RecordKind, number>> = {};
  readonly lines: number;

  constructor(by: CountBy, parts: readonly CountPart[]) {
    this.#counter = new Counter(by);
    this.bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    for (const part of parts) {
      this.#counter.add(part.state);
      for (const [kind, n] of Object.entries(part.kinds)) this.kinds[kind as RecordKind] = (this.kinds[kind as RecordKind] ?? 0) + n;
    }
    this.lines = Object.values(this.kinds).reduce((sum, n) => sum + n, 0);
    const joiner = new Joiner(this.#counter);
    for (const { rests, beginnings } of parts.flatMap(({ loose }) => loose).sort((x, y) => x.segment - y.segment)) {
      for (const line of [...rests, ...beginnings]) joiner.push(line, 0, line.length - 1);
    }
    joiner.finish();
  }

  result(): Counts {
    return this.#counter.result();
  }
}
