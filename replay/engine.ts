/**
 * The typed face of the native addon: `probe()`, `create(program, options)`, `run(passes)`, `close()`.
 * Implemented in replay/native.ts, the one file that loads build/Release/uring_replay.node and turns its
 * negative errnos into typed errors with cause and remedy.
 */

/** Engines of the addon; native/engines.cc is their table. */
export const NATIVE_ENGINES = ['serial', 'ring', 'threads', 'hybrid', 'mmap', 'dedup', 'nop'] as const;
/** Node's own `fs` in their place: replay/libuv/. */
export const LIBUV_ENGINES = ['libuv/promises', 'libuv/sync', 'libuv/uring'] as const;
export const ENGINES = [...NATIVE_ENGINES, ...LIBUV_ENGINES] as const;
export type EngineName = (typeof ENGINES)[number];
export type Order = 'trace' | 'deps';
export type RingWindow = 'sliding' | 'barrier';
/** Where io-wq's workers run: as the scheduler likes, on the CPU of the thread that submits, or on all but that one. */
export const RING_AFFINITIES = ['any', 'same', 'other'] as const;
export type RingAffinity = (typeof RING_AFFINITIES)[number];
export type RingSetup = 'auto' | 'defer' | 'coop' | 'default' | 'sqpoll';

export interface EngineOptions {
  readonly engine: EngineName;
  /** trace: the log's order, at most `batch` calls in flight. deps: as early as dependencies allow. */
  readonly order?: Order;
  /** Calls in flight at most; 0 = all. */
  readonly batch?: number;
  readonly window?: RingWindow;
  /** auto = the best the probe found: SINGLE_ISSUER+DEFER_TASKRUN, else COOP_TASKRUN, else plain. */
  readonly setup?: RingSetup;
  /** IORING_REGISTER_IOWQ_MAX_WORKERS (bounded and unbounded); 0 = the kernel's default. */
  readonly workers?: number;
  /** IORING_REGISTER_IOWQ_AFF; same and other also keep the thread that submits on one CPU. Default any. */
  readonly affinity?: RingAffinity;
  /** Chain dependent calls with IOSQE_IO_HARDLINK where possible. Default true. */
  readonly links?: boolean;
  /** Direct descriptors where no later call needs a real one. Default true. */
  readonly direct?: boolean;
  /** threads: how many issue calls, the replaying one among them; 0 = one per CPU. */
  readonly threads?: number;
  /** nop: whose schedule (serial, ring). hybrid: by lanes, or all calls by several threads. */
  readonly variant?: EngineVariant;
  /** libuv: threads of its pool (UV_THREADPOOL_SIZE), which the process has to be started with. */
  readonly pool?: number;
  /** hybrid: one per op of the program, LANE_DIRECT or LANE_RING. Empty: all direct. */
  readonly lanes?: Uint8Array;
}

export const VARIANTS = ['', 'serial', 'ring', 'lanes', 'threads'] as const;
export type EngineVariant = (typeof VARIANTS)[number];

export const LANE_DIRECT = 0;
export const LANE_RING = 1;

/** One call whose outcome differed from the log. */
export interface Divergence {
  /** Index of the op in the program. */
  readonly op: number;
  readonly line: number;
  /** What differed first. */
  readonly what: 'value' | 'success' | 'size' | 'type';
  /** value, -errno, st_size or st_mode, according to `what`. */
  readonly expected: number;
  readonly got: number;
}

/** Figures of `passes` passes. Arrays have one entry per pass. */
export interface RunReport {
  /** CLOCK_MONOTONIC nanoseconds of the timed part. */
  readonly wallNs: Float64Array;
  /** CPU nanoseconds of the whole process (io-wq and SQPOLL threads too) over the timed part. */
  readonly cpuNs: Float64Array;
  /** Calls whose outcome differed, per pass. */
  readonly divergences: Uint32Array;
  /** The first (at most 1000) divergences of the last pass that had any. */
  readonly divergent: readonly Divergence[];
  /** Kernel entries of one pass (plain calls and io_uring_enter), of the last pass; null: not known (libuv's own, see CountReport). */
  readonly syscalls: number | null;
  readonly voluntarySwitches: number;
  readonly involuntarySwitches: number;
  /** Page faults of the whole process that were served from memory, and that had to read from a device. */
  readonly minorFaults: number;
  readonly majorFaults: number;
  /** 512-byte blocks that devices were read for this process (ru_inblock): 0 where the page cache had everything. */
  readonly blocksRead: number;
  /** Passes finished; less than asked for when cancelled. */
  readonly passes: number;
}

/** Of passes whose use of the system nobody counted. */
export const NOTHING_COUNTED = {
  syscalls: 0, voluntarySwitches: 0, involuntarySwitches: 0, minorFaults: 0, majorFaults: 0, blocksRead: 0,
} as const;

/** How one pass was carried out, counted in a pass of its own (untimed). */
export interface CountReport {
  /** Requests that completed inline in submission, by opcode name (statx, openat, read, close, ...). */
  readonly inline: Readonly<Record<string, number>>;
  /** Requests handed to io-wq, by opcode name. */
  readonly punted: Readonly<Record<string, number>>;
  /** Calls issued as plain syscalls, by syscall name. */
  readonly direct: Readonly<Record<string, number>>;
  /** tracepoint: io_uring:io_uring_queue_async_work; completions: those already posted when submit returned. */
  readonly source: 'tracepoint' | 'completions' | 'none';
  /** Kernel entries of a pass, where only the kernel can count them (libuv's): null: it did not. Absent: see RunReport. */
  readonly syscalls?: number | null;
  /** What else was counted, for the result's notes. */
  readonly notes?: Readonly<Record<string, unknown>>;
  /** The ops whose completion was not there yet when their submission returned: handed to io-wq. Absent from guests. */
  readonly puntedOps?: Uint32Array;
}

/** One pass over time, in a pass of its own (untimed). Nanoseconds since its begin; arrays have one entry per op. */
export interface TimelineReport {
  readonly wallNs: number;
  /** Called, or submitted: the begin of the io_uring_enter that took the request. */
  readonly beginNs: Float64Array;
  /** Returned, or completed: the end of the entry (or of its submission) after which the completion was there. */
  readonly endNs: Float64Array;
  /** 1: a request of the ring; 0: a plain call. */
  readonly onRing: Uint8Array;
  /** The thread that issued it; 0 is the replaying one. */
  readonly thread: Uint16Array;
  /** Four numbers per io_uring_enter: begin, end of its submission, end of its waiting, requests submitted. */
  readonly entries: Float64Array;
}

export interface ProbeReport {
  readonly kernel: string;
  /** False with `errno` and `cause` when io_uring_setup is refused. */
  readonly available: boolean;
  readonly errno: string | null;
  readonly cause: string | null;
  readonly remedy: string | null;
  /** IORING_FEAT_* and IORING_SETUP_* names that this kernel takes. */
  readonly features: readonly string[];
  readonly setupFlags: readonly string[];
  /** IORING_OP_* names (lower case, without prefix) that this kernel has. */
  readonly opcodes: readonly string[];
  readonly directDescriptors: boolean;
  readonly liburing: string;
  readonly tracepoint: boolean;
}

export interface NativeReplay {
  /** Runs passes off the main thread. Rejects with UringReplayError; resolves early after cancel(). */
  run(passes: number): Promise<RunReport>;
  count(): Promise<CountReport>;
  /** One pass that times each op on its own: nanoseconds per op. Engines that run one op after the other only. */
  profile(): Promise<Float64Array>;
  /** One pass with the time of everything in it. Rejects with UR_USAGE for those of libuv. */
  timeline(): Promise<TimelineReport>;
  /** Stops after the call in flight; safe from any time on the main thread. */
  cancel(): void;
  /** What the engine uses: ring flags, fall-backs per opcode, direct slots, links. */
  describe(): Readonly<Record<string, unknown>>;
  close(): void;
}

/** Kernel entries of some threads since it was made. While it is open, every system call on the host takes longer. */
export interface SyscallCount {
  total(): number;
  close(): void;
}

export interface NativeAddon {
  probe(): ProbeReport;
  /** Validates the program (typed error UR_BAD_PROGRAM) and prepares the engine. */
  create(program: Uint8Array, options: EngineOptions): NativeReplay;
  /**
   * chroot(dir) + chdir("/"), for the rest of this process's life. Needs CAP_SYS_CHROOT: root, or a
   * process started through `unshare --user --map-root-user`. After it replay threads drop all capabilities.
   */
  enterRoot(dir: string): void;
  /** `tracepoint`: number of raw_syscalls:sys_enter in tracefs. Throws UR_PERF where perf events are not permitted. */
  countSyscalls(tracepoint: number, threads: readonly number[]): SyscallCount;
  /** Layout of the format as compiled, for the test that compares it with plan/format.ts. */
  layout(): { readonly magic: number; readonly version: number; readonly headerBytes: number; readonly opBytes: number; readonly codes: readonly string[]; readonly op: Readonly<Record<string, number>>; readonly header: Readonly<Record<string, number>> };
}
