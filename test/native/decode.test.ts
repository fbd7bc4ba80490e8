import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { after, test } from 'node:test';
import { UringReplayError } from '../../replay/errors.js';
import { loadNative } from '../../replay/native.js';
import { CHECK_NONE, CODE, HEADER, HEADER_BYTES, HEADER_WRITES, OP, OP_BYTES } from '../../replay/plan/format.js';
import { everyCall, makeTree, program, type Step } from './programs.js';

const native = loadNative();
const tree = makeTree();
after(() => { rmSync(tree, { recursive: true }); });
const valid = program(everyCall(tree));

/** xorshift32, so that a failure can be repeated. */
function randomNumbers(seed: number): () => number {
  let state = seed | 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** null when the program is taken. */
function refusal(bytes: Uint8Array): UringReplayError | null {
  try {
    native.create(bytes, { engine: 'serial' }).close();
    return null;
  } catch (error) {
    assert.ok(error instanceof UringReplayError, String(error));
    return error;
  }
}

function changed(at: number, value: number, wide = true): Uint8Array {
  const bytes = Uint8Array.from(valid);
  const view = new DataView(bytes.buffer);
  if (wide) view.setUint32(at, value, true);
  else view.setUint16(at, value, true);
  return bytes;
}

test('a damaged program is refused with what is wrong and where', () => {
  const op = (index: number, field: number): number => HEADER_BYTES + index * OP_BYTES + field;
  const arenaBytes = Number(new DataView(valid.buffer, valid.byteOffset).getBigUint64(HEADER.arenaBytes, true));
  const cases: readonly (readonly [Uint8Array, RegExp])[] = [
    [new Uint8Array(0), /header: 0 bytes, a header has 64/],
    [changed(HEADER.magic, 7), /magic 7/],
    [changed(HEADER.version, 9), /version 9, known is 1/],
    [changed(HEADER.opCount, 0xffffffff), /the limit is/],
    [changed(HEADER.opCount, 1), /sections of/],
    [changed(HEADER.slotCount, 0xffffffff), /4294967295 slots, the limit is 16777216/],
    [changed(HEADER.slotCount, 1), /slot \d is outside the 1 slots/],
    [valid.subarray(0, valid.length - 8), /the buffer has/],
    [changed(op(0, OP.code), 999, false), /op 0: unknown code 999/],
    [changed(op(1, OP.path), 9_999_999), new RegExp(`op 1: path offset 9999999 is outside the arena of ${arenaBytes} bytes`)],
    [changed(op(0, OP.code), CODE.setup_if, false), /op 0: setup_if is for setup only/],
    [changed(op(0, OP.flags), 16, false), /op 0: unknown op flags 16/],
    [changed(op(0, OP.flags), 8, false), /op 0: flags 8 are for setup only/],
    [changed(op(1, OP.check), 64), /op 1: unknown check bits 64/],
    [changed(op(9, OP.len), 0x7fffffff), /op 9: length 2147483647 is above the header's io_bytes_max/],
    [changed(op(9, OP.depStart), 0xfffffff0), /op 9: edges 4294967280 to/],
    [changed(op(8, OP.a), 0o100), /op 8: open flags 64 write, in a program that is not marked as writing/],
    [changed(op(8, OP.code), 35, false), /op 8: fd -100 where the call takes none/],
    [changed(op(13, OP.out), 0), /op 13: out slot 0 is filled by an earlier op/],
    [changed(op(22, OP.a), 8), /op 22: fcntl command 8 is not replayed/],
  ];
  for (const [bytes, message] of cases) {
    const error = refusal(bytes);
    assert.equal(error?.code, 'UR_BAD_PROGRAM', String(message));
    assert.match(error.message, message);
  }
});

test('locks that would wait for others are refused', () => {
  const locks: readonly (readonly [Step, RegExp])[] = [
    [{ code: 'fcntl_lock', fd: -1, a: 7, check: CHECK_NONE }, /op 0: lock command 7 is not replayed/],
    [{ code: 'fcntl_lock', fd: -1, a: 5, b: 2, check: CHECK_NONE }, /op 0: F_GETLK with type 2/],
    [{ code: 'flock', fd: -1, a: 2, check: CHECK_NONE }, /op 0: flock operation 2 is not replayed/],
  ];
  for (const [step, message] of locks) {
    assert.match(refusal(program([step], { flags: HEADER_WRITES }))?.message ?? '', message);
    assert.match(refusal(program([step]))?.message ?? '', /in a program that is not marked as writing/);
  }
});

test('a dependency on a later op is refused', () => {
  const bytes = Uint8Array.from(valid);
  const view = new DataView(bytes.buffer);
  const edges = HEADER_BYTES + everyCall(tree).length * OP_BYTES;
  view.setUint32(edges, 1_000_000, true);
  assert.match(refusal(bytes)?.message ?? '', /depends on op 1000000, which is not earlier/);
});

test('a path without its NUL is refused', () => {
  const bytes = Uint8Array.from(valid);
  const arenaBytes = Number(new DataView(bytes.buffer).getBigUint64(HEADER.arenaBytes, true));
  bytes.fill(0x61, bytes.length - arenaBytes);
  assert.match(refusal(bytes)?.message ?? '', /has no NUL within/);
});

test('an empty program runs', async () => {
  const replay = native.create(program([]), { engine: 'serial' });
  assert.equal((await replay.run(2)).passes, 2);
  replay.close();
});

test('150,000 mutations and random buffers: a typed error or a program that runs, never a crash', async () => {
  const random = randomNumbers(20260101);
  let taken = 0;
  const runnable: Uint8Array[] = [];
  for (let i = 0; i < 150_000; i++) {
    const bytes = i % 10 === 0 ? new Uint8Array(random() % 2000) : Uint8Array.from(valid);
    const changes = i % 10 === 0 ? bytes.length : 1 + (random() % 4);
    // Most mutations hit the records: the arena is half of the buffer and hardly matters.
    for (let k = 0; k < changes && bytes.length > 0; k++) bytes[random() % bytes.length] = random() & 0xff;
    const error = refusal(bytes);
    if (error !== null) {
      assert.equal(error.code, 'UR_BAD_PROGRAM');
      continue;
    }
    taken++;
    if (taken % 400 === 0) runnable.push(bytes);
  }
  assert.ok(taken > 1000, `${taken} of the mutations are still valid programs`);
  for (const bytes of runnable) {
    for (const engine of native.probe().available ? (['serial', 'ring'] as const) : (['serial'] as const)) {
      const replay = native.create(bytes, { engine, order: 'deps' });
      try {
        assert.equal((await replay.run(1)).passes, 1);
      } catch (error) {
        assert.ok(error instanceof UringReplayError && ['UR_NOT_IN_ROOT', 'UR_LIMIT'].includes(error.code), String(error));
      } finally {
        replay.close();
      }
    }
  }
});
