/** Which arms an experiment has: the table of engines, and every combination of them that was asked for. */
import { availableParallelism } from 'node:os';
import type { Calibration } from '../calibrate/calibrate.js';
import type { CacheState } from '../conditions/conditioned-arm.js';
import { LANE_RING } from '../../replay/engine.js';
import { POOL_DEFAULT } from '../../replay/libuv/pool.js';
import type { EngineName, EngineOptions, EngineVariant } from '../../replay/engine.js';
import type { ArmChoice } from './choice.js';

export interface ArmSpec {
  /** 'serial', 'ring/trace/32', 'threads/deps/4', 'rewrite/mmap', ...: unique in an experiment. */
  readonly id: string;
  readonly options: EngineOptions;
  /** What the files' storage is before each pass. */
  readonly cache: CacheState;
  /** hybrid: what its options were decided by. */
  readonly calibration?: Calibration;
  /** Which of the program's calls it replays; absent: all. */
  readonly part?: Part;
}

/** fs: those that Node's own `fs` can make (replay/libuv/subset.ts). Arms are compared within their part only. */
export type Part = 'fs';

/** What can be set for an engine's arms, and so what a sweep can vary. */
export type ArmParameter = 'batch' | 'order' | 'window' | 'setup' | 'workers' | 'affinity' | 'threads' | 'pool';

interface ArmKind {
  readonly parameters: readonly ArmParameter[];
  /** null: the same calls. Else what is done in place of some of them. */
  readonly rewrite: string | null;
  readonly ring: boolean;
  readonly part?: Part;
  readonly arms: (choice: ArmChoice) => EngineOptions[];
}

const LIBUV_PARAMETERS = ['batch', 'order', 'pool'] as const;
const RING_PARAMETERS = ['batch', 'order', 'window', 'setup', 'workers', 'affinity'] as const;

/** The table: an engine that is not here cannot be asked for. */
export const ARM_KINDS: Readonly<Record<EngineName, ArmKind>> = {
  serial: { parameters: [], rewrite: null, ring: false, arms: () => [{ engine: 'serial' }] },
  ring: { parameters: RING_PARAMETERS, rewrite: null, ring: true, arms: (choice) => wide(choice, 'ring') },
  threads: { parameters: ['order', 'threads'], rewrite: null, ring: false, arms: threadArms },
  hybrid: { parameters: RING_PARAMETERS, rewrite: null, ring: true, arms: (choice) => wide(choice, 'hybrid') },
  mmap: { parameters: [], rewrite: 'mmap and page touch in place of reads', ring: false, arms: () => [{ engine: 'mmap' }] },
  dedup: { parameters: [], rewrite: 'repeated lookups answered once', ring: false, arms: () => [{ engine: 'dedup' }] },
  nop: {
    parameters: RING_PARAMETERS,
    rewrite: null,
    ring: true,
    arms: (choice) => [{ engine: 'nop', variant: 'serial' }, ...wide(choice, 'nop', 'ring')],
  },
  'libuv/promises': { parameters: LIBUV_PARAMETERS, rewrite: null, ring: false, part: 'fs', arms: (choice) => throughLibuv(choice, 'libuv/promises') },
  'libuv/sync': { parameters: [], rewrite: null, ring: false, part: 'fs', arms: () => [{ engine: 'libuv/sync' }] },
  'libuv/uring': { parameters: LIBUV_PARAMETERS, rewrite: null, ring: true, part: 'fs', arms: (choice) => throughLibuv(choice, 'libuv/uring') },
};

/** The plain calls of a part: what its other arms are compared with. */
const PART_BASELINE: ArmSpec = { id: 'serial/fs', options: { engine: 'serial' }, cache: 'warm', part: 'fs' };

/** In the order asked for; the first is the baseline where `serial` is among them. */
export function chooseArms(choice: ArmChoice): ArmSpec[] {
  const arms = new Map<string, ArmSpec>();
  for (const engine of choice.engines) {
    const { part, arms: armsOf } = ARM_KINDS[engine];
    if (part !== undefined) arms.set(PART_BASELINE.id, PART_BASELINE);
    for (const options of armsOf(choice)) {
      const id = armId(options);
      arms.set(id, { id, options, cache: 'warm', ...(part !== undefined && { part }) });
    }
  }
  return [...arms.values()];
}

function wide({ orders, batches, window, setup, workers, affinity = 'any' }: ArmChoice, engine: EngineName, variant?: EngineVariant): EngineOptions[] {
  return orders.flatMap((order) =>
    batches.map((batch): EngineOptions => ({ engine, ...(variant !== undefined && { variant }), order, batch, window, setup, workers, affinity })),
  );
}

function threadArms({ orders, threads }: ArmChoice): EngineOptions[] {
  return orders.map((order): EngineOptions => ({ engine: 'threads', order, threads: threads === 0 ? availableParallelism() : threads }));
}

function throughLibuv({ orders, batches, pool = POOL_DEFAULT }: ArmChoice, engine: 'libuv/promises' | 'libuv/uring'): EngineOptions[] {
  return orders.flatMap((order) => batches.map((batch): EngineOptions => ({ engine, order, batch, pool })));
}

export function armId(options: EngineOptions): string {
  const { engine, order = 'trace', batch = 0, workers = 0, affinity = 'any', threads = 0 } = options;
  if (ARM_KINDS[engine].rewrite !== null) return `rewrite/${engine}`;
  if (engine === 'serial' || engine === 'libuv/sync') return engine;
  if (engine === 'threads') return `threads/${order}/${threads}`;
  if (options.variant === 'serial') return `${engine}/serial`;
  const pool = options.pool === undefined || options.pool === POOL_DEFAULT ? '' : `/pool=${options.pool}`;
  const limited = workers === 0 ? pool : `/workers=${workers}`;
  const placed = affinity === 'any' ? '' : `/affinity=${affinity}`;
  return `${engine}/${order}/${batch === 0 ? 'all' : batch}${limited}${placed}`;
}

/** Whether the arm needs io_uring. A hybrid does where its lanes lead there. */
export function needsRing({ engine, variant, lanes }: EngineOptions): boolean {
  if (engine === 'hybrid') return variant !== 'threads' && lanes?.includes(LANE_RING) === true;
  return ARM_KINDS[engine].ring && variant !== 'serial';
}

/** Each arm with the cache asked for; with both it is two arms, told apart by the end of their ids. */
export function withCaches(arms: readonly ArmSpec[], cache: CacheState | 'both'): ArmSpec[] {
  // No-ops touch no file: there is nothing that could be cold.
  const touchesFiles = (arm: ArmSpec): boolean => arm.options.engine !== 'nop';
  if (cache !== 'both') return arms.map((arm) => (touchesFiles(arm) ? { ...arm, cache } : arm));
  const inState = (state: CacheState) => (arm: ArmSpec): ArmSpec => ({ ...arm, id: `${arm.id}@${state}`, cache: state });
  const files = arms.filter(touchesFiles);
  return [...files.map(inState('warm')), ...files.map(inState('cold')), ...arms.filter((arm) => !touchesFiles(arm))];
}

/** The arm that the others of its part are compared with: serial where there is one, else the first. */
export function baselineOf<T extends { readonly id: string }>(arms: readonly T[]): T | undefined {
  return arms.find(isSerial) ?? arms.find(({ id }) => id.split('@')[0] === PART_BASELINE.id) ?? arms[0];
}

export function isSerial({ id }: { readonly id: string }): boolean {
  return id === 'serial' || id.startsWith('serial@');
}

/** Arms that make none of the program's calls: what they take is a floor, not a result. */
export function isFloor({ id }: { readonly id: string }): boolean {
  return id.startsWith('nop/');
}
