import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { constants } from 'node:fs';
import { constants as os } from 'node:os';
import { test } from 'node:test';
import { cName } from '../../../../src/export/c/constants.js';
import { noCompiler } from '../compile.js';

test('flags are spelled as in the log', () => {
  assert.equal(cName.openFlags(constants.O_RDONLY | 0o2000000), 'O_RDONLY|O_CLOEXEC');
  assert.equal(cName.openFlags(constants.O_RDWR | constants.O_CREAT), 'O_RDWR|O_CREAT');
  assert.equal(cName.atFlags(0x1100), 'AT_SYMLINK_NOFOLLOW|AT_EMPTY_PATH');
  assert.equal(cName.statxMask(0xfff), 'STATX_BASIC_STATS|STATX_BTIME');
  assert.equal(cName.accessMask(0), 'F_OK');
  assert.equal(cName.result(-2), '-ENOENT');
  assert.equal(cName.result(832), '832');
});

test('the compiler gives every spelling its number back', { skip: noCompiler }, () => {
  const bits = Array.from({ length: 31 }, (_, i) => 2 ** i);
  const cases: [string, number][] = [0, ...bits, 0x7fffffff].flatMap((value): [string, number][] => [
    [cName.openFlags(value), value],
    [cName.openFlags((value | 0o20000000 | constants.O_DIRECTORY | constants.O_SYNC) >>> 0), (value | 0o20000000 | constants.O_DIRECTORY | constants.O_SYNC) >>> 0],
    [cName.atFlags(value), value],
    [cName.faccessatFlags(value), value],
    [cName.statxMask(value), value],
    [cName.accessMask(value), value],
    [cName.resolveFlags(value), value],
    [cName.rwfFlags(value), value],
    [cName.mode(value), value],
  ]);
  for (let i = 0; i < 8; i++) cases.push([cName.whence(i), i], [cName.advice(i), i]);
  for (const command of [0, 1, 3, 5, 1030]) cases.push([cName.fcntlCommand(command), command]);
  for (const errno of Object.values(os.errno)) cases.push([cName.result(-errno), -errno]);
  for (const type of [constants.S_IFREG, constants.S_IFDIR, constants.S_IFLNK, 0]) cases.push([cName.fileType(type | 0o644), type]);
  const source = `#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>
#define SAME(spelled, number) _Static_assert((long)(spelled) == (number), #spelled);
${cases.map(([spelled, value]) => `SAME(${spelled}, ${value}L)`).join('\n')}
`;
  execFileSync('cc', ['-std=gnu11', '-x', 'c', '-c', '-o', '/dev/null', '-'], { input: source, stdio: ['pipe', 'pipe', 'inherit'] });
});
