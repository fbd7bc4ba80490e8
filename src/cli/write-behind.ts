/**
 * Standard output for large amounts: into a pipe, from some megabytes on, a thread does the writing, so that work goes
 * on while the reader is slow to wake up. What waits to be written is a ring of slots in shared memory:
 *
 *     this thread fills slot HEAD  ->  [ full | full | ... | free | free ]  ->  the other writes slot TAIL
 */
import { availableParallelism } from 'node:os';
import { getSystemErrorName } from 'node:util';
import { Worker } from 'node:worker_threads';
import { cannotWrite, stdoutIsPipe, writeStdout } from './stdout.js';

export const SLOT_BYTES = 1 << 18;
export const SLOTS = 16;

/** Places in `control`. */
export const HEAD = 0;
export const TAIL = 1;
export const STATE = 2;
/** A number of the system, negative; 0: none. */
export const ERROR = 3;
export const LENGTHS = 4;

const STARTING = 0;
export const OPEN = 1;
/** Nobody reads, or writing failed. */
export const CLOSED = 2;

export interface Ring {
  readonly control: Int32Array;
  readonly slots: Uint8Array;
}

/** A slot without bytes is the last. */
const END = new Uint8Array(0);

/** Less output is written sooner than a thread starts. */
const START_BYTES = 8 << 20;

export class WriteBehind {
  #ring: Ring | null = null;
  #written = 0;
  readonly #pays = stdoutIsPipe() && availableParallelism() > 1;

  /** False when nobody reads any more. Throws UR_CANNOT_WRITE. */
  readonly write = (bytes: Uint8Array): boolean => {
    if (this.#ring === null && (this.#written += bytes.length) >= START_BYTES && this.#pays) this.#ring = start();
    const ring = this.#ring;
    // The thread is not there yet, or never will be.
    if (ring === null || Atomics.load(ring.control, STATE) === STARTING) return writeStdout(bytes);
    for (let at = 0; at < bytes.length; at += SLOT_BYTES) {
      if (!put(ring, bytes.subarray(at, at + SLOT_BYTES))) return false;
    }
    return true;
  };

  /** To be called at the end, also after an error: waits until everything is written. Throws UR_CANNOT_WRITE. */
  end(): void {
    const ring = this.#ring;
    if (ring === null || !put(ring, END)) return;
    const { control } = ring;
    while (Atomics.load(control, STATE) === OPEN) {
      const tail = Atomics.load(control, TAIL);
      if (tail === Atomics.load(control, HEAD)) return;
      Atomics.wait(control, TAIL, tail);
    }
    isClosed(control);
  }
}

function start(): Ring {
  const control = new Int32Array(new SharedArrayBuffer((LENGTHS + SLOTS) * 4));
  const slots = new Uint8Array(new SharedArrayBuffer(SLOTS * SLOT_BYTES));
  const ring: Ring = { control, slots };
  const worker = new Worker(new URL('./write-behind-worker.js', import.meta.url), { workerData: ring, execArgv: [] });
  worker.on('error', () => undefined); // it never came to write, or says so in ERROR
  worker.unref();
  return ring;
}

function put({ control, slots }: Ring, bytes: Uint8Array): boolean {
  const head = Atomics.load(control, HEAD);
  for (;;) {
    if (isClosed(control)) return false;
    const tail = Atomics.load(control, TAIL);
    if (((head - tail) | 0) < SLOTS) break;
    Atomics.wait(control, TAIL, tail);
  }
  const slot = head & (SLOTS - 1);
  slots.set(bytes, slot * SLOT_BYTES);
  control[LENGTHS + slot] = bytes.length;
  Atomics.store(control, HEAD, (head + 1) | 0);
  Atomics.notify(control, HEAD);
  return true;
}

/** Throws UR_CANNOT_WRITE. */
function isClosed(control: Int32Array): boolean {
  if (Atomics.load(control, STATE) !== CLOSED) return false;
  const errno = Atomics.load(control, ERROR);
  if (errno === 0) return true;
  throw cannotWrite(getSystemErrorName(errno));
}
