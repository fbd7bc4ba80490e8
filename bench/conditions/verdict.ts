/** The verdict with the conditions that it holds under: one clause for each state of the cache. */
import type { ArmResult } from '../result/result.js';
import { verdictSentence, type VerdictFacts } from '../judge/verdict.js';
import type { StorageConditions } from './storage.js';

export function verdictUnder(facts: VerdictFacts, storage: StorageConditions | null): string {
  const states = (['warm', 'cold'] as const).filter((cache) => facts.arms.some((arm) => arm.cache === cache));
  if (states.length < 2) return verdictSentence(facts, conditions(states[0] ?? 'warm', storage, false));
  return states.map((cache) => verdictSentence(only(facts, cache), conditions(cache, storage, true))).join(' ');
}

function only(facts: VerdictFacts, cache: ArmResult['cache']): VerdictFacts {
  const arms = facts.arms.filter((arm) => arm.cache === cache);
  const ids = new Set(arms.map(({ id }) => id));
  return {
    arms,
    comparisons: facts.comparisons.filter(({ arm }) => ids.has(arm)),
    missingArms: facts.missingArms,
    impact: cache === 'warm' ? facts.impact : null,
  };
}

/** What the answer holds under, to begin with; null: warm in a directory as it is, which needs no words. */
export function conditions(cache: ArmResult['cache'], storage: StorageConditions | null, both: boolean): string | null {
  if (cache === 'cold') {
    const latencyNs = storage?.latencyNs ?? null;
    return latencyNs === null ? 'with a cold cache' : `with a cold cache and ${milliseconds(latencyNs)} per lookup and read`;
  }
  if (storage?.latencyNs == null) return null;
  return both ? 'once everything is cached' : `with everything cached, so that the latency of ${milliseconds(storage.latencyNs)} is never met`;
}

function milliseconds(ns: number): string {
  return ns < 1e6 ? `${ns / 1e3} us` : `${ns / 1e6} ms`;
}
