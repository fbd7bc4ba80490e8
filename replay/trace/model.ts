/**
 * The trace model: what a log says, independent of how strace printed it.
 *
 * Everything is bytes until somebody asks for more: paths and buffers are `Uint8Array`, because Linux
 * paths are bytes, not strings.
 */

/** What one or more lines of a log are. Only `call` carries a name, arguments and a result. */
export const RECORD_KINDS = [
  'call',
  'signal', // --- SIGCHLD {...} ---
  'exit', // +++ exited with 0 +++
  'killed', // +++ killed by SIGSEGV (core dumped) +++
  'superseded', // +++ superseded by execve in pid 8 +++
  'note', // strace: Process 7 attached
  'hexdump', // " | 00000  61 ..." below a call
  'stack', // " > lib(f+0x1) [0x2]" below a call
  'summary', // one line of a -c/-C table
  'output', // the traced program's own output in a log captured from stderr
  'blank',
  'unrecognised',
] as const;
export type RecordKind = (typeof RECORD_KINDS)[number];

/** One decoded argument (or struct member, array item, ...). */
export type Value =
  /** A string or buffer. `truncated`: strace printed `"..."...`, the bytes are a prefix. */
  | { readonly type: 'string'; readonly bytes: Uint8Array; readonly truncated: boolean; readonly abstract?: boolean }
  /** An integer in any base; pointers are `hex: true`. `bigint` only where a double cannot hold it. */
  | { readonly type: 'number'; readonly value: number | bigint; readonly hex: boolean; readonly octal?: boolean }
  /** NULL */
  | { readonly type: 'null' }
  /** One or more constants joined by `|` (or " or "): O_RDONLY|O_CLOEXEC, AT_FDCWD, S_IFREG|0644. Numbers keep their text. */
  | { readonly type: 'flags'; readonly names: readonly string[]; readonly comment?: string }
  /** A descriptor with a -y/-yy annotation: 3</etc/passwd>. Plain descriptors are numbers. */
  | { readonly type: 'fd'; readonly fd: number | 'AT_FDCWD'; readonly annotation: Uint8Array; readonly deleted: boolean }
  /** {st_mode=S_IFREG|0644, st_size=12, ...}; `name` is null for a positional member. */
  | { readonly type: 'struct'; readonly fields: readonly Field[]; readonly truncated: boolean }
  /** [1, 2], or a set with blanks [RTMIN RT_1]; `negated`: ~[...]. */
  | { readonly type: 'array'; readonly items: readonly Value[]; readonly truncated: boolean; readonly negated: boolean; readonly set: boolean }
  /** makedev(0x1, 0x3), WIFEXITED(s) */
  | { readonly type: 'macro'; readonly name: string; readonly args: readonly Value[] }
  /** [16 => 2], {...} => {...} */
  | { readonly type: 'change'; readonly before: Value; readonly after: Value }
  /** A value with strace's own comment behind it: 0x7ffe... [39 vars]. The comment has no delimiters. */
  | { readonly type: 'commented'; readonly value: Value; readonly comment: string }
  /** Text that is none of the above, kept as printed (expressions, "..."). */
  | { readonly type: 'text'; readonly text: string };

export interface Field {
  readonly name: string | null;
  readonly value: Value;
}

/** One call of the traced program, joined from its halves where strace split it. */
export interface Call {
  /** Position among the calls of the trace, from 0. */
  readonly index: number;
  /** First and last log line the call came from, from 1. They differ when it was split (unfinished / resumed). */
  readonly line: number;
  readonly lineEnd: number;
  /** null when the log does not say (a single process without -f). */
  readonly pid: number | null;
  /** Seconds; since the epoch with -ttt, else as the log's own clock says. null when not logged. */
  readonly time: number | null;
  readonly name: string;
  /** The return value; null for `?` and for calls that never returned. */
  readonly ret: number | bigint | null;
  /** ENOENT and so on, null on success or unknown. */
  readonly errno: string | null;
  /** Seconds spent in the call (-T); null when not logged. */
  readonly duration: number | null;
  /** Decoded now, at each call of this function. Named (-N) arguments lose their name. */
  args(): readonly Value[];
}

/** A non-call record, in log order with the calls. */
export interface LogEvent {
  readonly kind: Exclude<RecordKind, 'call'>;
  readonly line: number;
  readonly lineEnd: number;
  readonly pid: number | null;
  readonly time: number | null;
  /** The text without pid and time. */
  readonly text: Uint8Array;
}

/** Where the arguments of a call are printed: b[start, end). Valid until the next question. */
export interface ArgsText {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
}

/**
 * A whole log in memory, as columns. Calls are ordered by the line on which they were entered.
 * Implemented by replay/trace/trace.ts; made by `loadTrace()` of replay/strace/load.ts.
 */
export interface Trace {
  /** The name the log was given as. */
  readonly file: string;
  /** sha256 of the (decompressed) log bytes, hex. */
  readonly digest: string;
  readonly lines: number;
  /** The last line, where the log breaks off in the middle of it; null: it is whole. */
  readonly cutAt: number | null;
  /** Number of calls. */
  readonly length: number;
  call(index: number): Call;
  calls(): IterableIterator<Call>;
  /** The arguments of call `index` as the log has them. */
  argsText(index: number): ArgsText;
  /** Whether the beginning of call `index`, with its first arguments, is not in the log. */
  isOrphan(index: number): boolean;
  /** Exits, kills, supersedings (and other non-call records), by line. */
  events(): IterableIterator<LogEvent>;
  /** Column access for analyses over millions of calls; each has `length` entries. NaN/-1 where unknown. */
  readonly columns: {
    readonly pid: Int32Array;
    readonly line: Uint32Array;
    readonly lineEnd: Uint32Array;
    readonly nameId: Uint16Array;
    readonly time: Float64Array;
    readonly duration: Float64Array;
    /** The return value as a double; NaN for unknown. */
    readonly ret: Float64Array;
    /** Index into `errnos`, 0 = none. */
    readonly errnoId: Uint16Array;
  };
  /** nameId -> syscall name */
  readonly names: readonly string[];
  /** errnoId -> errno name; errnos[0] is '' */
  readonly errnos: readonly string[];
  /** Lines by kind. */
  readonly kinds: Readonly<Partial<Record<RecordKind, number>>>;
  readonly unrecognised: readonly { readonly reason: string; readonly count: number; readonly firstLine: number }[];
}
