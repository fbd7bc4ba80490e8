import assert from 'node:assert/strict';
import { test } from 'node:test';
import { warmingVerdict } from '../../../bench/warm/verdict.js';
import { samplePhase, STORAGE } from './sample-warming.js';

test('cold and warm, each in a sentence with what it holds under', () => {
  assert.equal(
    warmingVerdict('python3', [samplePhase('cold', 7, 'faster'), samplePhase('warm', 0.95, 'slower')], STORAGE),
    'With a cold cache and 1 ms per lookup and read, warming pays: python3 starts 7.00x as fast [6.93, 7.07] (350 ms alone, 50.0 ms with it) with 1.10x the CPU time. ' +
      'Once everything is cached, warming costs 2.50 ms [2.48 ms, 2.53 ms] of 47.5 ms, and takes 1.10x the CPU time.',
  );
});

test('no difference is an answer, and so is none', () => {
  assert.equal(warmingVerdict('a', [samplePhase('warm', 1, 'same')], null), 'With everything cached, warming makes no difference to a (50.0 ms alone, 50.0 ms with it), and takes 1.10x the CPU time.');
  assert.match(warmingVerdict('a', [samplePhase('cold', 1.1, 'undecided')], { ...STORAGE, latencyNs: null }), /^With a cold cache, it is undecided whether warming pays: a starts 1\.10x as fast .*; more rounds are needed to tell\.$/);
});
