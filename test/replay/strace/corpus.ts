/** Real and hand-made lines that the tests mutate and compare readings of. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const FIXTURES = new URL('../../../../test/fixtures/strace/', import.meta.url).pathname;

/** Every log in the fixtures, by name. */
export function fixtureLogs(): { readonly name: string; readonly bytes: Buffer }[] {
  return readdirSync(FIXTURES)
    .filter((name) => name.endsWith('.strace'))
    .map((name) => ({ name, bytes: readFileSync(join(FIXTURES, name)) }));
}

/** All lines of all fixtures, without line feeds. */
export function fixtureLines(): Buffer[] {
  return fixtureLogs().flatMap(({ bytes }) => {
    const lines: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      lines.push(bytes.subarray(start, end));
      start = end + 1;
    }
    return lines;
  });
}

/** xorshift32: fast and the same everywhere. */
export function randomFrom(seed: number): () => number {
  let state = seed | 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

const INTERESTING = Buffer.from('"\\()[]{}<>,;:=-+*/|~.?@ 0123456789xaEfNULL\n\r\t\x1b\0\xff\x80');

/** One line with one to four mutations: bytes changed, removed, inserted, doubled, cut off, or parts of another line. */
export function mutated(line: Buffer, other: Buffer, random: () => number): Buffer {
  let bytes = Buffer.from(line);
  for (let n = 1 + (random() % 4); n > 0; n--) {
    const at = bytes.length === 0 ? 0 : random() % bytes.length;
    const c = random() % 4 === 0 ? random() & 255 : INTERESTING[random() % INTERESTING.length];
    switch (random() % 7) {
      case 0: if (bytes.length > 0) bytes[at] = c; break;
      case 1: bytes = Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + 1 + (random() % 3))]); break;
      case 2: bytes = Buffer.concat([bytes.subarray(0, at), Buffer.from([c]), bytes.subarray(at)]); break;
      case 3: bytes = bytes.subarray(0, at); break;
      case 4: bytes = Buffer.concat([bytes.subarray(0, at), other.subarray(other.length === 0 ? 0 : random() % other.length)]); break;
      case 5: bytes = Buffer.concat([bytes.subarray(at), bytes.subarray(0, at)]); break;
      case 6: bytes = Buffer.concat([bytes, bytes.subarray(at, at + (random() % 20))]); break;
    }
  }
  return bytes;
}
