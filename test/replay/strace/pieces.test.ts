import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Pieces } from '../../../replay/strace/pieces.js';
import { randomFrom } from './corpus.js';

const CHUNK = 1 << 20;

test('texts of any length come back, also empty ones, and such as are longer than a chunk or fill one', () => {
  const random = randomFrom(7);
  const lengths = [0, CHUNK, 0, 1, CHUNK - 1, 0, 3 * CHUNK, 5, 2 * CHUNK + 1, 0, ...Array.from({ length: 3000 }, () => random() % 3000)];
  const texts = lengths.map((length, i) => Buffer.alloc(length, i % 251));
  const pieces = new Pieces();
  const places = texts.map((text) => pieces.add(Buffer.concat([Buffer.from('x'), text]), 1, 1 + text.length));
  places.forEach((place, i) => {
    const { bytes, start, end } = pieces.span(place, texts[i].length);
    assert.ok(Buffer.from(bytes.subarray(start, end)).equals(texts[i]), `text ${i}`);
  });
});
