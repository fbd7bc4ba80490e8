/** Calls and time as stacks: program > phase > directories > file > syscall; what flame graphs are drawn from. */
import { PATHS_MAX, tooMany } from './limits.js';
import { baseName } from './names.js';
import { PHASES, type PhaseId } from './phases/model.js';
import { Phases } from './phases/phases.js';
import type { Process, Subject } from './subject.js';

export interface Weight {
  calls: number;
  /** Inside the calls, as strace saw it. */
  seconds: number;
}

/** Frames from the root to the leaf, latin1. */
export interface Stack extends Readonly<Weight> {
  readonly frames: readonly string[];
}

/** Frames are joined by a byte that no path can hold. */
const SEPARATOR = '\0';
/** What lies deeper is one frame: nobody looks at thousands of levels. */
const LEVELS_MAX = 256;
const MEMORY = /^(brk|m(un)?map2?|mprotect|mremap|madvise)$/;

export class Stacks {
  readonly #phases = new Phases();
  readonly #weights = new Map<string, Weight>();

  add(subject: Subject): void {
    this.#phases.add(subject);
    const key = this.#framesOf(subject, this.#phases.phaseOf(subject.process)).join(SEPARATOR);
    let weight = this.#weights.get(key);
    if (weight === undefined) {
      if (this.#weights.size === PATHS_MAX) throw tooMany('distinct stacks', PATHS_MAX);
      this.#weights.set(key, (weight = { calls: 0, seconds: 0 }));
    }
    weight.calls++;
    weight.seconds += subject.call.duration ?? 0;
  }

  exit(process: Process): void {
    this.#phases.exit(process);
  }

  #framesOf({ call, path, process }: Subject, phase: PhaseId): string[] {
    const program = process.program === null ? `process ${process.pid}` : baseName(process.program);
    const root = [program, PHASES[phase]];
    if (path === null || path === '') return [...root, MEMORY.test(call.name) ? '(memory)' : '(no file)', call.name];
    const parts = path.split('/').filter((part) => part !== '');
    const file = parts.length > LEVELS_MAX ? parts.splice(LEVELS_MAX).join('/') : (parts.pop() ?? '');
    const directories = parts.map((part) => `${part}/`);
    return [...root, ...(path.startsWith('/') ? ['/'] : []), ...directories, ...(file === '' ? [] : [file]), call.name];
  }

  result(): readonly Stack[] {
    return Array.from(this.#weights, ([key, weight]) => ({ frames: key.split(SEPARATOR), ...weight }));
  }
}
