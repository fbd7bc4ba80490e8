/** Which arms an experiment has: every combination of engine, order and batch that was asked for. */
import type { CacheState } from './conditions/conditioned-arm.js';
import type { EngineName, EngineOptions, Order, RingSetup, RingWindow } from '../replay/engine.js';

export interface ArmSpec {
  /** 'serial', 'ring/trace/32', 'ring/deps/all': unique in an experiment. */
  readonly id: string;
  readonly options: EngineOptions;
  /** What the files' storage is before each pass. */
  readonly cache: CacheState;
}

export interface ArmChoice {
  readonly engines: readonly EngineName[];
  readonly orders: readonly Order[];
  /** Calls in flight at most; 0 = all. */
  readonly batches: readonly number[];
  readonly window: RingWindow;
  readonly setup: RingSetup;
  /** io-wq workers at most; 0 = the kernel's default. */
  readonly workers: number;
}

/** In the order asked for; the first is the baseline where `serial` is among them. */
export function chooseArms(choice: ArmChoice): ArmSpec[] {
  const arms = new Map<string, ArmSpec>();
  for (const engine of choice.engines) {
    for (const options of engine === 'serial' ? [{ engine }] : ringOptions(choice)) {
      const id = armId(options);
      arms.set(id, { id, options, cache: 'warm' });
    }
  }
  return [...arms.values()];
}

function ringOptions({ orders, batches, window, setup, workers }: ArmChoice): EngineOptions[] {
  return orders.flatMap((order) =>
    batches.map((batch): EngineOptions => ({ engine: 'ring', order, batch, window, setup, workers })),
  );
}

export function armId(options: EngineOptions): string {
  if (options.engine === 'serial') return 'serial';
  const batch = options.batch ?? 0;
  return `${options.engine}/${options.order ?? 'trace'}/${batch === 0 ? 'all' : batch}`;
}

/** Each arm with the cache asked for; with both it is two arms, told apart by the end of their ids. */
export function withCaches(arms: readonly ArmSpec[], cache: CacheState | 'both'): ArmSpec[] {
  if (cache !== 'both') return arms.map((arm) => ({ ...arm, cache }));
  return (['warm', 'cold'] as const).flatMap((state) => arms.map((arm) => ({ ...arm, id: `${arm.id}@${state}`, cache: state })));
}

/** The arm that the others are compared with: serial where there is one, else the first. */
export function baselineOf<T extends { readonly id: string }>(arms: readonly T[]): T | undefined {
  return arms.find(isSerial) ?? arms[0];
}

export function isSerial({ id }: { readonly id: string }): boolean {
  return id === 'serial' || id.startsWith('serial@');
}
