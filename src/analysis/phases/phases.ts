/** `phases`: a start-up told as a story, one program after the other. */
import { isMiss } from '../shapes.js';
import { Classifier } from './classify.js';
import { PHASE_IDS, STORIES_FILES_MAX, STORIES_MAX, STRETCHES_MAX, STRETCH_FILES_MAX, type PhaseId, type PhasesResult, type Story, type Stretch } from './model.js';
import { sentence } from './sentences.js';
import type { Process, Subject } from '../subject.js';

class OpenStretch {
  calls = 0;
  misses = 0;
  errors = 0;
  seconds = 0;
  wallSeconds: number | null = null;
  readonly syscalls = new Map<string, number>();
  readonly files = new Map<string, { path: string; calls: number; misses: number; steps: Map<string, number> }>();
  status: string | null = null;
  writesOutput = false;
  /** The library whose parts were mapped last: mprotect, which names no file, belongs to it. */
  mapped: string | null = null;
  phase: PhaseId;
  readonly line: number;
  readonly time: number | null;

  constructor(phase: PhaseId, line: number, time: number | null) {
    this.phase = phase;
    this.line = line;
    this.time = time;
  }

  add(subject: Subject): void {
    const { call } = subject;
    this.calls++;
    if (subject.failed) this.errors++;
    if (isMiss(call.errno)) this.misses++;
    this.seconds += call.duration ?? 0;
    this.syscalls.set(call.name, (this.syscalls.get(call.name) ?? 0) + 1);
    if (subject.shape?.role === 'write' && writesOutput(subject)) this.writesOutput = true;
    const step = stepOf(subject);
    const path = subject.path ?? (step === 'protect' ? this.mapped : null);
    if (path === null || step === null) return;
    if (step === 'map') this.mapped = path;
    let file = this.files.get(path);
    if (file === undefined) {
      if (this.files.size === STRETCH_FILES_MAX) return;
      this.files.set(path, (file = { path, calls: 0, misses: 0, steps: new Map() }));
    }
    file.calls++;
    if (isMiss(call.errno)) file.misses++;
    file.steps.set(step, (file.steps.get(step) ?? 0) + 1);
  }

  /** The calls of `other`, which came right behind. */
  take(other: OpenStretch): void {
    this.calls += other.calls;
    this.misses += other.misses;
    this.errors += other.errors;
    this.seconds += other.seconds;
    this.wallSeconds = this.wallSeconds === null ? other.wallSeconds : this.wallSeconds + (other.wallSeconds ?? 0);
    for (const [name, n] of other.syscalls) this.syscalls.set(name, (this.syscalls.get(name) ?? 0) + n);
    for (const [path, file] of other.files) if (!this.files.has(path) && this.files.size < STRETCH_FILES_MAX) this.files.set(path, file);
    this.status ??= other.status;
    this.writesOutput ||= other.writesOutput;
  }
}

function writesOutput(subject: Subject): boolean {
  const fd = subject.fd(0);
  return fd === 1 || fd === 2;
}

function stepOf({ call, shape }: Subject): string | null {
  if (call.name === 'mprotect') return 'protect';
  switch (shape?.role) {
    case 'read':
      return call.raw.isElf(call.raw.at(1)) ? 'read header' : 'read';
    case 'exec':
    case 'open':
    case 'stat':
    case 'access':
    case 'readlink':
    case 'write':
    case 'seek':
    case 'list':
    case 'map':
    case 'close':
    case 'change':
      return shape.role;
    default:
      return null;
  }
}

/** A program being told. */
class Telling {
  readonly classifier: Classifier;
  readonly stretches: OpenStretch[] = [];
  calls = 0;
  callsUntold = 0;
  lastEnd: number | null = null;
  /** Calls with which a program often ends, until it is known whether it does. */
  tail: OpenStretch | null = null;
  readonly pid: number;
  program: string | null;
  origin: Story['origin'];

  constructor(pid: number, program: string | null, origin: Story['origin']) {
    this.pid = pid;
    this.program = program;
    this.origin = origin;
    this.classifier = new Classifier(program ?? '', origin);
  }

  add(subject: Subject, phase: PhaseId): void {
    const { call } = subject;
    this.calls++;
    if (phase !== 'exit' && isFarewell(subject, this.tail !== null)) {
      this.tail ??= this.#open('exit', call.line, call.time);
      this.tail.add(subject);
    } else {
      this.#settleTail(phase);
      let last = this.stretches.at(-1);
      if (last?.phase !== phase) last = this.#open(phase, call.line, call.time, true);
      last.add(subject);
    }
    this.lastEnd = call.time === null ? this.lastEnd : call.time + (call.duration ?? 0);
  }

  #open(phase: PhaseId, line: number, time: number | null, keep = false): OpenStretch {
    const stretch = new OpenStretch(phase, line, time);
    if (keep) {
      this.#endLast(time);
      this.stretches.push(stretch);
    }
    return stretch;
  }

  #endLast(time: number | null): void {
    const last = this.stretches.at(-1);
    if (last !== undefined && time !== null && last.time !== null) last.wallSeconds = Math.max(0, time - last.time);
  }

  /** The calls held back were its end, or the program's after all. */
  #settleTail(next: PhaseId): void {
    const { tail } = this;
    if (tail === null) return;
    this.tail = null;
    const last = this.stretches.at(-1);
    if (next === 'exit') {
      this.#endLast(tail.time);
      this.stretches.push(tail);
    } else if (last !== undefined) last.take(tail);
    else this.stretches.push(tail);
  }

  /** Known only now, see Classifier. */
  forked(program: string | null): void {
    this.program ??= program;
    this.origin = 'fork';
    this.classifier.forked();
    for (const stretch of this.stretches) if (stretch.phase === 'unrecognised') stretch.phase = 'program';
  }

  finish(): void {
    this.#settleTail('program');
    this.#endLast(this.lastEnd);
  }
}

/** Closing standard output and error, unmapping buffers, dropping handlers: what C programs end with. */
function isFarewell(subject: Subject, begun: boolean): boolean {
  const { call, path } = subject;
  if (call.name === 'munmap') return begun;
  if (call.name !== 'close' || path !== null) return false;
  const fd = subject.fd(0);
  return typeof fd === 'number' && fd <= 2;
}

export class Phases {
  readonly #tellings = new WeakMap<Process, { image: number; telling: Telling }>();
  readonly #open = new Set<Telling>();
  readonly #done: Telling[] = [];
  readonly #totals = new Map<PhaseId, { calls: number; misses: number; seconds: number; wallSeconds: number; timed: boolean }>();
  #calls = 0;
  #programs = 0;
  /** Of the stories kept. */
  #files = 0;
  #start: number | null = null;

  add(subject: Subject): void {
    const { call, shape } = subject;
    this.#calls++;
    this.#start ??= call.time;
    const executes = shape?.role === 'exec' && call.errno === null && call.ret !== null;
    const telling = this.#tellingOf(subject.process);
    telling.add(subject, executes ? 'exec' : isExit(call.name, subject.process) ? 'exit' : telling.classifier.phase(subject));
  }

  /** The phase of the call that was added last, for analyses that go by phase. */
  phaseOf(process: Process): PhaseId {
    return this.#tellings.get(leader(process))?.telling.stretches.at(-1)?.phase ?? 'unrecognised';
  }

  #tellingOf(process: Process): Telling {
    const owner = leader(process);
    const known = this.#tellings.get(owner);
    if (known?.image === owner.image) {
      if (known.telling.origin === 'attached' && owner.parent !== null) known.telling.forked(owner.program);
      return known.telling;
    }
    if (known !== undefined) this.#finish(known.telling);
    const origin = owner.image > 0 ? 'exec' : owner.parent !== null ? 'fork' : 'attached';
    const telling = new Telling(owner.pid, owner.program, origin);
    this.#programs++;
    this.#tellings.set(owner, { image: owner.image, telling });
    this.#open.add(telling);
    return telling;
  }

  exit(process: Process): void {
    const known = this.#tellings.get(process);
    if (known !== undefined && !process.thread) this.#finish(known.telling);
  }

  event(event: { readonly kind: string; readonly pid: number | null; readonly text: Uint8Array }): void {
    if (event.kind !== 'exit') return;
    const status = /\d+/.exec(Buffer.from(event.text).toString('latin1'))?.[0] ?? null;
    for (const telling of this.#open) {
      const last = telling.stretches.at(-1);
      if (telling.pid === (event.pid ?? 0) && last?.phase === 'exit') last.status = status;
    }
  }

  #finish(telling: Telling): void {
    if (!this.#open.delete(telling)) return;
    telling.finish();
    const unproven = !telling.classifier.proven;
    for (const stretch of telling.stretches) {
      const phase = unproven && stretch.phase === 'interpreter' ? 'program' : stretch.phase;
      const total = this.#totals.get(phase) ?? { calls: 0, misses: 0, seconds: 0, wallSeconds: 0, timed: false };
      this.#totals.set(phase, total);
      total.calls += stretch.calls;
      total.misses += stretch.misses;
      total.seconds += stretch.seconds;
      total.wallSeconds += stretch.wallSeconds ?? 0;
      total.timed ||= stretch.wallSeconds !== null;
    }
    this.#keep(telling);
  }

  #keep(telling: Telling): void {
    const files = telling.stretches.reduce((sum, stretch) => sum + stretch.files.size, 0);
    if (this.#done.length === STORIES_MAX || (this.#done.length > 0 && this.#files + files > STORIES_FILES_MAX)) return;
    this.#files += files;
    this.#done.push(telling);
  }

  result(): PhasesResult {
    for (const telling of [...this.#open]) this.#finish(telling);
    const stories = this.#done.map((telling) => this.#story(telling)).sort((a, b) => (a.stretches[0]?.line ?? 0) - (b.stretches[0]?.line ?? 0));
    const totals = PHASE_IDS.flatMap((phase) => {
      const total = this.#totals.get(phase);
      if (total === undefined) return [];
      const { calls, misses, seconds, wallSeconds, timed } = total;
      return [{ phase, calls, misses, seconds, wallSeconds: timed ? wallSeconds : null }];
    });
    return { calls: this.#calls, programs: this.#programs, totals, stories };
  }

  #story(telling: Telling): Story {
    const { classifier } = telling;
    const language = classifier.proven ? classifier.language!.name : null;
    const told = new Set<PhaseId>();
    const merged: OpenStretch[] = [];
    for (const stretch of telling.stretches) {
      const phase = !classifier.proven && stretch.phase === 'interpreter' ? 'program' : stretch.phase;
      const last = merged.at(-1);
      if (last?.phase === phase) last.take(stretch);
      else if (phase === stretch.phase) merged.push(stretch);
      else {
        const renamed = new OpenStretch(phase, stretch.line, stretch.time);
        renamed.take(stretch);
        merged.push(renamed);
      }
    }
    const stretches = merged.slice(0, STRETCHES_MAX).map((stretch): Stretch => {
      const files = [...stretch.files.values()];
      const { phase, calls, misses, errors, seconds, wallSeconds, line, syscalls, status, writesOutput: writes } = stretch;
      const text = sentence({ phase, program: telling.program, language, misses, syscalls, files, again: told.has(phase), status, writesOutput: writes });
      told.add(phase);
      const start = stretch.time === null || this.#start === null ? null : stretch.time - this.#start;
      return { phase, calls, misses, errors, seconds, wallSeconds, start, line, syscalls, files, sentence: text };
    });
    const callsUntold = merged.slice(STRETCHES_MAX).reduce((n, s) => n + s.calls, 0);
    return { pid: telling.pid, program: telling.program, language, origin: telling.origin, calls: telling.calls, stretches, callsUntold };
  }
}

/** Threads belong to the story of the process that started them. */
function leader(process: Process): Process {
  let owner = process;
  while (owner.thread && owner.parent !== null) owner = owner.parent;
  return owner;
}

/** The end of a thread is not the end of its program. */
const isExit = (name: string, process: Process): boolean => name === 'exit_group' || (name === 'exit' && !process.thread);
