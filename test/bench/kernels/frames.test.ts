import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { crc32, parseFrames } from '../../../bench/kernels/frames.js';

function encode(frames: readonly { readonly name: string; readonly status: number; readonly payload: Uint8Array }[]): Buffer {
  const parts = frames.flatMap(({ name, status, payload }) => [
    Buffer.from(`UR1 ${name} ${status} ${payload.length} ${crc32(payload).toString(16).padStart(8, '0')}\n`), Buffer.from(payload), Buffer.from('\n'),
  ]);
  return Buffer.concat([...parts, Buffer.from(`UR1 end ${frames.length}\n`)]);
}

const FRAMES = fc.array(fc.record({ name: fc.stringMatching(/^[a-z0-9.]{1,9}$/), status: fc.integer({ min: 0, max: 255 }), payload: fc.uint8Array({ maxLength: 80 }) }), { maxLength: 5 });

test('crc32 is that of IEEE 802.3', () => {
  // The check value that every catalogue of CRCs gives.
  assert.equal(crc32(Buffer.from('123456789')), 0xcbf43926);
});

test('frames come out as they were sent', () => {
  fc.assert(
    fc.property(FRAMES, (frames) => {
      const result = parseFrames(encode(frames));
      assert.ok(result.ok);
      const plain = (frame: { name: string; status: number; payload: Uint8Array }): unknown[] => [frame.name, frame.status, ...frame.payload];
      assert.deepEqual(result.frames.map(plain), frames.map(plain));
    }),
  );
});

test('cut short anywhere is not trusted', () => {
  fc.assert(
    fc.property(FRAMES, fc.nat(), (frames, at) => {
      const bytes = encode(frames);
      assert.equal(parseFrames(bytes.subarray(0, at % bytes.length)).ok, false);
    }),
  );
});

test('a changed byte of a payload is not trusted', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(), fc.integer({ min: 1, max: 255 }), (payload, at, flip) => {
      const bytes = encode([{ name: 'x', status: 0, payload }]);
      const head = bytes.indexOf(0x0a) + 1;
      const index = head + (at % payload.length);
      bytes[index] = bytes[index] ^ flip;
      const result = parseFrames(bytes);
      assert.ok(!result.ok);
      assert.match(result.reason, /checksum/);
    }),
  );
});

test('reasons', () => {
  const reason = (text: string): string => {
    const result = parseFrames(Buffer.from(text));
    return result.ok ? 'ok' : result.reason;
  };
  assert.equal(reason(''), 'nothing was sent');
  assert.equal(reason('UR1 end 1\n'), '1 frames were sent, 0 arrived');
  assert.equal(reason('Kernel panic - not syncing\n'), 'not a frame at byte 0: "Kernel panic - not syncing"');
  assert.equal(reason('UR1 end 0\nx'), '1 bytes after the sentinel');
});
