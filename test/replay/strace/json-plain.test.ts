/** The short cut for plain arguments writes what the grammar writes without it. */
import assert from 'node:assert/strict';
import test from 'node:test';
import fc from 'fast-check';
import { ArgsParser } from '../../../replay/strace/args.js';
import { HIDDEN } from '../../../replay/strace/hidden.js';
import { JsonBuilder, jsonRoom } from '../../../replay/strace/json-args.js';
import { Out } from '../../../replay/strace/out.js';

const EDGES = [
  '0', '-0', '-1', '7', '0644', '-', '0x', '0x1f', '-0x1f', '0x123456789abc', '0x123456789abcd', '123456789', '1234567890', '-123456789', '12a', '3</tmp>',
  'NULL', 'NULLX', 'NULL|A', 'A', 'A|B|0644', 'A||B', 'A|', '|A', 'A or B', 'f(1)', 'a=1', 'a=', '_x', '""', '"a"', '"a', '"a"...', '"a\\n"', '"\\"', '"\x7f"',
  '"\xc3\xa9"', '"\xff"', '"/usr/lib/python3/dist-packages"', '@"x"', '{a=1, b="x", ...}', '[1, A|B]', '[1 2]', '~[A]', '{1, NULL}', ' ', '', '...', '0x1 /* A */', ']',
];

/** The arguments as JSON. `room`: bytes behind them in their buffer. */
function json(args: string, room: number, shortCut: boolean): string {
  const out = new Out();
  const builder = new JsonBuilder(out);
  if (!shortCut) Object.defineProperty(builder, 'plain', { value: undefined });
  out.reserve(jsonRoom(args.length));
  out.byte(91);
  new ArgsParser(builder).parse(Buffer.from(args + ')'.repeat(room), 'latin1'), 0, args.length);
  return out.drain().toString('latin1');
}

test('edge cases, alone and in pairs, wherever the buffer ends', () => {
  for (const first of EDGES) {
    for (const args of [first, ...EDGES.map((second) => `${first}, ${second}`)]) {
      for (const room of [0, 1, 3, 9]) assert.equal(json(args, room, true), json(args, room, false), args);
    }
  }
});

test('any mixture of them', () => {
  const piece = fc.oneof(fc.constantFrom(...EDGES, ', ', ',', '|', '"'), fc.string({ unit: 'binary', maxLength: 3 }));
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), fc.nat(9), (pieces, room) => {
    const args = pieces.join('');
    assert.equal(json(args, room, true), json(args, room, false));
  }), { numRuns: 3000 });
});

test('what steers a terminal is an escape, and the string is the same', () => {
  const character = fc.oneof(fc.constantFrom('\u202e', '\u009b', '\u007f', '\u00ad', '\u2066', '\ufeff', '\u{e0041}', '\n', '\x1b', '"', '\\'), fc.string({ unit: 'grapheme', minLength: 1, maxLength: 2 }));
  fc.assert(fc.property(fc.array(character, { maxLength: 8 }), fc.boolean(), (characters, octal) => {
    const text = characters.join('');
    const bytes = Array.from(Buffer.from(text), (c) => (octal || c < 32 || c === 34 || c === 92 ? `\\${c.toString(8).padStart(3, '0')}` : String.fromCharCode(c)));
    const line = Buffer.from(json(`"${bytes.join('')}"`, 9, true), 'latin1').toString();
    assert.deepEqual(JSON.parse(`${line}]`), [text]);
    assert.equal(line.search(HIDDEN), -1, line);
  }), { numRuns: 1000 });
});
