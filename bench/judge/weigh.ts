/** Every comparison of an experiment, and what it means for the program. */
import type { MeasuredArm } from '../arms/arm.js';
import { baselineOf, isFloor, isSerial, type ArmSpec, type Part } from '../arms/arms.js';
import { bootstrapMedian, type Blocks } from '../statistics/bootstrap.js';
import { ceilingRatios, floorOf, PLAIN_FLOOR } from '../arms/ceiling.js';
import { impactOf } from './impact.js';
import { compareArms, type RoundValues } from './judge.js';
import type { Comparison, Estimate, Impact, Recording } from '../result/result.js';
import type { Team } from '../arms/team.js';

interface MeasuredSpec extends RoundValues {
  readonly spec: ArmSpec;
}

const CACHES = ['warm', 'cold'] as const;
const PARTS: readonly (Part | undefined)[] = [undefined, 'fs'];

/** Arms are compared with those that make the same calls, with the same cache. The recording was made warm, so it says nothing of cold arms. */
export function weighAll(
  team: Pick<Team, 'members'>,
  measured: readonly MeasuredArm[],
  blocks: Blocks,
  { recording, seed }: { readonly recording: Recording | null; readonly seed: number },
): { readonly comparisons: Comparison[]; readonly impact: Impact | null } {
  const all = team.members.map(({ spec }, i): MeasuredSpec => ({ spec, ...roundValues(measured[i], blocks) }));
  const floors = all.filter(isFloor);
  const weighed = PARTS.flatMap((part) => CACHES.map((cache) => {
    const group = all.filter((arm) => arm.spec.cache === cache && arm.spec.part === part && !isFloor(arm));
    return weigh(group, floors, cache === 'warm' && part === undefined ? recording : null, seed);
  }));
  return { comparisons: weighed.flatMap(({ comparisons }) => comparisons), impact: weighed[0].impact };
}

function weigh(
  arms: readonly MeasuredSpec[],
  floors: readonly MeasuredSpec[],
  recording: Recording | null,
  seed: number,
): { readonly comparisons: Comparison[]; readonly impact: Impact | null } {
  const baseline = baselineOf(arms);
  if (baseline === undefined) return { comparisons: [], impact: null };
  const others = arms.filter((arm) => arm !== baseline);
  const comparisons = others.map((arm) => ({ ...compareArms(baseline, arm, seed), ceiling: ceilingOf(arm, baseline, floors, seed) }));
  const known = recording !== null && isSerial(baseline);
  return { comparisons, impact: known ? impactOf(recording, baseline, others, comparisons, seed) : null };
}

function ceilingOf(arm: MeasuredSpec, baseline: MeasuredSpec, floors: readonly MeasuredSpec[], seed: number): Estimate | null {
  const nops = (id: string | null): MeasuredSpec | undefined => floors.find((floor) => floor.id === id);
  const [plain, ring] = [nops(PLAIN_FLOOR), nops(floorOf(arm.spec.options))];
  if (plain === undefined || ring === undefined || !isSerial(baseline)) return null;
  const ratios = ceilingRatios(baseline.wallNs, plain.wallNs, ring.wallNs);
  if (ratios.length === 0) return null;
  return bootstrapMedian(ratios, seed, ratios.length === arm.wallNs.length && arm.blocks !== undefined ? { blocks: arm.blocks } : {});
}

function roundValues(arm: MeasuredArm, blocks: Blocks): RoundValues {
  return { id: arm.id, wallNs: arm.roundWallNs, cpuNs: arm.roundCpuNs, blocks };
}
