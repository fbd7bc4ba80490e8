/**
 * An addon that replays nothing, so that the process around it can be tested without native code. What it
 * does is told by the program's bytes, read as text.
 */
import { NOTHING_COUNTED, type NativeAddon, type NativeReplay, type RunReport } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';

export const fakeAddon: NativeAddon = {
  probe: () => {
    throw new Error('not part of this fake');
  },
  countSyscalls: () => {
    throw new Error('not part of this fake');
  },
  layout: () => {
    throw new Error('not part of this fake');
  },
  enterRoot: (dir) => {
    if (dir === '/forbidden') throw new UringReplayError('UR_NO_ROOT', 'chroot: EPERM', 'be root');
  },
  create: (program) => new FakeReplay(Buffer.from(program).toString()),
};

class FakeReplay implements NativeReplay {
  readonly #script: string;

  constructor(script: string) {
    this.#script = script;
    if (script === 'bad') throw new UringReplayError('UR_BAD_PROGRAM', 'op 3: slot 9 of 2', 'Encode it again.');
  }

  run(passes: number): Promise<RunReport> {
    switch (this.#script) {
      case 'crash':
        process.stderr.write('one\ntwo\nthe last words\n');
        process.kill(process.pid, 'SIGSEGV');
        return new Promise(() => undefined);
      case 'hang':
        return new Promise(() => undefined);
      default:
        return Promise.resolve({
          wallNs: new Float64Array(passes).fill(1000),
          cpuNs: new Float64Array(passes).fill(500),
          divergences: new Uint32Array(passes),
          divergent: [],
          ...NOTHING_COUNTED,
          syscalls: this.#script.length,
          passes,
        });
    }
  }

  count(): ReturnType<NativeReplay['count']> {
    return Promise.resolve({ inline: {}, punted: {}, direct: { stat: 2 }, source: 'none' });
  }

  profile(): Promise<Float64Array> {
    return Promise.resolve(new Float64Array());
  }

  timeline(): ReturnType<NativeReplay['timeline']> {
    const none = new Float64Array();
    return Promise.resolve({ wallNs: 0, beginNs: none, endNs: none, onRing: new Uint8Array(), thread: new Uint16Array(), entries: none });
  }

  cancel(): void {
    // Nothing runs.
  }

  describe(): Record<string, unknown> {
    return { threadPool: process.env['UV_THREADPOOL_SIZE'], openFiles: 0 };
  }

  close(): void {
    // Nothing is open.
  }
}
