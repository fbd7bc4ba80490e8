/**
 * Loads build/Release/uring_replay.node and gives it its typed face. The one file that knows the addon's
 * raw form: it fills in defaults and turns the core's errors (code, errno, remedy) into UringReplayError.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { CountReport, EngineOptions, NativeAddon, NativeReplay, ProbeReport, RunReport, SyscallCount, TimelineReport } from './engine.js';
import { NATIVE_ENGINES, RING_AFFINITIES, VARIANTS } from './engine.js';
import { UringReplayError } from './errors.js';

/** As native/addon.cc registers it: options complete, structures as JSON text. */
interface RawAddon {
  readonly SyscallCount: new (tracepoint: number, threads: readonly number[]) => SyscallCount;
  readonly Replay: new (program: Uint8Array, options: Required<EngineOptions>) => RawReplay;
  probe(): string;
  enterRoot(dir: string): void;
  layout(): ReturnType<NativeAddon['layout']>;
}
interface RawReplay {
  run(passes: number): Promise<RunReport>;
  count(): Promise<CountReport>;
  profile(): Promise<Float64Array>;
  timeline(): Promise<TimelineReport>;
  cancel(): void;
  describe(): string;
  close(): void;
}

const MAX_U32 = 2 ** 32 - 1;

/** An addon error as UringReplayError; anything else unchanged. */
function typed(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') return error;
  const remedy = 'remedy' in error && typeof error.remedy === 'string' && error.remedy !== '' ? error.remedy : null;
  return new UringReplayError(error.code, error.message, remedy, { cause: error });
}

function attempt<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw typed(error);
  }
}

function checkedCount(name: string, value: number): number {
  if (Number.isInteger(value) && value >= 0 && value <= MAX_U32) return value;
  throw new UringReplayError('UR_USAGE', `${name} is ${value}`, `use a whole number from 0 to ${MAX_U32}`);
}

function checkedChoice<T extends string>(name: string, value: T, choices: readonly T[]): T {
  if (choices.includes(value)) return value;
  throw new UringReplayError('UR_USAGE', `${name} is "${value}"`, `use one of ${choices.join(', ')}`);
}

function complete(options: EngineOptions): Required<EngineOptions> {
  return {
    engine: checkedChoice('the engine', options.engine, NATIVE_ENGINES),
    order: checkedChoice('the order', options.order ?? 'trace', ['trace', 'deps']),
    batch: checkedCount('the batch', options.batch ?? 0),
    window: checkedChoice('the window', options.window ?? 'sliding', ['sliding', 'barrier']),
    setup: checkedChoice('the ring set-up', options.setup ?? 'auto', ['auto', 'defer', 'coop', 'default', 'sqpoll']),
    workers: checkedCount('the number of workers', options.workers ?? 0),
    affinity: checkedChoice('the affinity of workers', options.affinity ?? 'any', RING_AFFINITIES),
    links: options.links ?? true,
    direct: options.direct ?? true,
    threads: checkedCount('the number of threads', options.threads ?? 0),
    variant: checkedChoice('the variant', options.variant ?? '', VARIANTS),
    pool: checkedCount('the size of the pool', options.pool ?? 0),
    lanes: options.lanes ?? new Uint8Array(),
  };
}

class Replay implements NativeReplay {
  private readonly raw: RawReplay;

  constructor(raw: RawReplay) {
    this.raw = raw;
  }

  async run(passes: number): Promise<RunReport> {
    try {
      return await this.raw.run(checkedCount('the number of passes', passes));
    } catch (error) {
      throw typed(error);
    }
  }

  async count(): Promise<CountReport> {
    try {
      return await this.raw.count();
    } catch (error) {
      throw typed(error);
    }
  }

  async profile(): Promise<Float64Array> {
    try {
      return await this.raw.profile();
    } catch (error) {
      throw typed(error);
    }
  }

  async timeline(): Promise<TimelineReport> {
    try {
      return await this.raw.timeline();
    } catch (error) {
      throw typed(error);
    }
  }

  cancel(): void {
    this.raw.cancel();
  }

  describe(): Readonly<Record<string, unknown>> {
    return attempt(() => JSON.parse(this.raw.describe()) as Record<string, unknown>);
  }

  close(): void {
    this.raw.close();
  }
}

/** The addon lies in build/Release of the package, whether this file runs from dist/ or from the sources. */
function addonPath(): string | null {
  for (let dir = dirname(fileURLToPath(import.meta.url)); ; dir = dirname(dir)) {
    if (existsSync(join(dir, 'binding.gyp'))) return join(dir, 'build', 'Release', 'uring_replay.node');
    if (dir === dirname(dir)) return null;
  }
}

let loaded: NativeAddon | null = null;

/** Loads the addon once. Throws UR_NOT_BUILT when it is missing or was built for another Node or machine. */
export function loadNative(): NativeAddon {
  loaded ??= load();
  return loaded;
}

function load(): NativeAddon {
  const path = addonPath();
  if (path === null || !existsSync(path)) {
    throw new UringReplayError('UR_NOT_BUILT', `the native part is not built (${path ?? 'no binding.gyp'})`, 'npm run build');
  }
  let raw: RawAddon;
  try {
    raw = createRequire(import.meta.url)(path) as RawAddon;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new UringReplayError('UR_NOT_BUILT', `the native part can't be loaded: ${reason}`, 'npm run build', { cause: error });
  }
  return {
    probe: () => attempt(() => JSON.parse(raw.probe()) as ProbeReport),
    create: (program, options) => attempt(() => new Replay(new raw.Replay(program, complete(options)))),
    enterRoot: (dir) => {
      attempt(() => { raw.enterRoot(dir); });
    },
    countSyscalls: (tracepoint, threads) => attempt(() => new raw.SyscallCount(tracepoint, threads)),
    layout: () => raw.layout(),
  };
}
