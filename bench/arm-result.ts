/** From what was measured of an arm to its entry in the result document. */
import type { Divergence } from '../replay/engine.js';
import type { OpSpec } from '../replay/plan/format.js';
import { POOL_DEFAULT } from '../replay/libuv/pool.js';
import { ProgramView } from '../replay/plan/view.js';
import type { Trace } from '../replay/trace/model.js';
import type { MeasuredArm } from './arm.js';
import { ARM_KINDS, needsRing, type ArmParameter } from './arms.js';
import { bootstrapMedian, splitBlocks, type Blocks } from './bootstrap.js';
import { storageUse } from './conditions/summary.js';
import { driftOf } from './drift.js';
import { partOf, type PartOfPlan } from './parts.js';
import type { ArmResult } from './result.js';
import type { Scene } from './scene.js';
import { countOutliers, median } from './statistics.js';
import type { TeamMember } from './team.js';
import { tinybenchStatistics } from './tinybench.js';

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

function pathOf(op: OpSpec, prefix: string): string | null {
  if (op.path === undefined || op.path.length === 0) return null;
  const text = printable(op.path);
  return text.startsWith(prefix) ? text.slice(prefix.length) || '/' : text;
}

/** As UTF-8 where it is; other bytes and control characters as \xNN, as strace prints them. */
function printable(path: Uint8Array): string {
  const text = Buffer.from(path).toString('utf8');
  const exact = !text.includes('\uFFFD') ? text : Buffer.from(path).toString('latin1').replace(/[\x80-\xff]/g, hex);
  // eslint-disable-next-line no-control-regex
  return exact.replace(/[\x00-\x1f\x7f]/g, hex);
}

function hex(char: string): string {
  return `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`;
}
