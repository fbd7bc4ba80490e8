/** Which calls and events `show` lets through. Cheap questions first: most lines of a large log fail one of them. */
import { ArgsParser } from './args.js';
import { latin1, seconds } from './bytes.js';
import { unescape } from './leaf.js';
import { NameTable } from './names.js';
import type { Builder } from './builder.js';
import type { Line } from './line.js';

export interface FilterOptions {
  readonly pids?: readonly number[];
  readonly names?: readonly string[];
  /** Against any path among the arguments, descriptors' and the result's annotations included; see glob.ts. */
  readonly path?: RegExp;
  /** Only calls that failed. */
  readonly errors?: boolean;
  /** Seconds on the log's clock. `fromStart`: since the first line that has a time. */
  readonly since?: TimeLimit;
  readonly until?: TimeLimit;
  /** Seconds; only calls that took longer. */
  readonly slowerThan?: number;
}

export interface TimeLimit {
  readonly seconds: number;
  readonly fromStart: boolean;
}

/** Strings of these calls are data, not paths. */
const DATA_CALLS = new Set([
  'read', 'write', 'pread64', 'pwrite64', 'readv', 'writev', 'preadv', 'pwritev', 'preadv2', 'pwritev2', 'sendto',
  'recvfrom', 'sendmsg', 'recvmsg', 'sendmmsg', 'recvmmsg', 'getrandom', 'prctl', 'uname', 'sethostname', 'getdents64',
]);

const UNSEEN = 0;
const WANTED = 1;
const UNWANTED = 2;

export class CallFilter {
  readonly #options: FilterOptions;
  readonly #pids: ReadonlySet<number> | null;
  readonly #names: ReadonlySet<string> | null;
  readonly #table = new NameTable();
  readonly #verdicts: number[] = [];
  readonly #paths: PathFinder | null;
  #start = NaN;

  constructor(options: FilterOptions) {
    this.#options = options;
    this.#pids = options.pids === undefined ? null : new Set(options.pids);
    this.#names = options.names === undefined ? null : new Set(options.names);
    this.#paths = options.path === undefined ? null : new PathFinder(options.path);
  }

  get wantsTime(): boolean {
    return this.#options.since !== undefined || this.#options.until !== undefined;
  }

  /** Whether only calls can pass. */
  get callsOnly(): boolean {
    const { errors, slowerThan } = this.#options;
    return this.#names !== null || this.#paths !== null || errors === true || slowerThan !== undefined;
  }

  acceptsEvent(line: Line): boolean {
    return !this.callsOnly && this.#acceptsPid(line) && this.#acceptsTime(line);
  }

  acceptsCall(b: Uint8Array, line: Line): boolean {
    if (!this.#acceptsPid(line) || (this.#names !== null && !this.#acceptsName(b, line))) return false;
    const { errors, slowerThan } = this.#options;
    if (errors === true && line.errnoEnd === line.errnoStart) return false;
    if (slowerThan !== undefined && !(line.durationStart >= 0 && seconds(b, line.durationStart, line.durationEnd) > slowerThan)) return false;
    return this.#acceptsTime(line) && (this.#paths === null || this.#acceptsPath(b, line));
  }

  #acceptsPid(line: Line): boolean {
    return this.#pids === null || this.#pids.has(line.pid);
  }

  #acceptsName(b: Uint8Array, line: Line): boolean {
    const id = this.#table.id(b, line.nameStart, line.nameEnd, line.nameHash);
    const known = this.#verdicts[id] ?? UNSEEN;
    if (known !== UNSEEN) return known === WANTED;
    const wanted = this.#names!.has(this.#table.names[id]);
    this.#verdicts[id] = wanted ? WANTED : UNWANTED;
    return wanted;
  }

  #acceptsTime(line: Line): boolean {
    const { since, until } = this.#options;
    if (since === undefined && until === undefined) return true;
    if (Number.isNaN(this.#start) && !Number.isNaN(line.time)) this.#start = line.time;
    if (since !== undefined && !(line.time >= this.#limit(since))) return false;
    return until === undefined || line.time <= this.#limit(until);
  }

  #limit({ seconds: at, fromStart }: TimeLimit): number {
    return fromStart ? this.#start + at : at;
  }

  #acceptsPath(b: Uint8Array, line: Line): boolean {
    const data = DATA_CALLS.has(latin1(b, line.nameStart, line.nameEnd));
    return this.#paths!.matches(b, line, data);
  }
}

/** Looks for paths among arguments: strings at the top level, socket names, and annotations anywhere. */
class PathFinder implements Builder {
  readonly #pattern: RegExp;
  readonly #parser: ArgsParser;
  #depth = 0;
  #strings = true;
  #found = false;

  constructor(pattern: RegExp) {
    this.#pattern = pattern;
    this.#parser = new ArgsParser(this);
  }

  matches(b: Uint8Array, line: Line, data: boolean): boolean {
    this.#found = false;
    this.#depth = 0;
    this.#strings = !data;
    this.#parser.parse(b, line.argsStart, line.argsEnd);
    if (line.retEnd > line.retStart && b[line.retEnd - 1] === 62) {
      const open = b.indexOf(60, line.retStart);
      this.#test(b, open + 1, line.retEnd - 1);
    }
    return this.#found;
  }

  #test(b: Uint8Array, start: number, end: number): void {
    this.#found ||= this.#pattern.test(Buffer.from(unescape(b, start, end)).toString('latin1'));
  }

  string(b: Uint8Array, start: number, end: number): void {
    if (this.#strings && this.#depth === 0) this.#test(b, start, end);
  }

  fd(b: Uint8Array, _start: number, _end: number, noteStart: number, noteEnd: number): void {
    this.#test(b, noteStart, noteEnd);
  }

  mark(): number {
    return this.#depth;
  }

  takeBack(mark: number): void {
    this.#depth = mark;
  }

  beginStruct(): void {
    this.#depth++;
  }

  endStruct(): void {
    this.#depth--;
  }

  beginArray(): void {
    this.#depth++;
  }

  endArray(): void {
    this.#depth--;
  }

  number(): void { /* no path */ }
  nil(): void { /* no path */ }
  flags(): void { /* no path */ }
  text(): void { /* no path */ }
  field(): void { /* no path */ }
  item(): void { /* no path */ }
  beginMacro(): void { /* no path */ }
  endMacro(): void { /* no path */ }
  comment(): void { /* no path */ }
  beginChange(): void { /* no path */ }
  endChange(): void { /* no path */ }
}
