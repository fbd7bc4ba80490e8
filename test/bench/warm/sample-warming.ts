/** A made-up measurement of warming: every member that the schema knows. */
import type { StorageConditions } from '../../../bench/conditions/storage.js';
import type { Verdict } from '../../../bench/result/result.js';
import { WARMING_SCHEMA, type WarmingArm, type WarmingDocument, type WarmingPhase } from '../../../bench/warm/document.js';
import { warmingVerdict } from '../../../bench/warm/verdict.js';
import { around, sampleResult } from '../sample-result.js';

export const STORAGE: StorageConditions = {
  kind: 'latency',
  how: 'FUSE by mount(2) in a mount namespace',
  coldness: 'every node was given back',
  latencyNs: 1e6,
  delayed: ['lookup', 'readlink', 'read', 'readdir'],
  servedNs: { mean: 1.02e6, max: 1.4e6 },
};

const WARMED_NS = 50e6;

function arm(ns: number, cold: boolean): WarmingArm {
  const bytes = cold ? 8e6 : 0;
  return {
    wallNs: { ...around(ns), samples: [ns, ns] },
    cpuNs: { ...around(20e6), samples: [20e6, 20e6] },
    storage: { passes: 3, requests: cold ? { lookup: 131, read: 130 } : {}, deviceReads: null, deviceBytes: { median: bytes, min: bytes, max: bytes } },
  };
}

/** `speedup`: of a command that takes 50 ms with warming. */
export function samplePhase(cache: WarmingPhase['cache'], speedup: number, verdict: Verdict): WarmingPhase {
  return {
    cache,
    alone: arm(speedup * WARMED_NS, cache === 'cold'),
    warmed: arm(WARMED_NS, cache === 'cold'),
    speedup: around(speedup),
    addedNs: around((1 - speedup) * WARMED_NS),
    cpuRatio: around(1.1),
    p: 0.0001,
    verdict,
    rounds: 20,
    seconds: 9.5,
    stoppedBy: 'time',
  };
}

export function sampleWarming(change: Partial<WarmingDocument> = {}): WarmingDocument {
  const phases = [samplePhase('cold', 7, 'faster'), samplePhase('warm', 0.95, 'slower')];
  const { host, conditions } = sampleResult();
  return {
    schema: WARMING_SCHEMA,
    version: '0.1.0',
    date: '2026-01-01T00:00:00.000Z',
    log: 'python.strace',
    command: ['python3', '-c', 'import json'],
    plan: { bytes: 12_345, options: [] },
    host,
    storage: STORAGE,
    seed: 1,
    disturbance: conditions.disturbance,
    phases,
    warnings: [],
    verdict: warmingVerdict('python3', phases, STORAGE),
    ...change,
  };
}
