/** What was found in the guests of a kernel, before it becomes a row and a result. */
import type { Trace } from '../../replay/trace/model.js';
import type { Plan } from '../../replay/world/types.js';
import type { ArmSpec } from '../arms/arms.js';
import type { Payload } from './guest.js';
import type { ArmOutcome, GuestOutcome } from './outcome.js';
import type { KernelRow } from './report.js';
import type { KernelsSettings } from './settings.js';
import type { Tier } from './tier.js';
import type { Variant } from './variants.js';

/** What all rows share. */
export interface Shared {
  readonly trace: Trace;
  readonly plan: Plan;
  readonly settings: KernelsSettings;
  readonly payload: Payload;
  readonly tier: Tier;
  readonly qemu: string;
  readonly runner: string;
  readonly arms: readonly ArmSpec[];
}

export interface VariantFindings {
  readonly variant: Variant;
  /** The first guest that came through; null when none did. */
  readonly guest: GuestOutcome | null;
  /** Per arm the outcomes of its repetitions; with icount the one that two agree on. */
  readonly arms: readonly { readonly id: string; readonly runs: readonly ArmOutcome[] }[];
  readonly missing: KernelRow['missing'];
}
