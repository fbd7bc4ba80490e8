/** From what was measured of an arm to its entry in the result document. */
import type { Divergence } from '../replay/engine.js';
import type { OpSpec } from '../replay/plan/format.js';
import { ProgramView } from '../replay/plan/view.js';
import type { Trace } from '../replay/trace/model.js';
import type { MeasuredArm } from './arm.js';
import { ARM_KINDS, needsRing, type ArmParameter } from './arms.js';
import { bootstrapMedian, splitBlocks, type Blocks } from './bootstrap.js';
import { storageUse } from './conditions/summary.js';
import { driftOf } from './drift.js';
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
  const { spec: { id, options, cache, calibration }, notes, costs } = member;
  const { parameters, rewrite } = ARM_KINDS[options.engine];
  const has = (parameter: ArmParameter): boolean => parameters.includes(parameter) && (options.engine !== 'nop' || needsRing(options));
  return {
    id,
    engine: options.engine,
    order: has('order') ? (options.order ?? 'trace') : null,
    batch: has('batch') ? (options.batch ?? 0) : null,
    window: has('window') ? (options.window ?? 'sliding') : null,
    setup: has('setup') ? (options.setup ?? 'auto') : null,
    workers: has('workers') ? (options.workers ?? 0) : null,
    threads: has('threads') ? (options.threads ?? 0) : null,
    variant: options.variant ?? null,
    rewrite,
    callsSaved: rewrite === null ? null : scene.plan.ops - measured.syscalls,
    cache,
    storage: storageUse(costs),
    calls: scene.plan.ops,
    wallNs: { ...bootstrapMedian(measured.roundWallNs, seed, { blocks }), samples: measured.wallNs },
    cpuNs: { ...bootstrapMedian(measured.roundCpuNs, seed, { blocks }), samples: measured.cpuNs },
    syscalls: measured.syscalls,
    inline: measured.counted.inline,
    punted: measured.counted.punted,
    direct: measured.counted.direct,
    countedBy: measured.counted.source,
    ...measured.usage,
    outliers: countOutliers(measured.roundWallNs),
    drift: driftOf(splitBlocks(measured.roundWallNs, blocks).map((ofBlock) => median(ofBlock))),
    divergences: measured.divergences,
    divergent: describeDivergences(measured.divergent, trace, scene),
    statistics: tinybenchStatistics(id, measured.wallNs),
    calibration: calibration ?? null,
    engineNotes: notes,
  };
}

function describeDivergences(divergent: readonly Divergence[], trace: Trace, scene: Pick<Scene, 'plan' | 'prefix'>): ArmResult['divergent'] {
  if (divergent.length === 0) return [];
  const view = new ProgramView(scene.plan.program);
  return divergent.map((divergence) => ({
    ...divergence,
    syscall: trace.call(scene.plan.callOf[divergence.op]).name,
    path: pathOf(view.op(divergence.op), scene.prefix),
  }));
}

function pathOf(op: OpSpec, prefix: string): string | null {
  if (op.path === undefined) return null;
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
