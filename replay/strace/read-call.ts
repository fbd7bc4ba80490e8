/** One call as the joiner hands it over, for those who go through a log in flat memory. */
import { copyOf, seconds } from './bytes.js';
import { END_RESULT } from './line.js';
import { NameTable } from './names.js';
import { returnValue } from './returned.js';
import { decodeArgs } from './values.js';
import type { Line } from './line.js';
import type { ArgsText, Call, Value } from '../trace/model.js';

/** Stands for the first arguments of a call whose beginning is not in the log. */
const UNKNOWN: Value = { type: 'text', text: '...' };

/** Names and errnos of one log as small numbers. */
export class CallNames {
  readonly syscalls = new NameTable();
  readonly errnos = new NameTable();
}

export class ReadCall implements Call {
  readonly kind = 'call';
  readonly index: number;
  readonly line: number;
  readonly lineEnd: number;
  readonly pid: number | null;
  readonly time: number | null;
  /** In CallNames.syscalls. */
  readonly nameId: number;
  readonly name: string;
  readonly ret: number | bigint | null;
  readonly errno: string | null;
  readonly duration: number | null;
  /** In the bytes that were given, or `keep`: a copy, which outlasts the sink's call. */
  readonly argsText: ArgsText;
  /** The beginning of the call, with its first arguments, is not in the log. */
  readonly orphan: boolean;

  /** As Sink.call() is told; `index`: the call's position. */
  constructor(names: CallNames, b: Uint8Array, line: Line, index: number, first: number, last: number, orphan: boolean, keep: boolean) {
    this.index = index;
    this.line = first;
    this.lineEnd = last;
    this.pid = line.pid < 0 ? null : line.pid;
    this.time = Number.isNaN(line.time) ? null : line.time;
    this.nameId = names.syscalls.id(b, line.nameStart, line.nameEnd, line.nameHash);
    this.name = names.syscalls.names[this.nameId];
    const returned = line.ending === END_RESULT;
    const failed = returned && line.errnoEnd > line.errnoStart;
    this.ret = returned ? returnValue(b, line) : null;
    this.errno = failed ? names.errnos.names[names.errnos.id(b, line.errnoStart, line.errnoEnd)] : null;
    this.duration = line.durationStart < 0 ? null : seconds(b, line.durationStart, line.durationEnd);
    const { argsStart: start, argsEnd: end } = line;
    this.argsText = keep ? { bytes: copyOf(b, start, end), start: 0, end: end - start } : { bytes: b, start, end };
    this.orphan = orphan;
  }

  args(): readonly Value[] {
    const { bytes, start, end } = this.argsText;
    const { values } = decodeArgs(bytes, start, end);
    return this.orphan ? [UNKNOWN, ...values] : values;
  }
}
