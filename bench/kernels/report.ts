/** What a comparison of kernels found; everything printed is a pure function of it. */
import type { ResultDocument } from '../result/result.js';
import type { NodeOutcome } from './node-guest.js';
import type { Tier, Unit } from './tier.js';

export const KERNELS_SCHEMA = 'uring-replay/kernels@1';

/** One kernel with one command line. */
export interface KernelRow {
  readonly label: string;
  /** As the guest's own uname says. */
  readonly release: string;
  readonly commandLine: string;
  readonly sources: readonly { readonly name: string; readonly version: string | null; readonly sha256: string }[];
  readonly arms: readonly KernelArm[];
  /** An arm that gave no figure, and why: unsupported, not reproducible, or its guest failed. */
  readonly missing: readonly { readonly arm: string; readonly reason: string; readonly console: string | null }[];
  /** What other kernels of the table have and this one lacks: io_uring opcodes, features and set-up flags. */
  readonly lacks: readonly string[];
  /** functional: what the addon did in a real Node on this kernel. */
  readonly node: NodeOutcome | null;
  /** An ordinary result, for `compare` and `report`; null where there are no figures. */
  readonly result: ResultDocument | null;
}

export interface KernelArm {
  readonly id: string;
  readonly calls: number;
  /** Of the tier's unit, per replay; null: the tier has no figures. `low` and `high` are the extreme passes. */
  readonly figure: { readonly median: number; readonly low: number; readonly high: number } | null;
  /** figure / the first row's figure of this arm; < 1 = fewer. */
  readonly toFirst: number | null;
  /** figure / this row's serial figure. */
  readonly toSerial: number | null;
  readonly inline: Readonly<Record<string, number>>;
  readonly punted: Readonly<Record<string, number>>;
  readonly direct: Readonly<Record<string, number>>;
  readonly countedBy: string;
  readonly divergences: number;
}

export interface KernelsReport {
  readonly schema: typeof KERNELS_SCHEMA;
  readonly tier: Tier;
  readonly unit: Unit;
  /** Why this tier: asked for, or what kept from a better one. */
  readonly tierReason: string;
  readonly qemu: string;
  /** sha256 of the runner in the guests. Instruction counts are equal where kernel, qemu, runner and log are. */
  readonly runner: string;
  readonly trace: { readonly file: string; readonly digest: string; readonly calls: number; readonly replayed: number };
  readonly conditions: string;
  readonly rows: readonly KernelRow[];
  /** One sentence per pair of neighbouring rows. */
  readonly changes: readonly string[];
  /** Slowest guest, and all of them together with what ran beside each other; seconds of this host. */
  readonly seconds: number;
  readonly guests: number;
}
