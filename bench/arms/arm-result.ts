/** From what was measured of an arm to its entry in the result document. */
import type { Divergence } from '../../replay/engine.js';
import { POOL_DEFAULT } from '../../replay/libuv/pool.js';
import { ProgramView } from '../../replay/plan/view.js';
import type { Trace } from '../../replay/trace/model.js';
import type { MeasuredArm } from './arm.js';
import { ARM_KINDS, needsRing, type ArmParameter } from './arms.js';
import { bootstrapMedian, splitBlocks, type Blocks } from '../statistics/bootstrap.js';
import { storageUse } from '../conditions/summary.js';
import { driftOf } from '../statistics/drift.js';
import { pathOf } from '../op-path.js';
import { partOf, type PartOfPlan } from './parts.js';
import type { ArmResult } from '../result/result.js';
import type { Scene } from '../scene.js';
import { countOutliers, median } from '../statistics/statistics.js';
import type { TeamMember } from './team.js';
import { tinybenchStatistics } from '../tinybench.js';

export function armResult(
  member: Pick<TeamMember, 'spec' | 'notes' | 'costs'>,
  measured: MeasuredArm,
  trace: Trace,
  scene: Pick<Scene, 'plan' | 'prefix'>,
  { seed, blocks }: { readonly seed: number; readonly blocks: Blocks },
): ArmResult {
  const { spec: { id, options, cache, calibration, part }, notes, costs } = member;
  const { ops, callOf, leftOut, program } = partOf(scene.plan, part);
  const { parameters, rewrite } = ARM_KINDS[options.engine];
  const { syscalls } = measured;
  const has = (parameter: ArmParameter): boolean => parameters.includes(parameter) && (options.engine !== 'nop' || needsRing(options));
  return {
    id,
    engine: options.engine,
    order: has('order') ? (options.order ?? 'trace') : null,
    batch: has('batch') ? (options.batch ?? 0) : null,
    window: has('window') ? (options.window ?? 'sliding') : null,
    setup: has('setup') ? (options.setup ?? 'auto') : null,
    workers: has('workers') ? (options.workers ?? 0) : null,
    affinity: has('affinity') ? (options.affinity ?? 'any') : null,
    threads: has('threads') ? (options.threads ?? 0) : has('pool') ? (options.pool ?? POOL_DEFAULT) : null,
    variant: options.variant ?? null,
    rewrite,
    callsSaved: rewrite === null || syscalls === null ? null : ops - syscalls,
    leftOut,
    cache,
    storage: storageUse(costs),
    calls: ops,
    wallNs: { ...bootstrapMedian(measured.roundWallNs, seed, { blocks }), samples: measured.wallNs },
    cpuNs: { ...bootstrapMedian(measured.roundCpuNs, seed, { blocks }), samples: measured.cpuNs },
    syscalls,
    inline: measured.counted.inline,
    punted: measured.counted.punted,
    direct: measured.counted.direct,
    countedBy: measured.counted.source,
    ...measured.usage,
    outliers: countOutliers(measured.roundWallNs),
    drift: driftOf(splitBlocks(measured.roundWallNs, blocks).map((ofBlock) => median(ofBlock))),
    divergences: measured.divergences,
    divergent: describeDivergences(measured.divergent, trace, { program, callOf, prefix: scene.prefix }),
    statistics: tinybenchStatistics(id, measured.wallNs),
    calibration: calibration ?? null,
    engineNotes: { ...notes, ...measured.counted.notes },
  };
}

function describeDivergences(
  divergent: readonly Divergence[],
  trace: Trace,
  { program, callOf, prefix }: Pick<PartOfPlan, 'program' | 'callOf'> & Pick<Scene, 'prefix'>,
): ArmResult['divergent'] {
  if (divergent.length === 0) return [];
  const view = new ProgramView(program);
  return divergent.map((divergence) => ({
    ...divergence,
    syscall: trace.call(callOf[divergence.op]).name,
    path: pathOf(view.op(divergence.op), prefix),
  }));
}
