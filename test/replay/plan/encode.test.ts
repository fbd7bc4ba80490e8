import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeProgram, Op, ProgramBuilder } from '../../../replay/plan/encode.js';
import { CODES, CWD, HEADER, type OpSpec } from '../../../replay/plan/format.js';
import { ProgramView } from '../../../replay/plan/view.js';

const SLOTS = 5;
const u32 = fc.integer({ min: 1, max: 0xffffffff });
const slot = fc.oneof(fc.integer({ min: 0, max: SLOTS - 1 }), fc.constant(CWD));
const path = fc.uint8Array({ maxLength: 40 }).map((bytes) => bytes.map((byte) => byte || 47));
const i64 = fc.oneof(
  fc.integer({ min: -4095, max: 1 << 30 }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.maxSafeInteger(),
).map(small).filter((value) => value !== 0);
const u64 = fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 1n, max: 2n ** 64n - 1n })).map(small)
  .filter((value) => value !== 0);

/** Specs without default values, which is how ProgramView shows them. */
function opSpec(index: number): fc.Arbitrary<OpSpec> {
  return fc.record({
    code: fc.constantFrom(...CODES),
    fd: slot, fd2: slot, out: fc.integer({ min: 0, max: SLOTS - 1 }), path, path2: path,
    a: u32, b: fc.integer({ min: 1, max: 1000 }), len: fc.integer({ min: 1, max: 1 << 28 }),
    off: i64, expect: i64, expectSize: u64, expectMode: u32,
    check: fc.integer({ min: 0, max: 15 }),
    deps: fc.array(fc.integer({ min: 0, max: Math.max(0, index - 1) }), { minLength: 1, maxLength: 4 }),
    line: u32, cursor: fc.constant(true), flags: fc.constantFrom(2, 4, 6, 8),
  }, { requiredKeys: ['code', 'check', 'line'] }).map((spec) => {
    if (index > 0) return spec;
    return { ...spec, deps: undefined };
  });
}

test('a program reads back as written', () => {
  fc.assert(fc.property(
    fc.array(opSpec(0), { maxLength: 3 }),
    fc.array(fc.nat(), { maxLength: 30 }).chain((items) => fc.tuple(...items.map((_, i) => opSpec(i)))),
    (setup, ops) => {
      const program = encodeProgram(setup, ops, SLOTS, 1);
      const view = new ProgramView(program);
      assert.equal(program.length % 8, 0);
      assert.equal(view.slotCount, SLOTS);
      assert.equal(view.flags, 1);
      assert.deepEqual(setup.map((_, i) => plain(view.setup(i))), setup.map(plain));
      assert.deepEqual([...view.ops()].map(plain), ops.map(plain));
    },
  ));
});

test('of an op that is used again nothing is left', () => {
  const used = new Op(1, 2, 3);
  for (const field of Object.keys(used)) Object.assign(used, { [field]: 'left over' });
  assert.deepEqual(used.reset(4, 5, 6), new Op(4, 5, 6));
  assert.deepEqual(used.reset(4, 5), new Op(4, 5));
});

test('the same path is stored once', () => {
  const stat = (text: string): OpSpec => ({ code: 'stat', path: Buffer.from(text), check: 1, line: 1 });
  const arenaBytes = (program: Uint8Array): number =>
    new DataView(program.buffer).getUint32(HEADER.arenaBytes, true);
  assert.equal(arenaBytes(encodeProgram([], [stat('/a/b/c')], 0)), 8);
  assert.equal(arenaBytes(encodeProgram([stat('/a/b/c')], [stat('/a/b/c'), stat('/a/b/c')], 0)), 8);
  assert.equal(arenaBytes(encodeProgram([], [stat('/a/b/c'), stat('/a/b/d')], 0)), 16);
});

test('many ops, edges and paths survive growth', () => {
  const builder = new ProgramBuilder();
  const count = 100_000;
  for (let i = 0; i < count; i++) {
    const slot = builder.newSlot();
    builder.add({ code: 'open', path: `/file/${i}`, out: slot, check: 2, line: i + 1, deps: i > 0 ? [i - 1] : [] });
  }
  const view = new ProgramView(builder.finish());
  assert.equal(view.opCount, count);
  assert.equal(view.edgeCount, count - 1);
  for (const i of [0, 32_767, 32_768, count - 1]) {
    const op = view.op(i);
    assert.equal(Buffer.from(op.path!).toString(), `/file/${i}`);
    assert.equal(op.line, i + 1);
    assert.deepEqual(op.deps ?? [], i > 0 ? [i - 1] : []);
  }
});

test('dup2 onto reserved numbers and buffer sizes reach the header', () => {
  const view = new ProgramView(encodeProgram([], [
    { code: 'dup2', fd: 0, out: 1, b: 6, check: 2, line: 1 },
    { code: 'dup2', fd: 0, fd2: 1, out: 2, b: 9, check: 2, line: 2 },
    { code: 'read', fd: 0, len: 4096, check: 1, line: 3 },
    { code: 'fadvise64', fd: 0, len: 1 << 30, check: 1, line: 3 },
  ], 3));
  assert.equal(view.reservedFds, 7);
  assert.equal(view.ioBytesMax, 4096);
});

test('limits and bad references are refused', () => {
  const one = (op: Partial<OpSpec>) => (): unknown =>
    encodeProgram([], [{ code: 'read', check: 0, line: 1, ...op }], 2);
  assert.throws(one({ len: 2 ** 29 }), { code: 'UR_LIMIT', message: /read length/ });
  assert.throws(one({ path: Buffer.alloc(70_000, 97) }), { code: 'UR_LIMIT', message: /path bytes/ });
  assert.throws(one({ path: Buffer.from('a\0b') }), { code: 'UR_BAD_PROGRAM' });
  assert.throws(one({ fd: 2 }), /slot 2 of 2/);
  assert.throws(one({ fd: -7 }), /slot -7/);
  assert.throws(one({ deps: [0] }), /op 0 depends on op 0/);
  assert.throws(() => new ProgramView(new Uint8Array(64)), { code: 'UR_BAD_PROGRAM' });
});

function plain(spec: OpSpec): Record<string, unknown> {
  const bytes = (value?: Uint8Array): string | undefined => value && Buffer.from(value).toString('hex');
  return { ...spec, path: bytes(spec.path), path2: bytes(spec.path2), deps: spec.deps };
}

function small(value: number | bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

test('programs that outgrow their memory keep every op, and what is changed of them later', () => {
  const count = 70_000;
  const builder = new ProgramBuilder();
  for (let i = 0; i < count; i++) builder.add({ code: 'nop', len: i, check: 1, line: i + 1 });
  const changed = [0, 32_767, 32_768, count - 1];
  for (const index of changed) {
    builder.setCheck(index, 2);
    builder.setLength(index, index >> 1);
  }
  assert.throws(() => { builder.setCheck(count, 2); }, RangeError);
  const view = new ProgramView(builder.finish());
  assert.equal(view.opCount, count);
  for (let i = 0; i < count; i++) {
    const { check, len = 0, line } = view.op(i);
    const later = changed.includes(i);
    assert.deepEqual([check, len, line], [later ? 2 : 1, later ? i >> 1 : i, i + 1]);
  }
});

test('the memory reserved for ops makes no difference, nor how many setup ops stand before them', () => {
  const made = (setupOps: number, ops: number, reserved: number): Uint8Array => {
    const builder = new ProgramBuilder(0, reserved);
    for (let i = 0; i < setupOps; i++) builder[i % 3 === 0 ? 'addPrelude' : 'addSetup']({ code: 'nop', len: i, check: 0, line: 0 });
    for (let i = 0; i < ops; i++) builder.add({ code: 'stat', path: `/p/${i}`, check: 1, line: i + 1, deps: i === 0 ? [] : [i - 1] });
    return builder.finish();
  };
  for (const setupOps of [0, 1, 31, 32, 33, 5000]) {
    for (const ops of [0, 1, 255, 256, 257, 3000]) {
      const program = Buffer.from(made(setupOps, ops, 0));
      const view = new ProgramView(program);
      assert.deepEqual([view.setupCount, view.opCount, view.edgeCount], [setupOps, ops, Math.max(0, ops - 1)]);
      assert.deepEqual([...view.ops()].map(({ path, line }) => [Buffer.from(path!).toString(), line]), Array.from({ length: ops }, (_, i) => [`/p/${i}`, i + 1]));
      for (const reserved of [1, ops, 2 * ops, 100_000]) assert.ok(program.equals(made(setupOps, ops, reserved)), `${setupOps}, ${ops}, ${reserved}`);
    }
  }
});
