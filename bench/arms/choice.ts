/** Which arms are asked for: engines, and the values that each combination of them is made of. */
import type { EngineName, Order, RingAffinity, RingSetup, RingWindow } from '../../replay/engine.js';

export interface ArmChoice {
  readonly engines: readonly EngineName[];
  readonly orders: readonly Order[];
  /** Calls in flight at most; 0 = all. */
  readonly batches: readonly number[];
  readonly window: RingWindow;
  readonly setup: RingSetup;
  /** io-wq workers at most; 0 = the kernel's default. */
  readonly workers: number;
  /** Where io-wq's workers run; absent: anywhere. */
  readonly affinity?: RingAffinity;
  /** Threads that issue calls, of the threads engine; 0 = one per CPU. */
  readonly threads: number;
  /** Threads of libuv's pool, of the libuv engines; absent: as many as libuv has by itself. */
  readonly pool?: number;
}
