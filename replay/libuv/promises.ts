/**
 * libuv/promises and libuv/uring: fs.promises, with several calls under way. Order trace: the log's order with a window
 * of calls in flight; deps: each as soon as what it needs is done. As in the ring engine a call waits for what it depends on.
 */
import fs, { type FileHandle } from 'node:fs/promises';
import type { Order } from '../engine.js';
import type { ProgramView } from '../plan/view.js';
import type { FsCall } from './calls.js';
import type { Outcomes } from './outcomes.js';
import { noDescriptor, type Runner } from './runner.js';

export interface PromisesOptions {
  readonly order: Order;
  /** Calls in flight at most; 0 = all. */
  readonly batch: number;
}

export class PromisesRunner implements Runner {
  readonly #calls: readonly FsCall[];
  readonly #outcomes: Outcomes;
  readonly #order: Order;
  readonly #window: number;
  readonly #slots: (FileHandle | null)[];
  /** Per call: what it waits for, and what waits for it. */
  readonly #deps: readonly Uint32Array[];
  readonly #dependents: readonly (readonly number[])[];

  constructor(calls: readonly FsCall[], outcomes: Outcomes, view: ProgramView, { order, batch }: PromisesOptions) {
    this.#calls = calls;
    this.#outcomes = outcomes;
    this.#order = order;
    this.#window = batch === 0 ? Infinity : batch;
    this.#slots = new Array<FileHandle | null>(view.slotCount).fill(null);
    this.#deps = calls.map((_, i) => view.deps(i));
    const dependents = calls.map((): number[] => []);
    for (const [i, deps] of this.#deps.entries()) for (const dep of deps) dependents[dep].push(i);
    this.#dependents = dependents;
  }

  async setUp(slot: number, path: string | Buffer, flags: number): Promise<void> {
    this.#slots[slot] = await fs.open(path, flags);
  }

  run(): Promise<void> {
    return this.#order === 'trace' ? this.#inTraceOrder() : this.#asDependenciesAllow();
  }

  async cleanUp(): Promise<void> {
    for (const [slot, handle] of this.#slots.entries()) {
      this.#slots[slot] = null;
      await handle?.close();
    }
  }

  #inTraceOrder(): Promise<void> {
    const done = new Uint8Array(this.#calls.length);
    let [next, inFlight, left] = [0, 0, this.#calls.length];
    return new Promise((resolve, reject) => {
      const goOn = (): void => {
        while (next < done.length && inFlight < this.#window && this.#deps[next].every((dep) => done[dep] === 1)) {
          const index = next++;
          inFlight++;
          this.#make(index).then(() => {
            done[index] = 1;
            inFlight--;
            if (--left === 0) resolve();
            else goOn();
          }, reject);
        }
      };
      if (left === 0) resolve();
      else goOn();
    });
  }

  #asDependenciesAllow(): Promise<void> {
    const waitsFor = Uint32Array.from(this.#deps, ({ length }) => length);
    const ready: number[] = [];
    for (const [index, count] of waitsFor.entries()) if (count === 0) ready.push(index);
    let [head, inFlight, left] = [0, 0, this.#calls.length];
    return new Promise((resolve, reject) => {
      const goOn = (): void => {
        while (head < ready.length && inFlight < this.#window) {
          const index = ready[head++];
          inFlight++;
          this.#make(index).then(() => {
            inFlight--;
            for (const other of this.#dependents[index]) if (--waitsFor[other] === 0) ready.push(other);
            if (--left === 0) resolve();
            else goOn();
          }, reject);
        }
      };
      if (left === 0) resolve();
      else goOn();
    });
  }

  async #make(i: number): Promise<void> {
    const call = this.#calls[i];
    const { values } = this.#outcomes;
    try {
      switch (call.use) {
        case 'stat':
          this.#outcomes.stat(i, await fs.stat(call.path));
          return;
        case 'lstat':
          this.#outcomes.stat(i, await fs.lstat(call.path));
          return;
        case 'fstat':
          this.#outcomes.stat(i, await this.#handle(call.slot).stat());
          return;
        case 'access':
          await fs.access(call.path, call.mode);
          values[i] = 0;
          return;
        case 'open': {
          const handle = await fs.open(call.path, call.flags, call.mode);
          values[i] = handle.fd;
          if (call.out >= 0) this.#slots[call.out] = handle;
          else await handle.close();
          return;
        }
        case 'read':
          values[i] = (await this.#handle(call.slot).read(call.buffer, 0, call.length, call.position)).bytesRead;
          return;
        case 'readv':
          values[i] = (await this.#handle(call.slot).readv(call.vector, call.position ?? undefined)).bytesRead;
          return;
        case 'close': {
          const handle = this.#handle(call.slot);
          this.#slots[call.slot] = null;
          await handle.close();
          values[i] = 0;
          return;
        }
        case 'readlink':
          values[i] = Math.min((await fs.readlink(call.path, 'buffer')).length, call.length);
          return;
        case 'chdir':
          process.chdir(call.path as string);
          values[i] = 0;
          return;
        case 'statfs':
          await fs.statfs(call.path);
          values[i] = 0;
          return;
      }
    } catch (error) {
      this.#outcomes.fail(i, error);
    }
  }

  #handle(slot: number): FileHandle {
    const handle = this.#slots[slot];
    if (handle === null) throw noDescriptor();
    return handle;
  }
}
