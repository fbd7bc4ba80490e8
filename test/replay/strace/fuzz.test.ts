/** A million mutated lines: no exception, no hang, every byte accounted for, and all ways of reading agree. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Counter } from '../../../replay/strace/counts.js';
import { Joiner } from '../../../replay/strace/join.js';
import { JsonLines } from '../../../replay/strace/json.js';
import { lexCommon } from '../../../replay/strace/lexcommon.js';
import { lexLine } from '../../../replay/strace/lexer.js';
import { Line } from '../../../replay/strace/line.js';
import { Out } from '../../../replay/strace/out.js';
import { returnValue } from '../../../replay/strace/returned.js';
import { RoundTrip } from '../../../replay/strace/roundtrip.js';
import { decodeArgs } from '../../../replay/strace/values.js';
import { toJson } from '../../../replay/trace/json.js';
import { fixtureLines, mutated, randomFrom } from './corpus.js';
import type { Sink } from '../../../replay/strace/join.js';

const LINES = 1_000_000;
const LINES_PER_LOG = 500;
/** One in so many calls is read back from its JSON, which takes longer than everything else. */
const JSON_EVERY = 16;
const SEED = Number(process.env.UR_SEED ?? 20260101);

/** Checks each call as it comes: its spans lie in order, its JSON says what its values say. */
class Checker implements Sink {
  readonly wantsTime = true;
  readonly #out = new Out();
  readonly #json = new JsonLines(this.#out);
  calls = 0;
  covered = 0;

  began(): number {
    return 0;
  }

  call(b: Uint8Array, line: Line, first: number, last: number, _ticket: number, orphan: boolean): void {
    this.calls++;
    assert.ok(first <= last && line.start <= line.nameStart && line.nameStart < line.nameEnd);
    assert.ok(line.nameEnd < line.argsStart && line.argsStart <= line.argsEnd && line.argsEnd <= line.end);
    this.#json.call(b, line, first, last, orphan);
    const text = this.#out.drain();
    if (this.calls % JSON_EVERY !== 0) return;
    const parsed = parse(text) as { args: unknown[]; ret: unknown };
    const { values } = decodeArgs(b, line.argsStart, line.argsEnd);
    const expected: unknown = JSON.parse(JSON.stringify([...(orphan ? [{ text: '...' }] : []), ...values.map(toJson)]));
    assert.deepEqual(parsed.args, expected, Buffer.from(b.subarray(line.start, line.end)).toString('latin1'));
    const ret = line.ending === 0 ? returnValue(b, line) : null;
    assert.deepEqual(parsed.ret, typeof ret === 'bigint' ? String(ret) : ret);
  }

  event(_kind: string, b: Uint8Array, line: Line, number: number): void {
    this.#json.event('note', b, line, number);
    if (number % JSON_EVERY === 0) parse(this.#out.drain());
    else this.#out.drain();
  }

  unrecognised(): void {
    // counted by the joiner
  }
}

function parse(json: Buffer): unknown {
  try {
    return JSON.parse(json.toString('utf8'));
  } catch (cause) {
    throw new Error(`not JSON: ${json.toString('latin1')}`, { cause });
  }
}

test(`${LINES} mutated lines (seed ${SEED}; UR_SEED sets another)`, () => {
  const lines = fixtureLines();
  const random = randomFrom(SEED);
  const fast = new Line();
  const complete = new Line();
  for (let done = 0; done < LINES; ) {
    const parts: Buffer[] = [];
    for (let i = 0; i < LINES_PER_LOG; i++) {
      const line = lines[random() % lines.length];
      parts.push(random() % 8 === 0 ? line : mutated(line, lines[random() % lines.length], random), Buffer.from('\n'));
    }
    const log = Buffer.concat(parts);
    let count = 0;
    let start = 0;
    for (let end = log.indexOf(10); end >= 0; end = log.indexOf(10, start)) {
      count++;
      if (lexCommon(log, start, end, fast)) {
        lexLine(log, start, end, complete);
        fast.time = complete.time;
        assert.deepEqual(fast, complete, log.toString('latin1', start, end));
      }
      start = end + 1;
    }
    const joiner = new Joiner(new Checker());
    assert.equal(joiner.pushLines(log, 0, log.length), log.length);
    joiner.finish();
    assert.equal(joiner.lines, count);
    assert.equal(Object.values(joiner.kinds).reduce((sum, n) => sum + n, 0), count, 'every line has one kind');
    const trip = new RoundTrip();
    trip.pushLines(log, 0, log.length);
    assert.deepEqual(trip.result.different, []);
    const counter = new Joiner(new Counter());
    counter.pushLines(log, 0, log.length);
    counter.finish();
    assert.deepEqual(counter.kinds, joiner.kinds);
    done += count;
  }
});
