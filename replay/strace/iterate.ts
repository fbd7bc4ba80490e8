/** A log as an async sequence of records, in flat memory. */
import { copyOf } from './bytes.js';
import { Feeder } from './feed.js';
import { Joiner } from './join.js';
import { CallNames, ReadCall } from './read-call.js';
import { refuseWhatIsNoLog } from './read.js';
import { openLog } from './source.js';
import type { EventKind, Sink } from './join.js';
import type { Line } from './line.js';
import type { Call, LogEvent } from '../trace/model.js';

/** Calls come in the order in which they returned; `index` counts them in that order. */
export type LogRecord = (Call & { readonly kind: 'call' }) | LogEvent;

/**
 * The records of `source`: a path (plain, gzip, xz, zstd), `-`, or any stream of bytes. Throws UringReplayError as
 * loadTrace does. For a set of -ff files use readLog or loadTrace.
 */
export async function* iterateRecords(source: string | AsyncIterable<Uint8Array>): AsyncGenerator<LogRecord, void, undefined> {
  const collector = new Collector();
  const joiner = new Joiner(collector);
  const feeder = new Feeder(joiner);
  const chunks = typeof source === 'string' ? ((await openLog(source)) as AsyncIterable<Uint8Array>) : source;
  let binary = false;
  for await (const chunk of chunks) {
    binary ||= chunk.includes(0);
    feeder.write(chunk);
    yield* collector.take();
  }
  feeder.end();
  yield* collector.take();
  const result = { lines: joiner.lines, bytes: feeder.bytes, kinds: joiner.kinds };
  refuseWhatIsNoLog(result, typeof source === 'string' ? source : 'the stream', binary);
}

/** Only the calls. */
export async function* iterateCalls(source: string | AsyncIterable<Uint8Array>): AsyncGenerator<Call, void, undefined> {
  for await (const record of iterateRecords(source)) if (record.kind === 'call') yield record;
}

class Collector implements Sink {
  readonly wantsTime = true;
  readonly #names = new CallNames();
  #records: LogRecord[] = [];
  #calls = 0;

  take(): LogRecord[] {
    const taken = this.#records;
    this.#records = [];
    return taken;
  }

  began(): number {
    return 0;
  }

  call(b: Uint8Array, line: Line, first: number, last: number, _ticket: number, orphan: boolean): void {
    this.#records.push(new ReadCall(this.#names, b, line, this.#calls++, first, last, orphan, true));
  }

  event(kind: EventKind, b: Uint8Array, line: Line, number: number): void {
    this.#records.push({
      kind,
      line: number,
      lineEnd: number,
      pid: line.pid < 0 ? null : line.pid,
      time: Number.isNaN(line.time) ? null : line.time,
      text: copyOf(b, line.body, line.end),
    });
  }

  unrecognised(): void {
    // Comes as an event as well.
  }
}
