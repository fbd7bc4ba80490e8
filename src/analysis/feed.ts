/**
 * Pushes a log through an analysis as it is read: one call at a time and nothing kept, so that the memory needed does
 * not depend on the size of the log. Calls come in the order in which they returned.
 */
import { seconds } from '../../replay/strace/bytes.js';
import { returnValue } from '../../replay/strace/returned.js';
import type { Sink } from '../../replay/strace/join.js';
import { END_RESULT, type Line } from '../../replay/strace/line.js';
import { RawArgs } from './raw-args.js';
import { NameTable } from '../../replay/strace/names.js';
import { readLog } from '../../replay/strace/read.js';
import { decodeArgs } from '../../replay/strace/values.js';
import type { Call, LogEvent, RecordKind, Value } from '../../replay/trace/model.js';

/** A call as it passes by, with the bytes of its arguments at hand. */
export interface PassingCall extends Call {
  readonly raw: RawArgs;
}

export interface Observer {
  /** `call` is one object, filled anew for each call: take what is needed, keep no reference. */
  call(call: PassingCall): void;
  event?(event: LogEvent): void;
}

const ORPHAN: Value = { type: 'text', text: '...' };

/** Reads `source` (a path, `-`, a directory or glob of -ff files) to its end. Errors as those of readLog. */
export async function feed(source: string, observer: Observer, options: { readonly onBytes?: (bytes: number) => void; readonly goOn?: () => boolean } = {}): Promise<void> {
  await readLog(source, new Pusher(observer), options);
}

class Pusher implements Sink {
  readonly wantsTime = 'relative';
  readonly #observer: Observer;
  readonly #call = new Passing();

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  began(): number {
    return -1;
  }

  call(bytes: Uint8Array, line: Line, first: number, last: number, _ticket: number, orphan: boolean): void {
    this.#call.fill(bytes, line, first, last, orphan);
    this.#observer.call(this.#call);
  }

  event(kind: Exclude<RecordKind, 'call'>, bytes: Uint8Array, line: Line, lineNumber: number): void {
    const pid = line.pid < 0 ? null : line.pid;
    const time = line.timeStart < 0 ? null : Number.isNaN(line.time) ? seconds(bytes, line.timeStart, line.timeEnd) : line.time;
    this.#observer.event?.({ kind, line: lineNumber, lineEnd: lineNumber, pid, time, text: bytes.subarray(line.body, line.end) });
  }

  unrecognised(): void {
    // Counted by the joiner; `check` is the command that lists them.
  }
}

class Passing implements PassingCall {
  readonly raw = new RawArgs();
  index = -1;
  line = 0;
  lineEnd = 0;
  pid: number | null = null;
  name = '';
  ret: number | bigint | null = null;
  errno: string | null = null;
  #bytes: Uint8Array = new Uint8Array(0);
  /** The log's bytes come in one buffer after the other; each is wrapped once. */
  #lastBytes: Uint8Array = this.#bytes;
  #buffer: Buffer = Buffer.alloc(0);
  #start = 0;
  #end = 0;
  #orphan = false;
  /** undefined: not asked for yet. */
  #time: number | null | undefined;
  #timeStart = -1;
  #timeEnd = -1;
  #duration: number | null | undefined;
  #durationStart = -1;
  #durationEnd = -1;
  readonly #names = new NameTable();
  readonly #errnos = new NameTable();

  fill(bytes: Uint8Array, line: Line, first: number, last: number, orphan: boolean): void {
    const returned = line.ending === END_RESULT;
    this.index++;
    this.line = first;
    this.lineEnd = last;
    this.pid = line.pid < 0 ? null : line.pid;
    this.#time = Number.isNaN(line.time) ? undefined : line.time;
    this.#timeStart = line.timeStart;
    this.#timeEnd = line.timeEnd;
    this.name = this.#names.names[this.#names.id(bytes, line.nameStart, line.nameEnd, line.nameHash)]!;
    this.ret = returned ? returnValue(bytes, line) : null;
    this.errno = returned && line.errnoEnd > line.errnoStart ? this.#errnos.names[this.#errnos.id(bytes, line.errnoStart, line.errnoEnd)] : null;
    this.#duration = undefined;
    this.#durationStart = line.durationStart;
    this.#durationEnd = line.durationEnd;
    this.#bytes = bytes;
    this.#start = line.argsStart;
    this.#end = line.argsEnd;
    this.#orphan = orphan;
    if (bytes !== this.#lastBytes) {
      this.#lastBytes = bytes;
      this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    // What precedes an orphan's arguments is unknown: nothing is where it would be expected.
    if (orphan) this.raw.fill(this.#buffer, line.argsEnd, line.argsEnd);
    else this.raw.fill(this.#buffer, line.argsStart, line.argsEnd);
  }

  get time(): number | null {
    return (this.#time ??= this.#timeStart < 0 ? null : seconds(this.#bytes, this.#timeStart, this.#timeEnd));
  }

  get duration(): number | null {
    return (this.#duration ??= this.#durationStart < 0 ? null : seconds(this.#bytes, this.#durationStart, this.#durationEnd));
  }

  args(): readonly Value[] {
    const { values } = decodeArgs(this.#bytes, this.#start, this.#end);
    return this.#orphan ? [ORPHAN, ...values] : values;
  }
}
