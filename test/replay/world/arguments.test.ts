import assert from 'node:assert/strict';
import { test } from 'node:test';
import { traceOf } from '../../../replay/strace/load.js';
import type { Trace, Value } from '../../../replay/trace/model.js';
import { Arguments } from '../../../replay/world/arguments.js';
import { AT_FLAGS, MODES, type Names, OPEN_FLAGS } from '../../../replay/world/constants.js';
import { annotationOf, member, plain, toBytes, toFd, toNumber } from '../../../replay/world/values.js';
import { fixtureLines, fixtureLogs, mutated, randomFrom } from '../strace/corpus.js';

const TABLES: readonly (Names | undefined)[] = [undefined, OPEN_FLAGS, MODES, AT_FLAGS];
const MEMBERS = ['st_mode', 'st_size', 'flags', 'iov_len', 'sa_family'];
const SEED = Number(process.env.UR_SEED ?? 20260102);
const MUTATED_LINES = 150_000;
const LINES_PER_LOG = 500;

test('arguments read in place are those of the decoded values: every call of the fixtures', () => {
  let calls = 0;
  for (const { name, bytes } of fixtureLogs()) calls += compare(traceOf(bytes, name, { anything: true }));
  assert.ok(calls > 10_000, `${calls} calls`);
});

test('and of mutated lines', () => {
  const lines = fixtureLines();
  const random = randomFrom(SEED);
  const pick = (): Buffer => lines[random() % lines.length];
  for (let done = 0; done < MUTATED_LINES; done += LINES_PER_LOG) {
    const log = Array.from({ length: LINES_PER_LOG }, () => [mutated(pick(), pick(), random), Buffer.from('\n')]).flat();
    compare(traceOf(Buffer.concat(log), `seed ${SEED}`, { anything: true }));
  }
});

test('numbers in every base, and what no double holds', () => {
  const text = '0, 7, -7, -0, 017, -017, 08, 0x1F, -0x10, 999999999999999, 9007199254740991, 9007199254740993, 0x1fffffffffffff, 18446744073709551615, 0777777777777777777777';
  const args = argumentsOf(`f(${text}) = 0\n`);
  const expected = [0, 7, -7, 0, 15, -15, 8, 31, -16, 999999999999999, 9007199254740991, null, 9007199254740991, null, null];
  assert.deepEqual(expected.map((_, i) => args.number(i)), expected);
});

test('more different paths than are remembered', () => {
  const paths = Array.from({ length: (1 << 18) + 10 }, (_, i) => `/p/${i}`);
  const trace = traceOf(Buffer.from(paths.map((path) => `stat("${path}") = 0\n`).join('')), 'paths');
  const args = new Arguments(trace);
  for (const i of [...paths.keys(), 0, 1, 2]) {
    args.begin(i);
    assert.equal(args.text(0), paths[i]);
  }
});

test('texts that are repeated, longer than is remembered, in pieces and without their beginning', () => {
  const long = `/${'x'.repeat(600)}`;
  const log = [
    '1 openat(AT_FDCWD, "/a", O_RDONLY) = 3',
    `1 openat(AT_FDCWD, "${long}", O_RDONLY) = 3`,
    '2 openat(AT_FDCWD, "/a", O_RDONLY <unfinished ...>',
    '1 openat(AT_FDCWD, "/a", O_RDONLY) = 3',
    '2 <... openat resumed>) = 3',
    `1 openat(AT_FDCWD, "${long}", O_RDONLY) = 3`,
    '3 <... openat resumed>AT_FDCWD, "/a", O_RDONLY) = 3',
    '1 openat(AT_FDCWD, "/a", O_RDONLY) = 3',
  ];
  const trace = traceOf(Buffer.from(`${log.join('\n')}\n`), 'repeated');
  const args = new Arguments(trace);
  for (let round = 0; round < 2; round++) {
    const seen = Array.from({ length: trace.length }, (_, i) => {
      args.begin(i);
      const from = trace.isOrphan(i) ? 1 : 0;
      return [args.fd(from), args.text(from + 1), args.number(from + 2, OPEN_FLAGS), args.number(from + 3)];
    });
    assert.deepEqual(seen, ['/a', long, '/a', '/a', long, '/a', '/a'].map((path) => [-100, path, 0, null]));
  }
});

function argumentsOf(log: string): Arguments {
  const args = new Arguments(traceOf(Buffer.from(log, 'latin1'), 'test'));
  args.begin(0);
  return args;
}

function compare(trace: Trace): number {
  const args = new Arguments(trace);
  for (let call = 0; call < trace.length; call++) {
    const values = trace.call(call).args();
    args.begin(call);
    // One more than there are.
    for (let i = values.length; i >= 0; i--) {
      const value = values.at(i === values.length ? trace.length + i : i);
      const where = `line ${trace.columns.line[call]}, argument ${i}: ${value?.type ?? 'none'}`;
      for (const names of TABLES) assert.equal(args.number(i, names), toNumber(value, names), where);
      assert.equal(args.fd(i), toFd(value), where);
      assert.equal(args.text(i), textOf(toBytes(value)), where);
      assert.equal(args.annotation(i), textOf(annotationOf(value)), where);
      assert.equal(args.isNull(i), plain(value)?.type === 'null', where);
      for (const name of MEMBERS) {
        const shown: Value | undefined = member(value, name);
        assert.equal(args.member(i, name, MODES), shown === undefined ? undefined : toNumber(shown, MODES), where);
      }
    }
  }
  return trace.length;
}

/** As a path, which cannot hold a NUL byte. */
function textOf(bytes: Uint8Array | null): string | null {
  return bytes === null || bytes.includes(0) ? null : Buffer.from(bytes).toString('latin1');
}
