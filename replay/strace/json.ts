/**
 * Records as lines of JSON, straight from the log's bytes:
 * {"line":12,"lineEnd":14,"kind":"call","pid":7,"time":1700000000.123456,"name":"openat","args":[...],"ret":3,
 *  "errno":null,"duration":0.000012}
 */
import { ArgsParser } from './args.js';
import { ascii, isDigit, latin1, startsWith } from './bytes.js';
import { JsonBuilder, jsonRoom, writeNumber } from './json-args.js';
import { END_RESULT } from './line.js';
import { Literal } from './out.js';
import type { EventKind } from './join.js';
import type { Line } from './line.js';
import type { Out } from './out.js';

const LINE = new Literal('{"line":');
const LINE_END = new Literal(',"lineEnd":');
const CALL = new Literal(',"kind":"call","pid":');
const KIND = new Literal(',"kind":"');
const PID = new Literal('","pid":');
const TIME = new Literal(',"time":');
const NAME = new Literal(',"name":"');
const ARGS = new Literal('","args":[');
const ORPHAN = new Literal('{"text":"..."}');
const RET = new Literal('],"ret":');
const ERRNO = new Literal(',"errno":"');
const DURATION = new Literal('","duration":');
const NO_ERRNO_DURATION = new Literal(',"errno":null,"duration":');
const TEXT = new Literal(',"text":');
const SIGNAL = new Literal(',"signal":"');
const STATUS = new Literal(',"status":');
const NULL = new Literal('null');
const END = new Literal('}\n');
const EXITED = ascii('+++ exited with ');
const KILLED = ascii('+++ killed by ');
const SIG = ascii('--- SIG');

export class JsonLines {
  readonly #out: Out;
  readonly #parser: ArgsParser;

  constructor(out: Out) {
    this.#out = out;
    this.#parser = new ArgsParser(new JsonBuilder(out));
  }

  call(b: Uint8Array, line: Line, first: number, last: number, orphan: boolean): void {
    const out = this.#out;
    out.reserve(jsonRoom(line.end - line.start));
    this.#head(first, last);
    out.literal(CALL);
    this.#pidAndTime(b, line);
    out.literal(NAME);
    out.copy(b, line.nameStart, line.nameEnd);
    out.literal(ARGS);
    if (orphan) out.literal(ORPHAN);
    this.#parser.parse(b, line.argsStart, line.argsEnd);
    out.literal(RET);
    const returned = line.ending === END_RESULT;
    if (returned) this.#ret(b, line);
    else out.literal(NULL);
    if (returned && line.errnoEnd > line.errnoStart) {
      out.literal(ERRNO);
      out.copy(b, line.errnoStart, line.errnoEnd);
      out.literal(DURATION);
    } else out.literal(NO_ERRNO_DURATION);
    if (line.durationStart < 0) out.literal(NULL);
    else this.#seconds(b, line.durationStart, line.durationEnd);
    out.literal(END);
  }

  event(kind: EventKind, b: Uint8Array, line: Line, number: number): void {
    const out = this.#out;
    out.reserve(jsonRoom(line.end - line.start));
    this.#head(number, number);
    out.literal(KIND);
    out.ascii(kind);
    out.literal(PID);
    this.#pidAndTime(b, line);
    if (kind === 'exit' && startsWith(b, line.body, line.end, EXITED)) {
      out.literal(STATUS);
      const start = line.body + EXITED.length;
      let end = start;
      while (end < line.end && isDigit(b[end])) end++;
      if (end > start) writeNumber(out, b, start, end);
      else out.literal(NULL);
    } else if (kind === 'killed') this.#signal(b, line.body + KILLED.length, line.end);
    else if (kind === 'signal' && startsWith(b, line.body, line.end, SIG)) this.#signal(b, line.body + 4, line.end);
    out.literal(TEXT);
    out.byte(34);
    for (let i = line.body; i < line.end; i++) out.latin1Char(b[i]);
    out.byte(34);
    out.literal(END);
  }

  #head(first: number, last: number): void {
    const out = this.#out;
    out.literal(LINE);
    const from = out.length;
    out.integer(first);
    const to = out.length;
    out.literal(LINE_END);
    if (first === last && to - from <= 8) out.again(from, to);
    else out.integer(last);
  }

  #pidAndTime(b: Uint8Array, line: Line): void {
    const out = this.#out;
    if (line.pid < 0) out.literal(NULL);
    else out.integer(line.pid);
    out.literal(TIME);
    if (line.timeStart < 0) out.literal(NULL);
    else if (line.timeRelative || b[line.timeStart + 2] === 58) out.ascii(String(Math.round(line.time * 1e9) / 1e9));
    else this.#seconds(b, line.timeStart, line.timeEnd);
  }

  /** Digits and point as JSON wants them: 00.5 and 1. are rare enough for a detour. */
  #seconds(b: Uint8Array, start: number, end: number): void {
    const plain = (b[start] !== 48 || end === start + 1 || b[start + 1] === 46) && b[end - 1] !== 46;
    if (plain) this.#out.copy(b, start, end);
    else this.#out.ascii(String(Number(latin1(b, start, end)) || 0));
  }

  #signal(b: Uint8Array, start: number, end: number): void {
    let stop = start;
    while (stop < end && b[stop] !== 32) stop++;
    const out = this.#out;
    out.literal(SIGNAL);
    for (let i = start; i < stop; i++) out.stringByte(b[i] & 127);
    out.byte(34);
  }

  #ret(b: Uint8Array, line: Line): void {
    let end = line.retStart;
    if (b[end] === 63) {
      this.#out.literal(NULL);
      return;
    }
    while (end < line.retEnd && b[end] !== 60) end++;
    writeNumber(this.#out, b, line.retStart, end);
  }
}
