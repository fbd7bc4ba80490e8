/** Traces the Node process that this runs in, from start() to stop(). */
import { accessSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { attach, type Attached } from '../bench/record/attach.js';
import { Joiner } from '../replay/strace/join.js';
import { traceOf } from '../replay/strace/load.js';
import { Shower } from '../replay/strace/show.js';
import { makeTemporary } from '../replay/temporary.js';
import type { Sink } from '../replay/strace/join.js';
import type { Trace } from '../replay/trace/model.js';
import { PerfettoWriter } from './export/perfetto.js';

/** Asked for once at the start and once at the end, so that both can be found in the log. */
const START_MARK = '/uring-replay-tracer-start';
const STOP_MARK = '/uring-replay-tracer-stop';

/** The calls between start() and stop(), of all threads of this process and of the processes that it started. */
export interface TracedCalls extends Trace {
  /** The log itself, which every command takes once it is written to a file. */
  readonly log: Uint8Array;
  /** The calls, one per line, in strace's notation. */
  toString(): string;
  /** The calls as a timeline in the Trace Event Format (JSON), for ui.perfetto.dev and speedscope. */
  perfetto(): string;
}

/**
 * `const t = await Tracer.start(); await import('x'); const calls = await t.stop(); console.log(String(calls));`
 *
 * Every call takes some tens of times longer while strace looks on.
 */
export class Tracer {
  readonly #attached: Attached;
  readonly #dir: string;
  readonly #removeDir: () => void;
  #stopped: Promise<TracedCalls> | null = null;

  private constructor(attached: Attached, dir: string, removeDir: () => void) {
    this.#attached = attached;
    this.#dir = dir;
    this.#removeDir = removeDir;
  }

  /**
   * Resolves when all threads are traced. A process that ends without stop() ends the tracing with it.
   * Throws UR_NO_STRACE, UR_NO_PTRACE, UR_TRACED
   * (by a debugger, or by a Tracer that has not been stopped), UR_TMPDIR.
   */
  static async start(): Promise<Tracer> {
    const dir = makeTemporary('uring-replay-tracer-');
    const removeDir = (): void => {
      rmSync(dir, { recursive: true, force: true });
    };
    process.once('exit', removeDir);
    try {
      const attached = await attach(process.pid, join(dir, 'log'));
      mark(START_MARK);
      return new Tracer(attached, dir, removeDir);
    } catch (error) {
      process.off('exit', removeDir);
      removeDir();
      throw error;
    }
  }

  /** Ends the tracing. Called again, it returns the same calls. */
  stop(): Promise<TracedCalls> {
    if (this.#stopped === null) {
      mark(STOP_MARK);
      this.#stopped = this.#finish();
    }
    return this.#stopped;
  }

  async #finish(): Promise<TracedCalls> {
    try {
      await this.#attached.detach();
      return tracedCalls(between(readFileSync(join(this.#dir, 'log'))));
    } finally {
      process.off('exit', this.#removeDir);
      this.#removeDir();
    }
  }
}

function mark(path: string): void {
  try {
    accessSync(path);
  } catch {
    // There is no such file: only the call matters.
  }
}

/** The lines between the marks, without the marks. A mark that another thread interrupted is two lines. */
export function between(log: Buffer): Buffer {
  const lines = log.toString('latin1').split('\n');
  const start = lines.findIndex((line) => line.includes(START_MARK));
  const stop = lines.findIndex((line) => line.includes(STOP_MARK));
  const kept = lines.slice(start + 1, stop < 0 ? lines.length : stop);
  if (start >= 0 && lines[start].endsWith('<unfinished ...>')) {
    const pid = /^\d+/.exec(lines[start])?.[0] ?? '';
    const rest = kept.findIndex((line) => line.startsWith(`${pid} `));
    if (rest >= 0 && kept[rest].includes(' resumed>')) kept.splice(rest, 1);
  }
  return Buffer.from(kept.map((line) => (line === '' ? '' : `${line}\n`)).join(''), 'latin1');
}

/** `log`: whole lines of strace -f -ttt -T. It must not change afterwards. */
export function tracedCalls(log: Buffer): TracedCalls {
  const trace = traceOf(log, `process ${process.pid}`, { anything: true });
  return Object.assign(trace, {
    log,
    toString: () => text((write) => {
      const shower = new Shower({}, false, write);
      feed(log, shower);
      shower.flush();
    }),
    perfetto: () => text((write) => {
      const writer = new PerfettoWriter(write);
      feed(log, writer);
      writer.finish();
    }),
  });
}

function feed(log: Buffer, sink: Sink): void {
  const joiner = new Joiner(sink);
  joiner.pushLines(log, 0, log.length);
  joiner.finish();
}

/** strace and the exports write ASCII. */
function text(stream: (write: (bytes: Uint8Array) => boolean) => void): string {
  const parts: string[] = [];
  stream((bytes) => {
    parts.push(Buffer.from(bytes).toString('utf8'));
    return true;
  });
  return parts.join('');
}
