import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { allDevices, deviceNumber, deviceOf, doubtReads, readsBetween, readsOf } from '../../../bench/conditions/device.js';
import { withDirectory } from './host.js';

test('device numbers are taken apart as glibc puts them together', () => {
  fc.assert(
    fc.property(fc.nat(0xfffff), fc.nat(0xfffff), (major, minor) => {
      // gnu_dev_makedev() of bits/sysmacros.h
      const [M, m] = [BigInt(major), BigInt(minor)];
      const dev = ((M & 0xfffn) << 8n) | ((M & ~0xfffn) << 32n) | (m & 0xffn) | ((m & ~0xffn) << 12n);
      if (dev <= BigInt(Number.MAX_SAFE_INTEGER)) assert.equal(deviceNumber(Number(dev)), `${major}:${minor}`);
    }),
  );
});

test('the device of a directory is the one that stat(1) tells', () => {
  const said = execFileSync('stat', ['-c', '%Hd:%Ld', tmpdir()], { encoding: 'utf8' }).trim();
  if (!said.startsWith('0:')) assert.equal(deviceOf(tmpdir()), said);
  assert.equal(deviceOf('/proc'), null);
});

test('every mounted block device once; none for tmpfs and the like', () => {
  const mountinfo = [
    '27 1 254:0 / / rw - ext4 /dev/vda rw', '28 27 0:5 / /dev rw - devtmpfs devtmpfs rw', '29 27 254:0 /x /y rw - ext4 /dev/vda rw',
    '30 27 8:17 / /z rw - xfs /dev/sdb1 rw', '',
  ].join('\n');
  assert.deepEqual(allDevices(mountinfo).filter((number) => number === '254:0' || number === '8:17'), ['254:0', '8:17']);
});

test('reads and bytes are those of the stat file, summed over the devices', () =>
  withDirectory((dir) => {
    for (const [number, line] of [['8:0', '  100 5 800 7 9 9 9 9'], ['8:16', '11 0 22 0 0 0 0 0 0 0 0']]) {
      mkdirSync(path.join(dir, 'dev/block', number), { recursive: true });
      writeFileSync(path.join(dir, 'dev/block', number, 'stat'), `${line}\n`);
    }
    const all = readsOf(['8:0', '8:16'], dir);
    assert.deepEqual(all, { reads: 111, bytes: 822 * 512 });
    assert.deepEqual(readsBetween(readsOf(['8:0'], dir), all), { reads: 11, bytes: 22 * 512 });
    assert.throws(() => readsOf(['9:9'], dir), /ENOENT/);
  }));

test('a pass without reads, or with far fewer than the first, is not shown to be cold', () => {
  assert.equal(doubtReads(100, 100), null);
  assert.equal(doubtReads(50, 100), null);
  assert.equal(doubtReads(49, 100), 'the device read 49 times, in an earlier cold pass 100 times');
  assert.equal(doubtReads(0, 0), 'the device read nothing during the pass');
  assert.equal(doubtReads(null, 3), 'the device does not tell what it read');
});
