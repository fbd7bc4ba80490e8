import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { compilerEnvironment } from '../../../bench/figures/compiler-environment.js';
import { ProgramBuilder, type OpInput } from '../../../replay/plan/encode.js';
import { CHECK_ATTRIBUTE, CHECK_SIZE, CHECK_SUCCESS, CHECK_TYPE, CHECK_VALUE, CWD, HEADER_WRITES } from '../../../replay/plan/format.js';
import type { Plan } from '../../../replay/world/types.js';
import { FileTree } from '../../../replay/world/tree/model.js';
import { exportC } from '../../../src/export/c.js';
import { enter, noCompiler, noLiburing, noRoot } from './compile.js';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');
const S_IFREG = 0o100000;
const RDONLY = 0o2000000; // O_RDONLY|O_CLOEXEC
const PATH = '/srv/data \xff"??/.bin';

/** Ops with dependencies by resource: everything on a slot after what filled it, cursors and close in order. */
function buildProgram(ops: readonly OpInput[], flags = 0): Uint8Array {
  const builder = new ProgramBuilder(flags);
  builder.useSlots(32);
  builder.addSetup({ code: 'openat', fd: CWD, path: bytes('/srv'), a: RDONLY, out: 31, check: CHECK_SUCCESS, line: 0 });
  builder.addSetup({ code: 'set_cwd_slot', fd: 31, check: CHECK_VALUE, line: 0 });
  const users = new Map<number, number[]>();
  for (const [i, op] of ops.entries()) {
    const slots = [op.fd, op.fd2, op.out].filter((slot) => slot !== undefined && slot >= 0) as number[];
    builder.add({ ...op, deps: [...new Set(slots.flatMap((slot) => users.get(slot) ?? []))].sort((a, b) => a - b) });
    for (const slot of slots) users.set(slot, [...(users.get(slot) ?? []), i]);
  }
  return builder.finish();
}

const value = { check: CHECK_VALUE } as const;
const attribute = { check: CHECK_ATTRIBUTE } as const;
const opened = { check: CHECK_SUCCESS } as const;
const regular = { check: CHECK_VALUE | CHECK_SIZE | CHECK_TYPE, expect: 0, expectSize: 5000, expectMode: S_IFREG } as const;

/** Every call that the C programs know, on a file of 5,000 bytes. */
const OPS: readonly OpInput[] = [
  { code: 'stat', path: bytes(PATH), ...regular, line: 1 },
  { code: 'lstat', path: bytes('/srv/link'), check: CHECK_VALUE | CHECK_TYPE, expect: 0, expectMode: 0o120000, line: 2 },
  { code: 'newfstatat', fd: CWD, path: bytes('link'), a: 0, ...regular, line: 3 },
  { code: 'statx', fd: CWD, path: bytes(PATH), a: 0x100, b: 0x7ff, ...regular, line: 4 },
  { code: 'stat', path: bytes('/srv/absent'), ...value, expect: -2, line: 5 },
  { code: 'access', path: bytes(PATH), b: 4, ...value, line: 6 },
  { code: 'faccessat', fd: CWD, path: bytes('/absent'), b: 0, ...value, expect: -2, line: 7 },
  { code: 'faccessat2', fd: CWD, path: bytes(PATH), a: 0x200, b: 4, ...value, line: 8 },
  // Only read and closed: a direct descriptor and a chain in the ring program.
  { code: 'openat', fd: CWD, path: bytes(PATH), a: RDONLY, out: 0, ...opened, line: 9 },
  { code: 'read', fd: 0, len: 4096, ...value, expect: 4096, line: 10 },
  { code: 'read', fd: 0, len: 4096, ...value, expect: 904, line: 11 },
  { code: 'read', fd: 0, len: 4096, ...value, expect: 0, line: 12 },
  { code: 'close', fd: 0, ...value, line: 13 },
  // Needs a real one.
  { code: 'open', path: bytes(PATH), a: RDONLY, out: 1, ...opened, line: 14 },
  { code: 'fstat', fd: 1, ...regular, line: 15 },
  { code: 'newfstatat', fd: 1, path: bytes(''), a: 0x1000, ...regular, line: 16 },
  { code: 'pread64', fd: 1, len: 100, off: 4950, ...value, expect: 50, line: 17 },
  { code: 'readv', fd: 1, len: 3000, b: 3, ...value, expect: 3000, line: 18 },
  { code: 'preadv', fd: 1, len: 64, b: 2, off: 10, ...value, expect: 64, line: 19 },
  { code: 'preadv2', fd: 1, len: 64, b: 1, off: 4990, ...value, expect: 10, line: 20 },
  { code: 'lseek', fd: 1, off: -1000, a: 1, ...value, expect: 2000, line: 21 },
  { code: 'read', fd: 1, len: 4096, ...value, expect: 3000, line: 22 },
  { code: 'fadvise64', fd: 1, off: 0, len: 0, a: 2, ...value, line: 23 },
  { code: 'dup', fd: 1, out: 2, ...opened, line: 24 },
  { code: 'dup2', fd: 1, b: 1, out: 3, ...opened, line: 25 },
  { code: 'dup3', fd: 1, fd2: 3, a: RDONLY, out: 4, ...opened, line: 26 },
  { code: 'fcntl', fd: 1, a: 1030, len: 10, out: 5, ...opened, line: 27 },
  { code: 'fcntl', fd: 5, a: 1, ...value, expect: 1, line: 28 },
  { code: 'fstat', fd: 4, ...regular, line: 29 },
  { code: 'close', fd: 1, ...value, line: 30 },
  { code: 'openat2', fd: CWD, path: bytes(PATH), a: RDONLY, len: 4, out: 6, ...opened, line: 31 },
  { code: 'fstatfs', fd: 6, ...value, line: 32 },
  { code: 'openat2', fd: CWD, path: bytes('/srv/link'), a: RDONLY, len: 4, ...value, expect: -40, line: 33 },
  { code: 'openat2', fd: CWD, path: bytes(PATH), a: RDONLY, out: 7, ...opened, line: 34 },
  { code: 'pread64', fd: 7, len: 10, off: 0, ...value, expect: 10, line: 35 },
  { code: 'openat', fd: CWD, path: bytes('/srv'), a: RDONLY | 0o200000, out: 8, ...opened, line: 36 },
  { code: 'getdents64', fd: 8, len: 32768, check: CHECK_SUCCESS, line: 37 },
  { code: 'readlink', path: bytes('/srv/link'), len: 4095, ...value, expect: PATH.length, line: 38 },
  { code: 'readlinkat', fd: 8, path: bytes('link'), len: 4, ...value, expect: 4, line: 39 },
  { code: 'statfs', path: bytes('/'), ...value, line: 40 },
  { code: 'getcwd', len: 4096, ...value, expect: 5, line: 41 },
  { code: 'close', ...value, expect: -9, line: 42 },
  { code: 'getxattr', path: bytes(PATH), path2: bytes('user.none'), len: 100, ...attribute, line: 43 },
  { code: 'lgetxattr', path: bytes('/srv/link'), path2: bytes('security.none'), ...attribute, line: 44 },
  { code: 'fgetxattr', fd: 8, path2: bytes('user.none'), len: 100, ...attribute, line: 45 },
  { code: 'listxattr', path: bytes('/absent'), len: 100, ...value, expect: -2, line: 46 },
  { code: 'llistxattr', path: bytes(PATH), ...attribute, line: 47 },
  { code: 'flistxattr', fd: 8, len: 100, ...attribute, line: 48 },
];
const chdir: readonly OpInput[] = [
  { code: 'chdir', path: bytes('/'), ...value, line: 1 },
  { code: 'getcwd', len: 4096, ...value, expect: 2, line: 2 },
  { code: 'openat', fd: CWD, path: bytes('srv'), a: RDONLY, out: 0, ...opened, line: 3 },
  { code: 'fchdir', fd: 0, ...value, line: 4 },
  { code: 'newfstatat', fd: CWD, path: bytes('link'), ...regular, line: 5 },
];

function planOf(program: Uint8Array, ops: number): Plan {
  const tree = new FileTree();
  tree.exists(PATH, { follow: true, type: 'file', size: 5000, mode: 0o644 }, 1);
  tree.symlink('/srv/link', bytes(PATH), 1);
  tree.missing('/srv/absent', 'ENOENT', 1);
  const ledger = [{ reason: 'memory', syscall: 'brk', count: 3 }] as const;
  return { program, ops, callOf: Uint32Array.from({ length: ops }, (_, i) => i), calls: ops + 3, ledger, reasonOf: () => null, standIns: { kernelFiles: 0, descriptors: 0 }, tree };
}

/** Puts a read that must not wait and has nothing to read in the place of some requests: the kernel's own EAGAIN. */
const UNREADY = `
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/uio.h>
int __real_io_uring_submit_and_wait(struct io_uring *ring, unsigned wait);
int __wrap_io_uring_submit_and_wait(struct io_uring *ring, unsigned wait);
static unsigned long injected;
static void tell(void) { fprintf(stderr, "unready %lu\\n", injected); }
int __wrap_io_uring_submit_and_wait(struct io_uring *ring, unsigned wait) {
  static int empty = -1;
  static unsigned long nothing, turn;
  if (empty < 0) {
    empty = eventfd(0, EFD_NONBLOCK);
    atexit(tell);
  }
  for (unsigned at = ring->sq.sqe_head; at != ring->sq.sqe_tail; at++) {
    struct io_uring_sqe *sqe = &ring->sq.sqes[at & *ring->sq.kring_mask];
    if ((sqe->flags & IOSQE_IO_HARDLINK) || turn++ % 3 != 0) continue;
    unsigned char flags = sqe->flags & IOSQE_IO_LINK;
    __u64 user_data = sqe->user_data;
    io_uring_prep_read(sqe, empty, &nothing, sizeof nothing, 0);
    sqe->rw_flags = RWF_NOWAIT;
    sqe->flags = flags;
    sqe->user_data = user_data;
    injected++;
  }
  return __real_io_uring_submit_and_wait(ring, wait);
}
`;

const parent = mkdtempSync(join(tmpdir(), 'uring-replay-test-'));
after(() => {
  rmSync(parent, { recursive: true });
});

interface Report { arm: string; calls: number; divergences: number; wallNs: number[]; cpuNs: number[] }

function execute(dir: string, program: string, ...args: string[]): { status: number | null; report: Report; stderr: string } {
  const [command, ...before] = [...enter, `./${program}`];
  const { status, stdout, stderr } = spawnSync(command, [...before, '--passes', '3', ...args], { cwd: dir, encoding: 'utf8' });
  assert.notEqual(stdout, '', stderr);
  return { status, report: JSON.parse(stdout) as Report, stderr };
}

function make(dir: string, ...targets: string[]): void {
  const { status, stderr, stdout } = spawnSync('make', ['CFLAGS=-O1 -Wall -Wextra -Werror -fsanitize=undefined', ...targets], { cwd: dir, env: compilerEnvironment(), encoding: 'utf8' });
  assert.equal(status, 0, stdout + stderr);
}

describe('the exported programs', { skip: noCompiler !== false ? noCompiler : noRoot }, () => {
  const dir = join(parent, 'all');
  before(async () => {
    const files = await exportC(planOf(buildProgram(OPS), OPS.length), { file: '/some/where/my.strace' }, dir);
    assert.deepEqual(files.sort(), ['Makefile', 'README.md', 'common.h', 'ops.h', 'ring.c', 'serial.c', 'tree/']);
  });

  test('serial: every call has the outcome of the log', () => {
    make(dir, 'serial');
    const { status, report, stderr } = execute(dir, 'serial');
    assert.equal(stderr, '');
    assert.equal(status, 0);
    assert.deepEqual([report.arm, report.calls, report.divergences], ['serial', OPS.length, 0]);
    assert.equal(report.wallNs.length, 3);
    assert.ok(report.wallNs.every((ns) => ns > 0) && report.cpuNs.every((ns) => ns > 0));
  });

  test('ring: the same in every order and batch', { skip: noLiburing }, () => {
    make(dir, 'ring');
    for (const order of ['trace', 'deps']) {
      for (const batch of ['1', '2', '3', '8', 'all']) {
        const { status, report, stderr } = execute(dir, 'ring', '--order', order, '--batch', batch);
        assert.equal(stderr, '', `${order} ${batch}`);
        assert.deepEqual([status, report.arm, report.calls, report.divergences], [0, 'ring', OPS.length, 0]);
      }
    }
  });

  test('ring: requests that answer EAGAIN start again, with all that was linked to them', { skip: noLiburing }, () => {
    writeFileSync(join(dir, 'unready.c'), UNREADY);
    make(dir, '-B', 'ring', 'LDFLAGS=-Wl,--wrap=io_uring_submit_and_wait unready.c');
    for (const order of ['trace', 'deps']) {
      for (const batch of ['1', '3', 'all']) {
        const { status, report, stderr } = execute(dir, 'ring', '--order', order, '--batch', batch, '--passes', '20');
        assert.match(stderr, /^unready [1-9]\d*\n$/, `${order} ${batch}`);
        assert.deepEqual([status, report.divergences], [0, 0], `${order} ${batch}`);
      }
    }
    rmSync(join(dir, 'ring'));
  });

  test('--nop: the same schedules with nothing to do', { skip: noLiburing }, () => {
    make(dir);
    for (const args of [['serial'], ['ring', '--order', 'trace'], ['ring', '--order', 'deps', '--batch', '2']]) {
      const { status, report, stderr } = execute(dir, args[0], ...args.slice(1), '--nop');
      assert.deepEqual([status, report.divergences, stderr], [0, 0, '']);
      assert.ok(report.wallNs.every((ns) => ns > 0));
    }
  });

  test('a different outcome is counted, shown, and the exit status', { skip: noLiburing }, async () => {
    const wrong = OPS.map((op) => (op.line === 1 ? { ...op, expectSize: 4999 } : op.line === 12 ? { ...op, expect: 1 } : op));
    const other = join(parent, 'wrong');
    await exportC(planOf(buildProgram(wrong), wrong.length), { file: 'x' }, other);
    make(other);
    for (const program of ['serial', 'ring']) {
      const { status, report, stderr } = execute(other, program);
      assert.deepEqual([status, report.divergences], [1, 2]);
      assert.match(stderr, /^line 1: stat .*: size differs: expected 0, size 4999.*got 0, size 5000/m);
      assert.match(stderr, /^line 12: read : value differs: expected 1, .*got 0/m);
    }
  });

  test('the current directory is put back between passes', { skip: noLiburing }, async () => {
    const other = join(parent, 'chdir');
    await exportC(planOf(buildProgram(chdir), chdir.length), { file: 'x' }, other);
    make(other);
    for (const args of [['serial'], ['ring', '--batch', '1'], ['ring', '--batch', '2']] as const) {
      const [program, ...options] = args;
      const { report, stderr } = execute(other, program, ...options);
      assert.deepEqual([stderr, report.divergences], ['', 0]);
    }
  });

  test('wrong options say what is right', () => {
    const { status, stderr } = spawnSync(join(dir, 'serial'), ['--passes', '0'], { encoding: 'utf8' });
    assert.deepEqual([status, stderr], [2, '--passes 0: expected a whole number from 1\n']);
    const missing = spawnSync(join(dir, 'serial'), ['--root', '/nowhere/at/all'], { encoding: 'utf8' });
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /cannot make \/nowhere\/at\/all the root directory/);
  });
});

test('the table is readable C', async () => {
  const dir = join(parent, 'text');
  await exportC(planOf(buildProgram(OPS), OPS.length), { file: 'a.strace' }, dir);
  const table = readFileSync(join(dir, 'ops.h'), 'utf8');
  assert.ok(table.includes('  {OP_OPENAT, .fd = CWD, .path = "/srv/data \\377\\"?\\?/.bin", .flags = O_RDONLY|O_CLOEXEC, .out = 1, .check = SUCCESS, .line = 9},\n'), table);
  assert.ok(table.includes('  {OP_READ, .fd = 1, .len = 4096, .check = VALUE, .expect = 4096, DEPS(8), .line = 10},\n'), table);
  assert.ok(table.includes('.check = VALUE, .expect = -ENOENT, .line = 5},\n'), table);
  const readme = readFileSync(join(dir, 'README.md'), 'utf8');
  assert.ok(readme.includes(`${OPS.length} of the log's ${OPS.length + 3} calls`), readme);
  assert.ok(readme.includes('| brk | 3 | memory |'), readme);
  assert.doesNotMatch(readme, /@[A-Z]+@/);
});

test('refused: a folder that is not empty, a replay that writes, a replay without calls', async () => {
  const full = join(parent, 'full');
  mkdirSync(full);
  writeFileSync(join(full, 'mine'), '');
  await assert.rejects(exportC(planOf(buildProgram(OPS), OPS.length), { file: 'x' }, full), { code: 'UR_NOT_EMPTY' });
  const fresh = join(parent, 'fresh');
  await assert.rejects(exportC(planOf(buildProgram(OPS, HEADER_WRITES), OPS.length), { file: 'x' }, fresh), { code: 'UR_EXPORT' });
  await assert.rejects(exportC(planOf(buildProgram([]), 0), { file: 'x' }, fresh), { code: 'UR_EXPORT' });
  assert.equal(existsSync(fresh), false);
});

test('a tree that cannot be built leaves an empty folder', async () => {
  const dir = join(parent, 'huge');
  const plan = planOf(buildProgram(OPS), OPS.length);
  plan.tree.exists('/srv/huge', { follow: true, type: 'file', size: 2 ** 40 }, 7);
  await assert.rejects(exportC(plan, { file: 'x' }, dir), { code: 'UR_TREE_TOO_LARGE' });
  assert.deepEqual(readdirSync(dir), []);
});
