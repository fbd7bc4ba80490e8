/** What a warning is; warnings.ts and conditions/warnings.ts give them. */

export const WARNING_CODES = [
  'load', 'steal', 'governor', 'turbo', 'few-rounds', 'two-speeds', 'outliers', 'drift', 'interrupted', 'failure', 'confined', 'instructions',
  'tree-changed', 'latency', 'cold-memory', 'cold-reads', 'other-recording',
] as const;
export type WarningCode = (typeof WARNING_CODES)[number];

/** The wording is pinned by a test: other programs may match on it. */
export interface Warning {
  readonly code: WarningCode;
  readonly message: string;
  readonly remedy: string;
}
