/** Calls made at random, printed as strace prints them, and read back. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Counter } from '../../../replay/strace/counts.js';
import { Feeder } from '../../../replay/strace/feed.js';
import { Joiner } from '../../../replay/strace/join.js';
import { traceOf } from '../../../replay/strace/load.js';
import { Shower } from '../../../replay/strace/show.js';
import { decodeArgs } from '../../../replay/strace/values.js';
import { bytesToJson, toJson } from '../../../replay/trace/json.js';
import { fixtureLogs } from './corpus.js';
import type { Field, Value } from '../../../replay/trace/model.js';

const bytes = fc.uint8Array({ maxLength: 24 });
const constant = fc.stringMatching(/^[A-Z][A-Z0-9_]{2,12}$/).filter((name) => name !== 'NULL');
const fieldName = fc.stringMatching(/^[a-z][a-z_]{0,11}$/);
const integer = fc.oneof(fc.integer(), fc.maxSafeInteger(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }), fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }));

const leaf: fc.Arbitrary<Value> = fc.oneof(
  fc.record({ type: fc.constant('string' as const), bytes, truncated: fc.boolean() }),
  integer.map((value): Value => ({ type: 'number', value: Object.is(value, -0) ? 0 : value, hex: false })),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((value): Value => ({ type: 'number', value: value <= 2n ** 53n - 1n ? Number(value) : value, hex: true })),
  fc.integer({ min: 1, max: 0o7777 }).map((value): Value => ({ type: 'number', value, hex: false, octal: true })),
  fc.constant<Value>({ type: 'null' }),
  fc.array(constant, { minLength: 1, maxLength: 4 }).map((names): Value => ({ type: 'flags', names })),
  fc.record({ type: fc.constant('fd' as const), fd: fc.nat({ max: 70000 }), annotation: bytes.map((path) => Uint8Array.from([47, ...path])), deleted: fc.boolean() }),
);

const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    leaf,
    fc.record({ type: fc.constant('struct' as const), fields: fc.uniqueArray(fc.tuple(fieldName, tie('value')), { maxLength: 4, selector: ([name]) => name }).map((pairs): Field[] => pairs.map(([name, its]) => ({ name, value: its }))), truncated: fc.boolean() }),
    fc.record({ type: fc.constant('array' as const), items: fc.array(tie('value'), { maxLength: 4 }), truncated: fc.boolean(), negated: fc.constant(false), set: fc.constant(false) }),
    fc.record({ type: fc.constant('macro' as const), name: fieldName, args: fc.array(tie('value'), { maxLength: 3 }) }),
    fc.record({ type: fc.constant('change' as const), before: leaf, after: tie('value') }),
    fc.record({ type: fc.constant('commented' as const), value: leaf.filter(({ type }) => type === 'number'), comment: fc.stringMatching(/^[A-Z ]{1,8}[A-Z]$/).map((text) => text.trim()) }),
  ),
}));

type Escape = (data: Uint8Array, special: string) => string;

/** util.c, string_quote: octal as short as the next byte allows. */
const octal: Escape = (data, special) =>
  Array.from(data, (c, i) => {
    const char = String.fromCharCode(c);
    const letter = { 9: 't', 10: 'n', 11: 'v', 12: 'f', 13: 'r' }[c];
    if (letter !== undefined) return `\\${letter}`;
    if (c === 34 || c === 92) return `\\${char}`;
    if (c >= 32 && c < 127 && !special.includes(char)) return char;
    const next = data[i + 1] ?? 0;
    return `\\${c.toString(8).padStart(next >= 48 && next <= 57 ? 3 : 1, '0')}`;
  }).join('');

const hexadecimal: Escape = (data) => Array.from(data, (c) => `\\x${c.toString(16).padStart(2, '0')}`).join('');

function print(v: Value, escape: Escape): string {
  switch (v.type) {
    case 'string': return `"${escape(v.bytes, '')}"${v.truncated ? '...' : ''}`;
    case 'number': return v.hex ? `0x${v.value.toString(16)}` : v.octal === true ? `0${v.value.toString(8)}` : String(v.value);
    case 'null': return 'NULL';
    case 'flags': return v.names.join('|');
    case 'fd': return `${v.fd}<${escape(v.annotation, '<>')}>${v.deleted ? '(deleted)' : ''}`;
    case 'struct': return `{${[...v.fields.map((f) => `${f.name ?? ''}=${print(f.value, escape)}`), ...(v.truncated ? ['...'] : [])].join(', ')}}`;
    case 'array': return `[${[...v.items.map((item) => print(item, escape)), ...(v.truncated ? ['...'] : [])].join(', ')}]`;
    case 'macro': return `${v.name}(${v.args.map((arg) => print(arg, escape)).join(', ')})`;
    case 'change': return `${print(v.before, escape)} => ${print(v.after, escape)}`;
    case 'commented': return `${print(v.value, escape)} /* ${v.comment} */`;
    case 'text': return v.text;
  }
}

/** Uint8Array and Buffer views alike. */
const plain = (v: unknown): unknown => JSON.parse(JSON.stringify(v, (_key, x: unknown) => (typeof x === 'bigint' ? `${x}n` : x instanceof Uint8Array ? Buffer.from(x).toString('hex') : x)));

test('arguments printed in strace\'s notation are read back', () => {
  fc.assert(
    fc.property(fc.array(value, { maxLength: 5 }), fc.boolean(), (args, hex) => {
      const text = Buffer.from(args.map((v) => print(v, hex ? hexadecimal : octal)).join(', '), 'latin1');
      const { values, problem } = decodeArgs(text, 0, text.length);
      assert.equal(problem, null);
      assert.deepEqual(plain(values), plain(args));
    }),
    { numRuns: 3000 },
  );
});

const call = fc.record({
  pid: fc.integer({ min: 1, max: 4194304 }),
  micros: fc.nat({ max: 999_999 }),
  name: fc.stringMatching(/^[a-z_][a-z0-9_]{1,14}$/),
  args: fc.array(value, { maxLength: 4 }),
  result: fc.oneof(
    fc.integer().map((ret) => ({ text: String(ret), ret: Object.is(ret, -0) ? 0 : ret, errno: null })),
    fc.nat().map((ret) => ({ text: `0x${ret.toString(16)}`, ret, errno: null })),
    constant.map((name) => ({ text: `-1 E${name} (Some text, or other)`, ret: -1, errno: `E${name}` })),
    fc.constant({ text: '?', ret: null, errno: null }),
    bytes.map((path) => ({ text: `5</${octal(path, '<>')}>`, ret: 5, errno: null })),
    fc.constant({ text: '1 (in [3], left {tv_sec=0, tv_usec=5})', ret: 1, errno: null }),
  ),
  duration: fc.option(fc.nat({ max: 9_999_999 })),
  padding: fc.nat({ max: 30 }),
});

test('calls printed in strace\'s notation are read back, whole or in two halves', () => {
  fc.assert(
    fc.property(fc.array(call, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat()), (calls, choices) => {
      const starts: string[] = [];
      const ends: string[] = [];
      for (const c of calls.filter((x, i) => calls.findIndex((y) => y.pid === x.pid) === i)) {
        const leader = `${String(c.pid).padEnd(5)} 1700000000.${String(c.micros).padStart(6, '0')} `;
        const args = c.args.map((v) => print(v, octal));
        const cut = choices.next().value! % (args.length + 1);
        const head = args.slice(0, cut).map((arg, i) => (i < args.length - 1 ? `${arg}, ` : arg)).join('');
        const tail = args.slice(cut).join(', ');
        const end = `)${' '.repeat(c.padding)} = ${c.result.text}${c.duration === null ? '' : ` <${(c.duration / 1e6).toFixed(6)}>`}`;
        if (choices.next().value! % 2 === 0) starts.push(`${leader}${c.name}(${args.join(', ')}${end}\n`);
        else {
          starts.push(`${leader}${c.name}(${head} <unfinished ...>\n`);
          ends.push(`${leader}<... ${c.name} resumed>${tail}${end}\n`);
        }
      }
      const trace = traceOf(Buffer.from([...starts, ...ends].join(''), 'latin1'), 'test');
      assert.deepEqual(trace.unrecognised, []);
      for (const got of trace.calls()) {
        const c = calls.find(({ pid }) => pid === got.pid)!;
        assert.deepEqual(
          { name: got.name, ret: got.ret, errno: got.errno, time: got.time, duration: got.duration },
          { name: c.name, ret: c.result.ret, errno: c.result.errno, time: (1700000000 * 1e6 + c.micros) / 1e6, duration: c.duration === null ? null : c.duration / 1e6 },
        );
        assert.deepEqual(plain(got.args().map(toJson)), plain(c.args.map(toJson)));
      }
    }),
    { numRuns: 1500 },
  );
});

test('bytes that are UTF-8 are JSON strings, others base64', () => {
  fc.assert(
    fc.property(bytes, (data) => {
      const json = bytesToJson(data);
      const back = typeof json === 'string' ? Buffer.from(json) : Buffer.from((json as { bytes: string }).bytes, 'base64');
      assert.deepEqual([...back], [...data]);
    }),
  );
});

test('a log read in chunks of any size gives the same records', () => {
  for (const { name, bytes: log } of fixtureLogs()) {
    const shown = (feed: (feeder: Feeder) => void): string => {
      const parts: string[] = [];
      const shower = new Shower({}, true, (json) => parts.push(Buffer.from(json).toString('latin1')) > 0);
      const feeder = new Feeder(new Joiner(shower));
      feed(feeder);
      feeder.end();
      shower.flush();
      return parts.join('');
    };
    const whole = shown((feeder) => { feeder.write(log); });
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 5000 }), { minLength: 1, maxLength: 20 }), (sizes) => {
        const parts = shown((feeder) => {
          for (let at = 0, i = 0; at < log.length; i++) {
            const size = sizes[i % sizes.length];
            feeder.write(log.subarray(at, at + size));
            at += size;
          }
        });
        assert.ok(parts === whole, name);
      }),
      { numRuns: 3 },
    );
  }
});

test('counting the calls of a trace gives what the counter says', () => {
  for (const { bytes: log } of fixtureLogs()) {
    const counter = new Counter();
    const feeder = new Feeder(new Joiner(counter));
    feeder.write(log);
    feeder.end();
    const { rows, unfinished, source } = counter.result();
    if (source === 'table') continue;
    const trace = traceOf(log, 'test');
    const calls = new Map<string, number>();
    for (const { name } of trace.calls()) calls.set(name, (calls.get(name) ?? 0) + 1);
    for (const [name, count] of calls) {
      assert.equal((rows.find((row) => row.name === name)?.calls ?? 0) + (unfinished.get(name) ?? 0), count, name);
    }
  }
});
