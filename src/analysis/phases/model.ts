/** The phases of a start-up. */

export const PHASES = {
  exec: 'exec',
  loader: 'dynamic loader',
  libc: 'C library and thread set-up',
  heap: 'heap',
  locale: 'locale and time zone',
  interpreter: 'interpreter start-up',
  modules: 'modules',
  program: 'program',
  exit: 'exit',
  unrecognised: 'not recognised',
} as const;
export type PhaseId = keyof typeof PHASES;
export const PHASE_IDS = Object.keys(PHASES) as readonly PhaseId[];

/** What was done with one file in a stretch. */
export interface FileSteps {
  /** latin1 */
  readonly path: string;
  readonly calls: number;
  readonly misses: number;
  /** In the order of first use: `open`, `read header`, `map`, ... with how often. */
  readonly steps: ReadonlyMap<string, number>;
}

/** Consecutive calls of one phase. */
export interface Stretch {
  readonly phase: PhaseId;
  readonly calls: number;
  readonly misses: number;
  readonly errors: number;
  /** Inside the calls, as strace saw it. */
  readonly seconds: number;
  /** From its first call to the first call of the next stretch; null without times. Inflated by tracing too. */
  readonly wallSeconds: number | null;
  /** Seconds since the first call of the log; null without times. */
  readonly start: number | null;
  readonly line: number;
  readonly syscalls: ReadonlyMap<string, number>;
  readonly files: readonly FileSteps[];
  /** One sentence for someone who has never read an strace log. */
  readonly sentence: string;
}

/** One program from exec to exec or exit. */
export interface Story {
  readonly pid: number;
  /** latin1; null: it was running when the log began. */
  readonly program: string | null;
  readonly language: string | null;
  /** How it came to be: by exec, or forked from another program without exec. */
  readonly origin: 'exec' | 'fork' | 'attached';
  readonly calls: number;
  readonly stretches: readonly Stretch[];
  /** Calls after the last stretch told, see STRETCHES_MAX. */
  readonly callsUntold: number;
}

export interface PhaseTotal {
  readonly phase: PhaseId;
  readonly calls: number;
  readonly misses: number;
  readonly seconds: number;
  readonly wallSeconds: number | null;
}

export interface PhasesResult {
  readonly calls: number;
  readonly programs: number;
  /** Over all programs, told or not. */
  readonly totals: readonly PhaseTotal[];
  readonly stories: readonly Story[];
}

/** Programs whose story is told, the first to end; the totals are of all. */
export const STORIES_MAX = 1000;
/** Files remembered of all stories together: what bounds the memory of a log of any size. */
export const STORIES_FILES_MAX = 40_000;
/** Stretches told of one program. */
export const STRETCHES_MAX = 400;
/** Files remembered of one stretch. */
export const STRETCH_FILES_MAX = 400;
