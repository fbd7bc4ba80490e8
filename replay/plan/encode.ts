/**
 * Writes programs (see format.ts). Ops go straight into flat memory in the order they are added; nothing
 * per op stays on the JavaScript heap.
 */
import { Arena } from './arena.js';
import {
  CHECK_VALUE, CODE, CODES, CWD, HEADER, HEADER_BYTES, MAGIC, NO_PATH, NO_SLOT, OP, OP_BYTES, OP_CURSOR, VERSION,
  type CodeName, type OpSpec,
} from './format.js';
import { checkLimit, IO_BYTES_MAX, OPS_MAX, SLOTS_MAX } from './limits.js';
import { OpRecords } from './records.js';

/** As OpSpec; paths may also be latin1 strings that hold one char per byte. */
export interface OpInput extends Omit<OpSpec, 'path' | 'path2' | 'line'> {
  /** Default 0. */
  readonly line?: number;
  readonly path?: Uint8Array | string;
  readonly path2?: Uint8Array | string;
}

const NO_DEPS: readonly number[] = [];

/** An op of the one shape that the encoder reads fast. One can be used for op after op: the encoder copies it. */
export class Op {
  /** One of CODE. */
  code: number;
  fd = NO_SLOT;
  fd2 = NO_SLOT;
  out = NO_SLOT;
  path: Uint8Array | string | undefined = undefined;
  path2: Uint8Array | string | undefined = undefined;
  a = 0;
  b = 0;
  len = 0;
  off: number | bigint = 0;
  expect: number | bigint;
  expectSize: number | bigint = 0;
  expectMode = 0;
  check: number;
  deps: readonly number[] = NO_DEPS;
  line = 0;
  cursor = false;
  flags = 0;

  constructor(code: number, expect: number | bigint, check = CHECK_VALUE) {
    this.code = code;
    this.expect = expect;
    this.check = check;
  }

  /** Makes another op of it. */
  reset(code: number, expect: number | bigint, check = CHECK_VALUE): this {
    this.code = code;
    this.fd = this.fd2 = this.out = NO_SLOT;
    this.path = this.path2 = undefined;
    this.a = this.b = this.len = this.off = 0;
    this.expect = expect;
    this.expectSize = this.expectMode = 0;
    this.check = check;
    this.deps = NO_DEPS;
    this.line = 0;
    this.cursor = false;
    this.flags = 0;
    return this;
  }

  static of(input: Op | OpInput): Op {
    if (input instanceof Op) return input;
    const op = new Op(CODE[input.code], input.expect ?? 0, input.check);
    op.fd = input.fd ?? NO_SLOT;
    op.fd2 = input.fd2 ?? NO_SLOT;
    op.out = input.out ?? NO_SLOT;
    op.path = input.path;
    op.path2 = input.path2;
    op.a = input.a ?? 0;
    op.b = input.b ?? 0;
    op.len = input.len ?? 0;
    op.off = input.off ?? 0;
    op.expectSize = input.expectSize ?? 0;
    op.expectMode = input.expectMode ?? 0;
    op.deps = input.deps ?? NO_DEPS;
    op.line = input.line ?? 0;
    op.cursor = input.cursor ?? false;
    op.flags = input.flags ?? 0;
    return op;
  }
}

/** Calls whose `len` is the size of a buffer that the engine must own. */
const BUFFERED_CALLS: readonly CodeName[] = [
  'read', 'pread64', 'readv', 'preadv', 'preadv2', 'readlink', 'readlinkat', 'getdents64', 'getcwd',
  'write', 'pwrite64', 'writev', 'pwritev', 'pwritev2',
  'getxattr', 'lgetxattr', 'fgetxattr', 'listxattr', 'llistxattr', 'flistxattr',
];
/** By code number. */
const BUFFERED = Uint8Array.from(CODES, (code) => (BUFFERED_CALLS.includes(code) ? 1 : 0));

const WORD = 4;
/** Where the fields of a record are, in words. */
const FD = OP.fd / WORD;
const FD2 = OP.fd2 / WORD;
const OUT = OP.out / WORD;
const PATH = OP.path / WORD;
const PATH2 = OP.path2 / WORD;
const A = OP.a / WORD;
const B = OP.b / WORD;
const LEN = OP.len / WORD;
const OFF = OP.off / WORD;
const EXPECT = OP.expect / WORD;
const EXPECT_SIZE = OP.expectSize / WORD;
const EXPECT_MODE = OP.expectMode / WORD;
const CHECK = OP.check / WORD;
const DEP_START = OP.depStart / WORD;
const DEP_COUNT = OP.depCount / WORD;
const LINE = OP.line / WORD;
const TWO_32 = 2 ** 32;

export class ProgramBuilder {
  private readonly prelude = new OpRecords();
  private readonly setup = new OpRecords();
  private readonly main: OpRecords;
  private readonly arena = new Arena();
  private edges = new Uint32Array(64);
  private edgeCount = 0;
  private slots = 0;
  private reservedFds = 0;
  private ioBytesMax = 0;
  flags: number;

  /** `reserved`: how many timed ops there may be. */
  constructor(flags = 0, reserved = 0) {
    this.flags = flags;
    this.main = new OpRecords(reserved);
  }

  /** Ops added so far (= index of the next one). */
  get length(): number {
    return this.main.length;
  }

  get edgesUsed(): number {
    return this.edgeCount;
  }

  /** A new slot; slots are never used twice. */
  newSlot(): number {
    checkLimit('slots', this.slots + 1, SLOTS_MAX);
    return this.slots++;
  }

  /** Reserves slots 0 .. count-1 where the caller numbers them itself. */
  useSlots(count: number): void {
    checkLimit('slots', count, SLOTS_MAX);
    this.slots = Math.max(this.slots, count);
  }

  /** Adds a timed op, which waits for the first `depCount` ops of `deps` (default: its own). Returns its index. */
  add(input: Op | OpInput, deps?: ArrayLike<number>, depCount = deps?.length): number {
    const op = Op.of(input);
    const index = this.write(this.main, op);
    this.addEdges(index, deps ?? op.deps, depCount ?? op.deps.length);
    return index;
  }

  /** Adds an op that runs untimed before every pass. Returns its index among the setup ops. */
  addSetup(op: OpInput): number {
    if (op.deps !== undefined && op.deps.length > 0) throw new RangeError('setup ops have no dependencies');
    return this.write(this.setup, Op.of(op));
  }

  /** Adds a setup op that runs before those of addSetup(). */
  addPrelude(op: OpInput): number {
    return this.write(this.prelude, Op.of(op));
  }

  /** Changes what is checked of op `index`. */
  setCheck(index: number, check: number): void {
    this.main.locate(index).setUint32(OP.check, check, true);
  }

  /** Changes the length of op `index`, which must not grow. */
  setLength(index: number, len: number): void {
    this.main.locate(index).setBigUint64(OP.len, BigInt(len), true);
  }

  /** The program. It takes over the builder's memory. */
  finish(): Uint8Array {
    const preludeCount = this.prelude.length;
    const setupCount = preludeCount + this.setup.length;
    const opCount = this.main.length;
    const edgesAt = HEADER_BYTES + (setupCount + opCount) * OP_BYTES;
    const arenaAt = edgesAt + align8(this.edgeCount * WORD);
    const total = align8(arenaAt + this.arena.length);
    const bytes = this.main.within(HEADER_BYTES + setupCount * OP_BYTES, total - edgesAt);
    const view = new DataView(bytes.buffer, bytes.byteOffset);
    const u32 = (at: number, value: number): void => { view.setUint32(at, value, true); };
    const u64 = (at: number, value: number): void => { view.setBigUint64(at, BigInt(value), true); };
    u32(HEADER.magic, MAGIC);
    u32(HEADER.version, VERSION);
    u32(HEADER.headerBytes, HEADER_BYTES);
    u32(HEADER.opBytes, OP_BYTES);
    u32(HEADER.flags, this.flags);
    u32(HEADER.setupCount, setupCount);
    u32(HEADER.opCount, opCount);
    u32(HEADER.slotCount, this.slots);
    u32(HEADER.edgeCount, this.edgeCount);
    u32(HEADER.reservedFds, this.reservedFds);
    u64(HEADER.arenaBytes, total - arenaAt);
    u64(HEADER.ioBytesMax, this.ioBytesMax);
    u64(HEADER.totalBytes, total);
    bytes.set(this.prelude.within(0, 0), HEADER_BYTES);
    bytes.set(this.setup.within(0, 0), HEADER_BYTES + preludeCount * OP_BYTES);
    bytes.set(new Uint8Array(this.edges.buffer, 0, this.edgeCount * WORD), edgesAt);
    this.arena.copyTo(bytes, arenaAt);
    return bytes;
  }

  private write(records: OpRecords, op: Op): number {
    checkLimit('ops', records.length + 1, OPS_MAX);
    const { code, fd, fd2, out, len } = op;
    this.checkSlot(fd);
    this.checkSlot(fd2);
    this.checkSlot(out);
    if (BUFFERED[code] === 1) {
      if (len > IO_BYTES_MAX) checkLimit(`${CODES[code]} length`, len, IO_BYTES_MAX);
      if (len > this.ioBytesMax) this.ioBytesMax = len;
    }
    if (fd2 === NO_SLOT && (code === CODE.dup2 || code === CODE.dup3)) {
      this.reservedFds = Math.max(this.reservedFds, op.b + 1);
    }
    const path = op.path === undefined ? NO_PATH : this.arena.intern(op.path);
    const path2 = op.path2 === undefined ? NO_PATH : this.arena.intern(op.path2);
    const index = records.push();
    const { words, at } = records;
    words[at] = code | ((op.cursor ? OP_CURSOR | op.flags : op.flags) << 16); // code and flags share the first word
    words[at + FD] = fd;
    words[at + FD2] = fd2;
    words[at + OUT] = out;
    words[at + PATH] = path;
    words[at + PATH2] = path2;
    words[at + A] = op.a;
    words[at + B] = op.b;
    put64(words, at + LEN, len);
    put64(words, at + OFF, op.off);
    put64(words, at + EXPECT, op.expect);
    put64(words, at + EXPECT_SIZE, op.expectSize);
    words[at + EXPECT_MODE] = op.expectMode;
    words[at + CHECK] = op.check;
    words[at + LINE] = op.line;
    return index;
  }

  private addEdges(index: number, deps: ArrayLike<number>, depCount: number): void {
    const { words, at } = this.main;
    words[at + DEP_START] = this.edgeCount;
    words[at + DEP_COUNT] = depCount;
    if (depCount === 0) return;
    this.reserveEdges(depCount);
    for (let i = 0; i < depCount; i++) {
      const dep = deps[i];
      if (!(dep >= 0 && dep < index)) throw new RangeError(`op ${index} depends on op ${dep}`);
      this.edges[this.edgeCount++] = dep;
    }
  }

  private checkSlot(slot: number): void {
    if (slot >= this.slots || (slot < 0 && slot !== NO_SLOT && slot !== CWD)) {
      throw new RangeError(`slot ${slot} of ${this.slots}`);
    }
  }

  private reserveEdges(count: number): void {
    if (this.edgeCount + count <= this.edges.length) return;
    const grown = new Uint32Array(Math.max(this.edgeCount + count, this.edges.length * 2));
    grown.set(this.edges.subarray(0, this.edgeCount));
    this.edges = grown;
  }
}

/** A whole program from lists, for tests and small tools, in memory of its own. Slots are numbered by the caller: 0 .. slotCount-1. */
export function encodeProgram(
  setup: readonly OpSpec[], ops: readonly OpSpec[], slotCount: number, flags = 0,
): Uint8Array {
  const builder = new ProgramBuilder(flags);
  builder.useSlots(slotCount);
  for (const op of setup) builder.addSetup(op);
  for (const op of ops) builder.add(op);
  return builder.finish().slice();
}

function align8(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}

/** 64 bits, little-endian, two's complement. Numbers must be integers that a double holds exactly. */
function put64(words: Int32Array, at: number, value: number | bigint): void {
  if (typeof value === 'bigint') {
    words[at] = Number(BigInt.asIntN(32, value));
    words[at + 1] = Number(BigInt.asIntN(32, value >> 32n));
  } else {
    if ((value | 0) === value) { // most of them
      words[at] = value;
      words[at + 1] = value >> 31;
      return;
    }
    words[at] = value; // stored modulo 2^32, negative numbers as two's complement
    words[at + 1] = Math.floor(value / TWO_32);
  }
}
