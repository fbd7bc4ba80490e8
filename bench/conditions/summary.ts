/** What the passes of one arm asked of the storage, for the result. */
import { median } from '../statistics/statistics.js';
import type { PassCost } from './storage.js';

export interface StorageUse {
  /** Passes that were counted: all, those to warm up included. */
  readonly passes: number;
  /** Requests per pass by kind, medians. null: not known of this storage. */
  readonly requests: Readonly<Record<string, number>> | null;
  readonly deviceReads: Spread | null;
  readonly deviceBytes: Spread | null;
}

/** Per pass. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** null without any pass. */
export function storageUse(costs: readonly PassCost[]): StorageUse | null {
  if (costs.length === 0) return null;
  return {
    passes: costs.length,
    requests: requestsOf(costs),
    deviceReads: spread(costs.map(({ deviceReads }) => deviceReads)),
    deviceBytes: spread(costs.map(({ deviceBytes }) => deviceBytes)),
  };
}

function requestsOf(costs: readonly PassCost[]): Record<string, number> | null {
  const requests = costs.map((cost) => cost.requests).filter((known) => known !== null);
  if (requests.length < costs.length) return null;
  const kinds = new Set(requests.flatMap((of) => Object.keys(of)));
  return Object.fromEntries([...kinds].map((kind) => [kind, median(requests.map((of) => of[kind] ?? 0))]));
}

function spread(values: readonly (number | null)[]): Spread | null {
  const known = values.filter((value) => value !== null);
  if (known.length < values.length) return null;
  return { median: median(known), min: Math.min(...known), max: Math.max(...known) };
}
