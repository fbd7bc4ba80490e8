/** The thread of WriteBehind: writes the slots in their order until the one without bytes. */
import { constants } from 'node:os';
import { workerData } from 'node:worker_threads';
import { writeStdout } from './stdout.js';
import { CLOSED, ERROR, HEAD, LENGTHS, OPEN, SLOTS, SLOT_BYTES, STATE, TAIL } from './write-behind.js';
import type { Ring } from './write-behind.js';

const { control, slots } = workerData as Ring;

function run(): void {
  Atomics.store(control, STATE, OPEN);
  for (let tail = 0; ; tail = (tail + 1) | 0) {
    while (Atomics.load(control, HEAD) === tail) Atomics.wait(control, HEAD, tail);
    const slot = tail & (SLOTS - 1);
    const at = slot * SLOT_BYTES;
    const length = control[LENGTHS + slot];
    if (!writeStdout(slots.subarray(at, at + length))) {
      close();
      return;
    }
    Atomics.store(control, TAIL, (tail + 1) | 0);
    Atomics.notify(control, TAIL);
    if (length === 0) return;
  }
}

function close(): void {
  Atomics.store(control, STATE, CLOSED);
  Atomics.notify(control, TAIL);
}

try {
  run();
} catch (error) {
  Atomics.store(control, ERROR, (error as { cause?: NodeJS.ErrnoException }).cause?.errno ?? -constants.errno.EIO);
  close();
}
