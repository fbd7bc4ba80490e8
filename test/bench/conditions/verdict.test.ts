import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { StorageConditions } from '../../../bench/conditions/storage.js';
import { verdictUnder } from '../../../bench/conditions/verdict.js';
import { verdictSentence, type VerdictFacts } from '../../../bench/judge/verdict.js';
import { sampleArm, sampleComparison, sampleResult } from '../sample-result.js';

const SLOW: StorageConditions = { kind: 'latency', how: 'FUSE', coldness: 'forgotten', latencyNs: 1e6, delayed: ['lookup'], servedNs: null };
const IMAGE: StorageConditions = { ...SLOW, kind: 'image', latencyNs: null };

function facts(cache: 'warm' | 'cold', suffix = ''): VerdictFacts {
  const arms = ['serial', 'ring/trace/32'].map((id) => ({ ...sampleArm(id, { cache }), id: `${id}${suffix}` }));
  const comparisons = [{ ...sampleComparison(`ring/trace/32${suffix}`, 40, 'faster'), baseline: `serial${suffix}` }];
  return { arms, comparisons, missingArms: [], impact: null };
}

test('warm in a directory needs no words', () => {
  const warm = { ...facts('warm'), impact: sampleResult().impact };
  assert.equal(verdictUnder(warm, null), verdictSentence(warm));
});

test('cold, slow, or both: the verdict begins with it', () => {
  const beginning = (storage: StorageConditions | null, cache: 'warm' | 'cold'): string => verdictUnder(facts(cache), storage).split(', ')[0];
  assert.equal(beginning(IMAGE, 'cold'), 'With a cold cache');
  assert.equal(beginning(SLOW, 'cold'), 'With a cold cache and 1 ms per lookup and read');
  assert.equal(beginning({ ...SLOW, latencyNs: 500e3 }, 'cold'), 'With a cold cache and 500 us per lookup and read');
  assert.equal(verdictUnder(facts('warm'), SLOW).slice(0, 75), 'With everything cached, so that the latency of 1 ms is never met, batching ');
});

test('warm and cold arms: a sentence for each, about its own arms', () => {
  const [warm, cold] = [facts('warm', '@warm'), facts('cold', '@cold')];
  const both = { ...warm, arms: [...warm.arms, ...cold.arms], comparisons: [...warm.comparisons, ...cold.comparisons] };
  const text = verdictUnder(both, IMAGE);
  const [first, second] = text.split('. With a cold cache, ');
  assert.ok(first.includes('ring/trace/32@warm') && !first.includes('@cold'), text);
  assert.ok(second.includes('ring/trace/32@cold') && !second.includes('@warm'), text);
});
