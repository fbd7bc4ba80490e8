/**
 * `--engine auto`: a quick pilot of every honest way to make these calls (the same calls, in the log's order unless
 * another is asked for) finds the one that is worth a real experiment. Its samples choose and are then forgotten: the
 * best of many tries is the luckiest, too, so the choice is measured anew in fresh processes against the plain calls.
 */
import { availableParallelism } from 'node:os';
import type { EngineName, ProbeReport } from '../replay/engine.js';
import { chooseArms, withCaches, type ArmSpec } from './arms/arms.js';
import type { ArmChoice } from './arms/choice.js';
import { calibrate } from './calibrate/calibrate.js';
import { turns } from './calibrate/turns.js';
import type { Scene } from './scene.js';
import type { RunSettings } from './settings.js';
import { median, pairedRatios } from './statistics/statistics.js';
import { withTeam } from './arms/team.js';

/** What the pilot tried, and what it chose. */
export interface Pilot {
  readonly candidates: readonly {
    readonly id: string;
    /** Time of the plain calls / its own, median over the pilot's rounds; null: not measured. */
    readonly speedup: number | null;
    /** Why it was not measured. */
    readonly leftOut: string | null;
  }[];
  /** The fastest but for the plain calls, which it is then compared with; null: there was no candidate. */
  readonly chosen: string | null;
  readonly seconds: number;
}

/** Engines that make the same calls: no rewrites, no no-ops, nothing of another part. */
export const AUTO_ENGINES: readonly EngineName[] = ['ring', 'threads', 'hybrid'];
export const AUTO_BATCHES = [8, 32, 128, 0];
/** Where calls wait for storage, more of them at once pay, whatever carries them. */
const WIDE = 128;
const HYBRID_BATCH = 32;

type Wishes = Pick<ArmChoice, 'orders' | 'batches' | 'window' | 'setup' | 'workers' | 'affinity' | 'threads'> & Pick<RunSettings, 'cache' | 'latencyNs'>;

/** In no particular order, each once. `wishes.threads`, `wishes.workers` 0: those that are worth a try here. */
export function candidatesFor(wishes: Wishes, cpus = availableParallelism()): ArmSpec[] {
  const slow = wishes.cache !== 'warm' || wishes.latencyNs !== null;
  const widths = wishes.threads !== 0 ? [wishes.threads] : [...new Set([cpus, HYBRID_BATCH, ...(slow ? [WIDE] : [])])];
  const workers = wishes.workers !== 0 ? [wishes.workers] : slow ? [0, WIDE] : [0];
  const arms = [
    ...workers.flatMap((limit) => chooseArms({ ...wishes, engines: ['ring'], workers: limit })),
    ...widths.flatMap((threads) => chooseArms({ ...wishes, engines: ['threads'], threads })),
    ...chooseArms({ ...wishes, engines: ['hybrid'], batches: slow ? [HYBRID_BATCH, WIDE] : [HYBRID_BATCH] }),
  ];
  return [...new Map(arms.map((arm) => [arm.id, arm])).values()];
}

/** The arms to measure, serial first, and how they were chosen. */
export async function choose(
  settings: RunSettings, scene: Scene, probe: ProbeReport,
): Promise<{ readonly arms: readonly ArmSpec[]; readonly pilot: Pilot }> {
  const { signal, onProgress, cache } = settings;
  const begin = performance.now();
  const [serial] = withCaches(chooseArms({ ...settings, engines: ['serial'] }), cache);
  const specs = await calibrate(withCaches(candidatesFor(settings), cache), scene, probe, settings);
  // Where the hybrid found nothing better than the plain calls it is them, instruction for instruction.
  const same = specs.filter(({ calibration }) => calibration?.way === 'direct');
  const tried = specs.filter((spec) => !same.includes(spec));
  onProgress?.(`trying ${tried.length} ways to make these calls`);
  const { speedups, missing } = await withTeam([serial, ...tried], scene, probe, signal, async (team) => {
    const [plain, ...others] = await turns(team.members);
    return {
      speedups: new Map(others.map((ns, i) => [team.members[i + 1].id, median(pairedRatios(plain, ns))])),
      missing: new Map(team.missing.map(({ id, reason }) => [id, reason])),
    };
  });
  const candidates = specs
    .map(({ id }) => ({ id, speedup: speedups.get(id) ?? null, leftOut: missing.get(id) ?? (same.some((one) => one.id === id) ? 'it is the plain calls: nothing else paid in its calibration' : null) }))
    .sort((a, b) => (b.speedup ?? 0) - (a.speedup ?? 0));
  const best = specs.find(({ id }) => id === candidates.find(({ speedup }) => speedup !== null)?.id);
  return {
    arms: best === undefined ? [serial] : [serial, best],
    pilot: { candidates, chosen: best?.id ?? null, seconds: (performance.now() - begin) / 1000 },
  };
}
