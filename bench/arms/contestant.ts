/** What the experiment measures: contestants, and what they are once started. */
import type { CountReport, RunReport, TimelineReport } from '../../replay/engine.js';

/** What can be measured; ArmProcess is one. */
export interface Replayer {
  readonly id: string;
  /** One pass is a round, and one is enough to warm up: each is made ready anew, and may be slow. */
  readonly single?: boolean;
  run(passes: number): Promise<RunReport>;
  count(): Promise<CountReport>;
  /** Nanoseconds of each op on its own; absent where that cannot be asked for. */
  profile?(): Promise<Float64Array>;
  /** One pass over time; absent where that cannot be asked for. */
  timeline?(): Promise<TimelineReport>;
  /** io-wq workers that it has at this moment; absent where nobody can tell. */
  workers?(): number | null;
  close(): Promise<void>;
}

/** An arm, which can be started time and again. */
export interface Contestant {
  readonly id: string;
  /** Ready to run, with nothing left of earlier ones. */
  start(): Promise<Replayer>;
}
