import assert from 'node:assert/strict';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { CHECK_SUCCESS, CHECK_VALUE } from '../../replay/plan/format.js';
import { loadNative } from '../../replay/native.js';
import { NATIVE_TEST, runBinary } from './binaries.js';
import { everyCall, makeTree, program, type Step } from './programs.js';
import { randomSteps } from './random-program.js';

const probe = loadNative().probe();
const skip = probe.available ? false : `io_uring is off here: ${probe.cause ?? ''}`;
const tree = makeTree();
const file = join(tree, 'program.bin');
after(() => { rmSync(tree, { recursive: true }); });

interface Comparison { readonly injected: number; readonly mismatches: number; readonly leaked: number; readonly first: string }

function compare(fault: string, args: readonly string[]): Comparison {
  const run = runBinary(NATIVE_TEST, [file, fault, ...args]);
  assert.ok(run.status === 0 || run.status === 1, `${fault} ${args.join(' ')}: ${run.signal ?? ''} ${run.stderr}`);
  const comparison = JSON.parse(run.stdout) as Comparison;
  assert.deepEqual({ ...comparison, injected: 0 }, { injected: 0, mismatches: 0, leaked: 0, first: '' }, `${fault} ${args.join(' ')}`);
  return comparison;
}

for (const fault of ['none', 'short', 'eintr', 'eagain', 'ebusy', 'canceled', 'completion', 'unready', 'tiny', 'all']) {
  test(`ring under fault "${fault}": the same outcomes as one by one`, { skip }, () => {
    writeFileSync(file, program(everyCall(tree)));
    let injected = 0;
    for (const order of ['trace', 'deps']) {
      for (const window of ['sliding', 'barrier']) {
        for (const batch of ['1', '4', '0']) {
          for (const setup of ['auto', 'coop']) {
            injected += compare(fault, ['--order', order, '--window', window, '--batch', batch, '--setup', setup, '--passes', '20']).injected;
          }
        }
      }
    }
    assert.equal(injected > 0, fault !== 'none', 'the fault must really have been there');
  });
}

test('a directory is read whole by every engine, though signals break its reading off', { skip }, () => {
  const many = join(tree, 'many');
  mkdirSync(many);
  for (let i = 0; i < 3000; i++) writeFileSync(join(many, `entry-${String(i).padStart(8, '0')}`), '');
  const whole = 24 + 24 + 3000 * 40; // as in everyCall: 19 bytes, the name with its NUL, rounded up to 8
  writeFileSync(file, program([
    { code: 'openat', fd: -100, path: many, a: 0, check: 0, out: 0 },
    { code: 'getdents64', fd: 0, len: 1 << 20, check: CHECK_VALUE, expect: whole },
    { code: 'getdents64', fd: 0, len: 1 << 20, check: CHECK_VALUE, expect: 0 },
    { code: 'close', fd: 0, check: 0 },
  ]));
  interrupted();
});

test('and in several pieces, of which the log does not say how long they are here', { skip }, () => {
  const long = join(tree, 'long');
  mkdirSync(long);
  for (let i = 0; i < 420; i++) writeFileSync(join(long, String(i).padStart(255, 'n')), '');
  // 142 names of 280 bytes to a call, and 48 for . and .. at the start: there is no room for one more.
  const piece = (expect: number): Step => ({ code: 'getdents64', fd: 0, len: 40_000, check: CHECK_SUCCESS, expect });
  writeFileSync(file, program([
    { code: 'openat', fd: -100, path: long, a: 0, check: 0, out: 0 },
    piece(39_808), piece(39_808), piece(136 * 280 + 272), piece(0),
    { code: 'close', fd: 0, check: 0 },
  ]));
  interrupted();
});

function interrupted(): void {
  for (const engine of ['serial', 'ring', 'dedup', 'mmap', 'threads']) {
    assert.ok(compare('alarm', ['--engine', engine, '--passes', '100']).injected > 100, `${engine}: there were signals`);
  }
}

test('a descriptor used after its close never becomes the next one with its number', { skip }, () => {
  const open = { code: 'openat', fd: -100, path: join(tree, 'file'), a: 0, check: 0 } as const;
  writeFileSync(file, program([
    { ...open, out: 0 },
    { code: 'close', fd: 0, check: 0 },
    { code: 'newfstatat', fd: 0, path: 'file', a: 0x1000, check: 0 },
    { ...open, out: 1 },
    { code: 'lseek', fd: 1, off: 0, a: 0, check: 0 },
  ]));
  for (const order of ['trace', 'deps']) {
    for (const batch of ['1', '2', '0']) compare('none', ['--order', order, '--batch', batch, '--passes', '50']);
  }
});

test('random programs have the same outcomes through the ring, with and without faults', { skip }, () => {
  fc.assert(
    fc.property(randomSteps(tree), fc.constantFrom('none', 'short', 'canceled', 'unready', 'all'), fc.constantFrom('trace', 'deps'),
      fc.constantFrom('2', '7', '0'), fc.nat(), (steps, fault, order, batch, seed) => {
        writeFileSync(file, program(steps));
        compare(fault, ['--order', order, '--batch', batch, '--seed', String(seed), '--passes', '2']);
      }),
    { numRuns: 150 },
  );
});
