/** An exported C program as an arm: started anew for each run of passes, which it times itself. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { NOTHING_COUNTED, type CountReport, type RunReport } from '../../replay/engine.js';
import type { ArmStart } from '../arms/arm-process.js';
import type { Contestant, Replayer } from '../arms/contestant.js';

const execute = promisify(execFile);

/** One line of JSON, as src/export/c/README.md has it. */
interface Answer {
  readonly wallNs: readonly number[];
  readonly cpuNs: readonly number[];
  readonly divergences: number;
}

export class CProgram implements Replayer, Contestant {
  readonly id: string;
  readonly #command: readonly string[];

  /** `command`: the program with its options, without --passes and --root. `root`: the tree. */
  constructor(id: string, command: readonly string[], root: string, start: ArmStart) {
    this.id = id;
    const enter = start === 'unshare' ? ['unshare', '--user', '--map-root-user', '--'] : [];
    this.#command = [...enter, ...command, '--root', root];
  }

  /** It starts anew for every round anyway. */
  start(): Promise<Replayer> {
    return Promise.resolve(this);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  async run(passes: number): Promise<RunReport> {
    const [file, ...args] = this.#command;
    const { stdout } = await execute(file, [...args, '--passes', String(passes)], { maxBuffer: 1 << 26 });
    const answer = JSON.parse(stdout) as Answer;
    return {
      wallNs: Float64Array.from(answer.wallNs),
      cpuNs: Float64Array.from(answer.cpuNs),
      // The program tells the worst pass only.
      divergences: new Uint32Array(answer.wallNs.length).fill(answer.divergences),
      divergent: [],
      ...NOTHING_COUNTED,
      passes: answer.wallNs.length,
    };
  }

  count(): Promise<CountReport> {
    return Promise.resolve({ inline: {}, punted: {}, direct: {}, source: 'none' });
  }
}
