/**
 * The files of strace -ff (LOG.PID, one per process) as one log: merged by time where the lines have times, as
 * strace-log-merge does, else one after another by pid. Lines are numbered through the merged log.
 */
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UringReplayError } from '../errors.js';
import { seconds } from './bytes.js';
import { globPattern, isGlob } from './glob.js';
import { lexLine } from './lexer.js';
import { KIND_HEXDUMP, KIND_STACK, KIND_UNRECOGNISED, Line } from './line.js';

/** What lines are handed to: a joiner. */
export interface LineTarget {
  push(b: Uint8Array, start: number, end: number): void;
  finish(): void;
}

export interface SetFile {
  readonly path: string;
  readonly pid: number;
}

const SUFFIX = /\.(\d{1,7})$/;

/** The files that `source` (a directory, a glob, or the LOG of -ff -o LOG) stands for; null when it is one log. */
export function fileSet(source: string): SetFile[] | null {
  if (source === '-') return null;
  const kind = kindOf(source);
  if (kind === 'file' || kind === 'other') return null;
  const [directory, pattern] =
    kind === 'directory' ? [source, /./s] : [dirname(source), isGlob(basename(source)) ? globPattern(basename(source)) : ownFiles(source)];
  const files = listed(directory)
    .filter((name) => pattern.test(name))
    .flatMap((name) => {
      const pid = SUFFIX.exec(name);
      return pid === null ? [] : [{ path: join(directory, name), pid: Number(pid[1]) }];
    })
    .filter(({ path }) => kindOf(path) === 'file')
    .sort((x, y) => x.pid - y.pid);
  if (files.length > 0) return files;
  if (kind === null && !isGlob(basename(source))) return null;
  throw new UringReplayError('UR_NO_SUCH_LOG', `no file named LOG.PID (strace -ff) in ${source}`, 'Name the log file itself, or the directory that strace -ff -o wrote to.');
}

const ownFiles = (source: string): RegExp => globPattern(`${basename(source).replace(/[*?[]/g, '[$&]')}.*`);

/** null: it cannot be told. */
function kindOf(path: string): 'file' | 'directory' | 'other' | null {
  try {
    const stat = statSync(path);
    return stat.isFile() ? 'file' : stat.isDirectory() ? 'directory' : 'other';
  } catch {
    return null; // why will say who opens it
  }
}

function listed(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch {
    return [];
  }
}

/** Lines between two looks at how far it is. */
const TICK_LINES = 1 << 14;

/**
 * Feeds the lines of all files to the joiner, each with its pid in front. Returns the bytes read. `goOn` is told them
 * now and then; false ends the reading early.
 */
export function mergeSet(files: readonly SetFile[], joiner: LineTarget, goOn: (bytes: number) => boolean = () => true): number {
  const open: SetReader[] = [];
  const sink = new PrefixedLines(joiner);
  const read = (): number => open.reduce((sum, reader) => sum + reader.bytes, 0);
  let lines = 0;
  const wanted = (): boolean => ++lines % TICK_LINES > 0 || goOn(read());
  let bytes: number;
  try {
    for (const file of files) open.push(new SetReader(file));
    const byTime = open.every((reader) => reader.timed || reader.atEnd);
    const heap = byTime ? open.filter((reader) => !reader.atEnd) : [];
    heap.sort(earlier);
    while (heap.length > 0 && wanted()) {
      const first = heap[0];
      first.take(sink);
      if (first.atEnd) heap.shift();
      else settle(heap);
    }
    if (!byTime) for (const reader of open) while (!reader.atEnd && wanted()) reader.take(sink);
    bytes = read();
  } finally {
    for (const reader of open) reader.close();
  }
  joiner.finish();
  return bytes;
}

const earlier = (x: SetReader, y: SetReader): number => x.time - y.time || x.file.pid - y.file.pid;

/** Moves the first to its place; it is usually near. */
function settle(sorted: SetReader[]): void {
  const reader = sorted[0];
  let i = 1;
  for (; i < sorted.length && earlier(sorted[i], reader) < 0; i++) sorted[i - 1] = sorted[i];
  sorted[i - 1] = reader;
}

/** `772   ` in front of every line. */
class PrefixedLines {
  readonly #joiner: LineTarget;
  #buffer = Buffer.alloc(1 << 12);

  constructor(joiner: LineTarget) {
    this.#joiner = joiner;
  }

  push(pid: Uint8Array, b: Uint8Array, start: number, end: number): void {
    const size = pid.length + end - start;
    if (size + 1 > this.#buffer.length) this.#buffer = Buffer.alloc(size * 2);
    this.#buffer.set(pid);
    this.#buffer.set(b.subarray(start, end), pid.length);
    this.#buffer[size] = 10;
    this.#joiner.push(this.#buffer, 0, size);
  }

  pushBare(b: Uint8Array, start: number, end: number): void {
    this.#joiner.push(b, start, end);
  }
}

/** One file, line by line. */
class SetReader {
  readonly file: SetFile;
  readonly timed: boolean;
  atEnd = false;
  time = NaN;
  bytes = 0;
  readonly #fd: number;
  readonly #pid: Uint8Array;
  readonly #line = new Line();
  #buffer = Buffer.alloc(1 << 14);
  #start = 0;
  #end = 0;
  #held = 0;
  #bare = false;

  constructor(file: SetFile) {
    this.file = file;
    this.#fd = openSync(file.path, 'r');
    this.#pid = Buffer.from(`${String(file.pid).padEnd(5)} `);
    this.#next();
    this.timed = !Number.isNaN(this.time);
  }

  close(): void {
    closeSync(this.#fd);
  }

  /** Hands over the line and those that belong to it (dumps, stacks, anything without a time), and goes to the next. */
  take(to: PrefixedLines): void {
    do {
      if (this.#bare) to.pushBare(this.#buffer, this.#start, this.#end);
      else to.push(this.#pid, this.#buffer, this.#start, this.#end);
      const time = this.time;
      this.#next();
      if (Number.isNaN(this.time) && this.timed) this.time = time;
    } while (!this.atEnd && this.#bare);
  }

  #next(): void {
    let newline = this.#find(this.#end + 1);
    if (this.#held === 0 && this.bytes === 0) newline = this.#find(0);
    if (newline < 0) {
      this.atEnd = true;
      return;
    }
    this.#end = newline;
    const line = this.#line;
    lexLine(this.#buffer, this.#start, this.#end, line);
    this.#bare = line.kind === KIND_HEXDUMP || line.kind === KIND_STACK || line.kind === KIND_UNRECOGNISED;
    this.time = line.timeStart < 0 || line.timeRelative ? NaN : seconds(this.#buffer, line.timeStart, line.timeEnd);
  }

  /** The line feed of the line that begins at `from`, reading on as needed; -1 at the end of the file. */
  #find(from: number): number {
    this.#start = Math.min(from, this.#held);
    for (;;) {
      const newline = this.#buffer.indexOf(10, this.#start);
      if (newline >= 0 && newline < this.#held) return newline;
      this.#buffer.copyWithin(0, this.#start, this.#held);
      this.#held -= this.#start;
      this.#start = 0;
      if (this.#held + 1 >= this.#buffer.length) {
        const larger = Buffer.alloc(this.#buffer.length * 2);
        this.#buffer.copy(larger);
        this.#buffer = larger;
      }
      const count = readSync(this.#fd, this.#buffer, this.#held, this.#buffer.length - this.#held - 1, null);
      this.bytes += count;
      this.#held += count;
      if (count > 0) continue;
      if (this.#held === 0) return -1;
      this.#buffer[this.#held] = 10; // the last line lacks its line feed
      return this.#held;
    }
  }
}
