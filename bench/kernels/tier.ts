/**
 * The three ways to run a guest. They are never mixed in one table: the first measures time, the second
 * counts instructions, the third gives no figures at all.
 */
export const TIERS = {
  kvm: 'nanoseconds, on hardware virtualisation',
  icount: 'guest instructions, deterministic; says nothing about seconds',
  functional: 'results and features only, no figures',
} as const;
export type Tier = keyof typeof TIERS;

/** What the tier's figures are; null: it has none. */
export function unitOf(tier: Tier): 'ns' | 'instructions' | null {
  return tier === 'kvm' ? 'ns' : tier === 'icount' ? 'instructions' : null;
}
