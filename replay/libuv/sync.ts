/** libuv/sync: one call after another through fs.*Sync, on the main thread. */
import fs from 'node:fs';
import type { FsCall } from './calls.js';
import type { Outcomes } from './outcomes.js';
import { noDescriptor, type Runner } from './runner.js';

export class SyncRunner implements Runner {
  readonly #calls: readonly FsCall[];
  readonly #outcomes: Outcomes;
  /** Descriptors; -1: none. */
  readonly #slots: Int32Array;

  constructor(calls: readonly FsCall[], outcomes: Outcomes, slots: number) {
    this.#calls = calls;
    this.#outcomes = outcomes;
    this.#slots = new Int32Array(slots).fill(-1);
  }

  setUp(slot: number, path: string | Buffer, flags: number): Promise<void> {
    this.#slots[slot] = fs.openSync(path, flags);
    return Promise.resolve();
  }

  run(): Promise<void> {
    const { values } = this.#outcomes;
    for (let i = 0; i < this.#calls.length; i++) {
      const call = this.#calls[i];
      try {
        switch (call.use) {
          case 'stat':
            this.#outcomes.stat(i, fs.statSync(call.path));
            break;
          case 'lstat':
            this.#outcomes.stat(i, fs.lstatSync(call.path));
            break;
          case 'fstat':
            this.#outcomes.stat(i, fs.fstatSync(this.#fd(call.slot)));
            break;
          case 'access':
            fs.accessSync(call.path, call.mode);
            values[i] = 0;
            break;
          case 'open': {
            const fd = fs.openSync(call.path, call.flags, call.mode);
            values[i] = fd;
            if (call.out >= 0) this.#slots[call.out] = fd;
            break;
          }
          case 'read':
            values[i] = fs.readSync(this.#fd(call.slot), call.buffer, 0, call.length, call.position);
            break;
          case 'readv':
            values[i] = fs.readvSync(this.#fd(call.slot), call.vector, call.position ?? undefined);
            break;
          case 'close': {
            const fd = this.#fd(call.slot);
            this.#slots[call.slot] = -1;
            fs.closeSync(fd);
            values[i] = 0;
            break;
          }
          case 'readlink':
            values[i] = Math.min(fs.readlinkSync(call.path, 'buffer').length, call.length);
            break;
          case 'chdir':
            process.chdir(call.path as string);
            values[i] = 0;
            break;
          case 'statfs':
            fs.statfsSync(call.path);
            values[i] = 0;
            break;
        }
      } catch (error) {
        this.#outcomes.fail(i, error);
      }
    }
    return Promise.resolve();
  }

  #fd(slot: number): number {
    const fd = this.#slots[slot];
    if (fd < 0) throw noDescriptor();
    return fd;
  }

  cleanUp(): Promise<void> {
    for (const [slot, fd] of this.#slots.entries()) {
      if (fd >= 0) fs.closeSync(fd);
      this.#slots[slot] = -1;
    }
    return Promise.resolve();
  }
}
