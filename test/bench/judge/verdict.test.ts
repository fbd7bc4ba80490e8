import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Comparison, Impact } from '../../../bench/result/result.js';
import { verdictSentence, type VerdictFacts } from '../../../bench/judge/verdict.js';
import { around, sampleArm, sampleComparison } from '../sample-result.js';

const IMPACT: Impact = {
  programNs: around(23.5e6),
  callsNs: around(0.83e6),
  callsPercent: around(3.53),
  bestArm: 'ring/trace/32',
  savedNs: around(0.25e6),
  savedPercent: around(1.06),
};

function sentence(comparisons: Comparison[], change: Partial<VerdictFacts> = {}): string {
  const arms = ['serial', 'ring/trace/32', 'ring/deps/32'].map((id) => sampleArm(id));
  return verdictSentence({ arms, comparisons, missingArms: [], impact: IMPACT, ...change });
}

const SHARE = 'these calls are 3.5 % of the 23.5 ms that the program takes, so nothing done to them can save more than 0.830 ms';

test('slower: how much longer, how much more CPU, and why', () => {
  assert.equal(
    sentence([sampleComparison('ring/trace/32', 0.5263, 'slower', 0.435)]),
    'Batching does not help here: the best ring arm (ring/trace/32) takes 1.90x the time of the plain calls [1.88, 1.92] ' +
      `and 2.30x the CPU time; STATX requests are all handed to worker threads; ${SHARE}.`,
  );
});

test('slower even as early as dependencies allow: the arm is labelled an upper bound', () => {
  assert.match(
    sentence([sampleComparison('ring/trace/32', 0.5, 'slower'), sampleComparison('ring/deps/32', 0.8, 'slower')]),
    /^Batching does not help here: the best ring arm \(ring\/deps\/32, an upper bound that takes speculation\) takes 1\.25x/,
  );
});

test('faster: how much, and what it would save of the program', () => {
  const arms = ['serial', 'ring/trace/32'].map((id) => sampleArm(id, { punted: {} }));
  assert.equal(
    sentence([sampleComparison('ring/trace/32', 1.43, 'faster', 1.1)], { arms }),
    'Batching helps here: ring/trace/32 replays these calls 1.43x as fast as the plain calls [1.42, 1.44] with 0.91x the CPU time; ' +
      `${SHARE}; ring/trace/32 would save 0.250 ms [0.247 ms, 0.253 ms] of it, 1.1 % [1.0 %, 1.1 %].`,
  );
});

test('without an arm of plain calls, nothing is said of batching', () => {
  const best = { ...sampleComparison('ring/deps/32', 1.33, 'faster', 1.2), baseline: 'ring/trace/32' };
  const facts = { arms: ['ring/trace/32', 'ring/deps/32'].map((id) => sampleArm(id)), impact: null };
  assert.match(
    sentence([best], facts),
    /^Whether batching helps is not answered: no arm made the plain calls \(--engine serial,ring\); the best arm, ring\/deps\/32, is 1\.33x as fast as ring\/trace\/32 \[[^;]* the CPU time\.$/,
  );
});

test('faster only when reordered', () => {
  assert.match(
    sentence([sampleComparison('ring/trace/32', 0.5, 'slower'), sampleComparison('ring/deps/32', 1.2, 'faster')]),
    /^Batching in the order of the log does not help here: ring\/trace\/32 takes 2\.00x .*; only reordered \(ring\/deps\/32, an upper bound that takes speculation\) it is 1\.20x as fast/,
  );
});

test('same and undecided', () => {
  assert.match(sentence([sampleComparison('ring/trace/32', 1.001, 'same')]), /^Batching makes no difference here: .* within 1 %/);
  assert.match(sentence([sampleComparison('ring/trace/32', 1.02, 'undecided')]), /^Undecided: .* more rounds \(--time\) are needed/);
});

test('undecided only when reordered: the order of the log has its verdict first', () => {
  assert.match(
    sentence([sampleComparison('ring/trace/32', 0.5, 'slower'), sampleComparison('ring/deps/32', 1.01, 'undecided')]),
    /^Batching does not help here: the best ring arm \(ring\/trace\/32\) takes 2\.00x .*; reordered, ring\/deps\/32 \(an upper bound that takes speculation\) replays these calls 1\.01x .* needed to tell/,
  );
});

test('undecided between two speeds: both are told, where they lie on either side of the plain calls', () => {
  const withSpeeds = (fast: number, slow: number): string => {
    const samples = Array.from({ length: 100 }, (_, i) => (i < 45 ? fast : slow));
    const arms = ['serial', 'ring/trace/32'].map((id) => sampleArm(id, id === 'serial' ? {} : { punted: {}, wallNs: { ...around(slow), samples } }));
    return sentence([sampleComparison('ring/trace/32', 0.9, 'undecided')], { arms, impact: null });
  };
  assert.match(
    withSpeeds(790_000, 1_000_000),
    /^Undecided: the best ring arm \(ring\/trace\/32\) has two speeds, 1\.05x as fast as the plain calls in 45 % of its passes and 0\.83x as fast as the plain calls in 55 % of its passes, as the kernel wakes/,
  );
  assert.match(withSpeeds(900_000, 1_200_000), /more rounds \(--time\) are needed/);
});

test('divergences come first', () => {
  const arms = [sampleArm('serial'), sampleArm('ring/trace/32', { divergences: 3 })];
  assert.match(
    sentence([sampleComparison('ring/trace/32', 1.5, 'faster')], { arms }),
    /^These figures cannot be trusted, because some outcomes differ from the log \(3 of 890 calls in ring\/trace\/32\); batching helps/,
  );
});

test('without a ring arm the reason is given', () => {
  assert.equal(
    sentence([], { arms: [sampleArm('serial')], missingArms: [{ id: 'ring/trace/32', reason: 'io_uring is disabled', remedy: null }], impact: null }),
    'No comparison: only serial was measured (0.830 ms per replay), because io_uring is disabled.',
  );
});

test('without a recording the sentence says what is missing', () => {
  assert.match(sentence([sampleComparison('ring/trace/32', 0.5, 'slower')], { impact: null }), /not known without its real run time \("uring-replay record"/);
});

test('a part of the calls is compared with itself, and never the answer to batching', () => {
  const arms = ['serial', 'ring/trace/32', 'serial/fs', 'libuv/sync'].map((id) => sampleArm(id, id.includes('fs') || id.includes('libuv') ? { calls: 700, leftOut: [] } : { punted: {} }));
  const node = { ...sampleComparison('libuv/sync', 0.25, 'slower'), baseline: 'serial/fs' };
  const clause = "of the 700 calls that Node's own fs can make, the best way, libuv/sync, takes 4.00x the time of the plain calls";
  assert.ok(sentence([sampleComparison('ring/trace/32', 0.5, 'slower'), node], { arms }).includes(`${SHARE}; ${clause}`));
  assert.ok(sentence([node], { arms }).startsWith(`These${SHARE.slice('these'.length)}; ${clause}`));
  assert.ok(sentence([node], { arms, impact: null }).startsWith(`O${clause.slice(1)}`));
});

test('a hybrid that went by threads does not batch', () => {
  const arms = [sampleArm('serial'), sampleArm('hybrid/trace/32', { engine: 'hybrid', variant: 'threads' })];
  assert.match(sentence([sampleComparison('hybrid/trace/32', 1.5, 'faster')], { arms }), /^Without batching, hybrid\/trace\/32 replays them 1\.50x/);
});
