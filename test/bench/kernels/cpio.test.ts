import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { cpioArchive } from '../../../bench/kernels/cpio.js';
import type { CpioEntry } from '../../../bench/kernels/cpio.js';

interface Read {
  readonly path: string;
  readonly mode: number;
  readonly data: string;
}

/** As the kernel's init/initramfs.c walks it: six digits of magic, 13 fields of eight hex digits, name, data, each padded to 4. */
function unpack(archive: Buffer): Read[] {
  const entries: Read[] = [];
  const align = (n: number): number => (n + 3) & ~3;
  for (let at = 0; ; ) {
    assert.equal(archive.toString('latin1', at, at + 6), '070701', `magic at ${at}`);
    const field = (i: number): number => parseInt(archive.toString('latin1', at + 6 + 8 * i, at + 14 + 8 * i), 16);
    const [mode, size, nameBytes] = [field(1), field(6), field(11)];
    const path = archive.toString('utf8', at + 110, at + 110 + nameBytes - 1);
    const start = align(at + 110 + nameBytes);
    if (path === 'TRAILER!!!') return entries;
    entries.push({ path, mode, data: archive.toString('latin1', start, start + size) });
    at = align(start + size);
  }
}

const TYPES = { dir: 0o040000, file: 0o100000, symlink: 0o120000 } as const;

test('what is packed comes out again', () => {
  const entry = fc.record({
    path: fc.stringMatching(/^[a-z.\u00e4]{1,20}$/),
    type: fc.constantFrom('file' as const, 'symlink' as const),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    data: fc.uint8Array({ maxLength: 40 }),
  });
  fc.assert(
    fc.property(fc.uniqueArray(entry, { selector: (e) => e.path, maxLength: 12 }), (entries) => {
      const expected = entries.map(({ path, type, mode, data }) => ({ path, mode: TYPES[type] | mode, data: Buffer.from(data).toString('latin1') }));
      assert.deepEqual(unpack(cpioArchive(entries)), expected);
    }),
  );
});

test('equal entries give equal bytes', () => {
  const entries: CpioEntry[] = [{ path: 'dev', type: 'dir', mode: 0o755 }, { path: 'init', type: 'file', mode: 0o755, data: Buffer.from('x') }];
  assert.deepEqual(cpioArchive(entries), cpioArchive(entries));
});

test('absolute and repeated paths are refused', () => {
  assert.throws(() => cpioArchive([{ path: '/init', type: 'file', mode: 0 }]), /not a relative path/);
  assert.throws(() => cpioArchive([{ path: 'a', type: 'dir', mode: 0 }, { path: 'a', type: 'dir', mode: 0 }]), /twice/);
});
