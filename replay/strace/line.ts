/**
 * One physical line of a log, taken apart into byte spans. A `Line` is reused for every line, so that reading
 * allocates nothing; spans index the buffer that was given to the lexer and are valid until the next line.
 */

/** What a line is by itself; joining halves comes later (see join.ts). */
export const KIND_CALL = 0;
export const KIND_SIGNAL = 1;
export const KIND_EXIT = 2;
export const KIND_KILLED = 3;
export const KIND_SUPERSEDED = 4;
export const KIND_NOTE = 5;
export const KIND_HEXDUMP = 6;
export const KIND_STACK = 7;
export const KIND_SUMMARY = 8;
export const KIND_OUTPUT = 9;
export const KIND_BLANK = 10;
/** Not strace's notation by itself: a continuation, the program's output, or damage. */
export const KIND_UNRECOGNISED = 11;

/** How a call line begins. */
export const HEAD_NAME = 0; // openat(...
export const HEAD_RESUMED = 1; // <... openat resumed>...
export const HEAD_NONE = 2; // ") = 1", ", 9) = 1", " <unfinished ...>": the rest of the line before

/** How a call line ends. */
export const END_RESULT = 0; // ) = 0
export const END_UNFINISHED = 1; // <unfinished ...>
export const END_DETACHED = 2; // <detached ...>
export const END_PID_CHANGED = 3; // <pid changed to 8 ...>
export const END_OPEN = 4; // the line stops inside the call

export class Line {
  /** Span without the line feed; `end` also excludes a carriage return. */
  start = 0;
  end = 0;
  kind = KIND_UNRECOGNISED;
  head = HEAD_NONE;
  ending = END_OPEN;
  /** -1: none. */
  pid = -1;
  /** Span of the time as printed; -1: none. */
  timeStart = -1;
  timeEnd = -1;
  /** The time is the difference to the line before (-r). */
  timeRelative = false;
  /** Seconds, as clock.ts counts them; NaN: none, or the sink does not want times. Set by the joiner. */
  time = NaN;
  /** Where the text behind pid, time, number and instruction pointer begins. */
  body = 0;
  nameStart = 0;
  nameEnd = 0;
  /** Of the name's bytes (names.ts, hashOf). */
  nameHash = 0;
  argsStart = 0;
  argsEnd = 0;
  /** The result's value: `3</etc/passwd>`, `-1`, `?`. Only with END_RESULT. */
  retStart = 0;
  retEnd = 0;
  /** ENOENT; empty when there is none. */
  errnoStart = 0;
  errnoEnd = 0;
  /** Everything behind value and errno name, without the duration: ` (No such file or directory) (INJECTED)`. */
  tailStart = 0;
  tailEnd = 0;
  /** Digits and point inside `<0.000012>`; -1: none. */
  durationStart = -1;
  durationEnd = -1;
  /** END_PID_CHANGED: the new pid; KIND_SUPERSEDED: the pid of the thread that called execve. */
  otherPid = -1;
}
