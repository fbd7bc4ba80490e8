/**
 * What remembering answers would spare: lookups whose answer the same memory already gave and that nothing in the log
 * has changed since. Counted twice: for a memory that lives in each program (from exec to exec or exit), and for one
 * that all processes of the log share.
 */
import { PATHS_MAX, tooMany } from './limits.js';
import { isMiss } from './shapes.js';
import type { Process, Subject } from './subject.js';

export interface CacheEffect {
  /** Lookups identical to an earlier one (same call, same path, same answer). */
  readonly repeated: number;
  readonly repeatedMisses: number;
  /** Repeated lookups that need not be made; an open that succeeds yields a descriptor and is always made. */
  readonly sparedCalls: number;
  /** Time inside them as strace saw it, which inflates every call. */
  readonly sparedSeconds: number;
}

class Memory {
  repeated = 0;
  repeatedMisses = 0;
  sparedCalls = 0;
  sparedSeconds = 0;
  readonly effect = (): CacheEffect => ({
    repeated: this.repeated,
    repeatedMisses: this.repeatedMisses,
    sparedCalls: this.sparedCalls,
    sparedSeconds: this.sparedSeconds,
  });
}

interface Answer {
  answer: string | null;
  /** The state of the world it was given in. */
  age: number;
}

/** Answers known, by call and path. */
class Answers {
  readonly #calls = new Map<string, Map<string, Answer>>();
  #size = 0;

  get(call: string, path: string): Answer | undefined {
    return this.#calls.get(call)?.get(path);
  }

  add(call: string, path: string, answer: Answer): void {
    if (this.#size++ === PATHS_MAX) throw tooMany('distinct lookups', PATHS_MAX);
    let paths = this.#calls.get(call);
    if (paths === undefined) this.#calls.set(call, (paths = new Map<string, Answer>()));
    paths.set(path, answer);
  }
}

export class LookupCache {
  readonly #perProgram = new Memory();
  readonly #shared = new Memory();
  readonly #answersOf = new WeakMap<Process, { image: number; answers: Answers }>();
  readonly #sharedAnswers = new Answers();
  /** Age of the last change of this path; renamed or removed directories change everything below them. */
  readonly #changed = new Map<string, number>();
  #age = 0;
  #allChanged = -1;

  /** Every call, so that changes are seen. `lookup`: it asks for a name. */
  add(subject: Subject, lookup: boolean): void {
    if (lookup) {
      const { process } = subject;
      let own = this.#answersOf.get(process);
      if (own?.image !== process.image) this.#answersOf.set(process, (own = { image: process.image, answers: new Answers() }));
      this.#ask(own.answers, this.#perProgram, subject);
      this.#ask(this.#sharedAnswers, this.#shared, subject);
    }
    if (!subject.failed) this.#noteChange(subject);
  }

  #ask(answers: Answers, memory: Memory, { call, path, shape }: Subject): void {
    const answer = call.errno;
    const known = answers.get(call.name, path!);
    if (known === undefined) {
      answers.add(call.name, path!, { answer, age: this.#age });
      return;
    }
    const fresh = known.age > this.#allChanged && known.age >= (this.#changed.get(path!) ?? -1);
    if (fresh && known.answer === answer) {
      memory.repeated++;
      if (isMiss(answer)) memory.repeatedMisses++;
      if (answer !== null || (shape!.role !== 'open' && shape!.role !== 'exec')) {
        memory.sparedCalls++;
        memory.sparedSeconds += call.duration ?? 0;
      }
    }
    known.answer = answer;
    known.age = this.#age;
  }

  #noteChange(subject: Subject): void {
    const { call, path, path2, shape } = subject;
    if (shape === null || path === null) return;
    const creates = shape.role === 'open' && (call.name === 'creat' || subject.has('O_CREAT'));
    if (shape.role !== 'change' && shape.role !== 'write' && !creates) return;
    this.#age++;
    if (call.name.startsWith('rename') || call.name === 'rmdir') this.#allChanged = this.#age - 1;
    this.#changed.set(path, this.#age);
    if (path2 !== null) this.#changed.set(path2, this.#age);
  }

  get perProgram(): CacheEffect {
    return this.#perProgram.effect();
  }

  get shared(): CacheEffect {
    return this.#shared.effect();
  }
}
