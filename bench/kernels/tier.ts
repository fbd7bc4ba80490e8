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

/**
 * What figures are: nanoseconds; guest instructions; or guest nanoseconds, one for each instruction and, while
 * the guest idles, those until the emulated disk answers. null: there are none.
 */
export type Unit = 'ns' | 'instructions' | 'guest-ns' | null;

export function unitOf(tier: Tier, latencyNs: number): Unit {
  if (tier === 'functional') return null;
  if (tier === 'kvm') return 'ns';
  return latencyNs > 0 ? 'guest-ns' : 'instructions';
}

/** `serial takes 1.05x ${...}`. */
export const UNIT_NAMES = { ns: 'the time', instructions: 'the instructions', 'guest-ns': 'the guest time' } as const;
