/** Kernel and command line: one row of a comparison, and the guests that it takes. */
import type { CachedKernel } from './cache.js';
import type { GuestArm } from './guest.js';
import type { Tier } from './tier.js';

export interface Variant {
  /** `debian:6.12`, or with its command line `debian:6.12 [pti=on]`. */
  readonly label: string;
  readonly kernel: CachedKernel;
  readonly commandLine: string;
}

/** One guest to boot. */
export interface GuestJob {
  readonly variant: Variant;
  readonly arms: readonly GuestArm[];
  /** From 0; two jobs of an arm that differ in this only must agree with icount. */
  readonly repetition: number;
}

/**
 * icount: each arm in a guest of its own (so its figure does not depend on which other arms were asked for),
 * twice. kvm: the same, more often: a boot is a round, because layouts differ from boot to boot.
 * functional: all arms in one guest.
 */
const REPETITIONS: Readonly<Record<Tier, number>> = { kvm: 6, icount: 2, functional: 1 };

export function makeVariants(kernels: readonly { readonly text: string; readonly kernel: CachedKernel }[], commandLines: readonly string[]): Variant[] {
  return kernels.flatMap(({ text, kernel }) => commandLines.map((commandLine) => ({ label: commandLine === '' ? text : `${text} [${commandLine}]`, kernel, commandLine })));
}

export function planJobs(variants: readonly Variant[], arms: readonly GuestArm[], tier: Tier): GuestJob[] {
  const groups = tier === 'functional' ? [arms] : arms.map((arm) => [arm]);
  return Array.from({ length: REPETITIONS[tier] }, (_, repetition) =>
    variants.flatMap((variant) => groups.map((group) => ({ variant, arms: group, repetition })))).flat();
}
