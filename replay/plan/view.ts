/** Reads a program back, op by op: for tests, inspection and the messages that name a call. */
import { UringReplayError } from '../errors.js';
import {
  CODES, HEADER, HEADER_BYTES, MAGIC, NO_PATH, NO_SLOT, OP, OP_BYTES, OP_CURSOR, VERSION, type OpSpec,
} from './format.js';

export class ProgramView {
  readonly flags: number;
  readonly setupCount: number;
  readonly opCount: number;
  readonly slotCount: number;
  readonly edgeCount: number;
  readonly reservedFds: number;
  readonly ioBytesMax: number;
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly edgesAt: number;
  private readonly arenaAt: number;

  constructor(program: Uint8Array) {
    this.bytes = program;
    this.view = new DataView(program.buffer, program.byteOffset, program.byteLength);
    if (program.length < HEADER_BYTES || this.u32(HEADER.magic) !== MAGIC || this.u32(HEADER.version) !== VERSION) {
      throw new UringReplayError('UR_BAD_PROGRAM', 'not a replay program of this version');
    }
    this.flags = this.u32(HEADER.flags);
    this.setupCount = this.u32(HEADER.setupCount);
    this.opCount = this.u32(HEADER.opCount);
    this.slotCount = this.u32(HEADER.slotCount);
    this.edgeCount = this.u32(HEADER.edgeCount);
    this.reservedFds = this.u32(HEADER.reservedFds);
    this.ioBytesMax = Number(this.view.getBigUint64(HEADER.ioBytesMax, true));
    this.edgesAt = HEADER_BYTES + (this.setupCount + this.opCount) * OP_BYTES;
    this.arenaAt = this.edgesAt + Math.ceil(this.edgeCount / 2) * 8;
    if (Number(this.view.getBigUint64(HEADER.totalBytes, true)) !== program.length || this.arenaAt > program.length) {
      throw new UringReplayError('UR_BAD_PROGRAM', `the program is cut off: ${program.length} bytes`);
    }
  }

  /** Timed op `index`; fields at their default are left out. */
  op(index: number): OpSpec {
    if (!(index >= 0 && index < this.opCount)) throw new RangeError(`op ${index} of ${this.opCount}`);
    return this.spec(this.setupCount + index);
  }

  setup(index: number): OpSpec {
    if (!(index >= 0 && index < this.setupCount)) throw new RangeError(`setup op ${index} of ${this.setupCount}`);
    return this.spec(index);
  }

  *ops(): IterableIterator<OpSpec> {
    for (let i = 0; i < this.opCount; i++) yield this.op(i);
  }

  /** Code number of op `index`, without decoding the rest. */
  code(index: number): number {
    return this.view.getUint16(this.recordAt(this.setupCount + index) + OP.code, true);
  }

  /** A field (an offset of OP) of op `index`, without decoding the rest. */
  int32(index: number, field: number): number {
    return this.view.getInt32(this.recordAt(this.setupCount + index) + field, true);
  }

  int16(index: number, field: number): number {
    return this.view.getInt16(this.recordAt(this.setupCount + index) + field, true);
  }

  /** Ops that op `index` waits for; a copy. */
  deps(index: number): Uint32Array {
    const at = this.recordAt(this.setupCount + index);
    const deps = new Uint32Array(this.u32(at + OP.depCount));
    const first = this.edgesAt + this.u32(at + OP.depStart) * 4;
    for (let i = 0; i < deps.length; i++) deps[i] = this.u32(first + i * 4);
    return deps;
  }

  /** Bytes of the path at an arena offset; a view. */
  path(offset: number): Uint8Array {
    const start = this.arenaAt + offset;
    return this.bytes.subarray(start, this.bytes.indexOf(0, start));
  }

  private recordAt(record: number): number {
    return HEADER_BYTES + record * OP_BYTES;
  }

  private u32(at: number): number {
    return this.view.getUint32(at, true);
  }

  private spec(record: number): OpSpec {
    const at = this.recordAt(record);
    const { view } = this;
    const slot = (offset: number): number | undefined => orNone(view.getInt32(at + offset, true), NO_SLOT);
    const path = (offset: number): Uint8Array | undefined => {
      const stored = this.u32(at + offset);
      return stored === NO_PATH ? undefined : this.path(stored);
    };
    const flags = view.getUint16(at + OP.flags, true);
    const deps = record < this.setupCount ? [] : [...this.deps(record - this.setupCount)];
    const spec = {
      code: CODES[view.getUint16(at + OP.code, true)],
      fd: slot(OP.fd),
      fd2: slot(OP.fd2),
      out: slot(OP.out),
      path: path(OP.path),
      path2: path(OP.path2),
      a: orNone(this.u32(at + OP.a), 0),
      b: orNone(this.u32(at + OP.b), 0),
      len: orNone(Number(view.getBigUint64(at + OP.len, true)), 0),
      off: orNone(small(view.getBigInt64(at + OP.off, true)), 0),
      expect: orNone(small(view.getBigInt64(at + OP.expect, true)), 0),
      expectSize: orNone(small(view.getBigUint64(at + OP.expectSize, true)), 0),
      expectMode: orNone(this.u32(at + OP.expectMode), 0),
      check: this.u32(at + OP.check),
      deps: deps.length > 0 ? deps : undefined,
      line: this.u32(at + OP.line),
      cursor: (flags & OP_CURSOR) !== 0 ? true : undefined,
      flags: orNone(flags & ~OP_CURSOR, 0),
    };
    return Object.fromEntries(Object.entries(spec).filter(([, value]) => value !== undefined)) as unknown as OpSpec;
  }
}

function orNone<T>(value: T, none: T): T | undefined {
  return value === none ? undefined : value;
}

function small(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}
