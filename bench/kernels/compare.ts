/** Boots each kernel, replays the same program in it, and puts what came of it side by side. */
import { chooseArms } from '../arms/arms.js';
import { loadTrace } from '../../replay/strace/load.js';
import type { Trace } from '../../replay/trace/model.js';
import { cacheDirectory } from './cache.js';
import { describeChanges } from './changes.js';
import { fetchKernel } from './fetch.js';
import { runnerDigest } from './guest.js';
import { agreement } from './identical.js';
import { probeKvm } from './kvm.js';
import { runInNode } from './node-guest.js';
import { failed } from './outcome.js';
import type { ArmOutcome, GuestOutcome } from './outcome.js';
import { makePayload } from './payload.js';
import { QEMU, qemuVersion } from './qemu.js';
import { KERNELS_SCHEMA } from './report.js';
import type { KernelsReport } from './report.js';
import { makeRow, withNeighbours } from './row.js';
import type { VariantFindings } from './findings.js';
import type { BareRow } from './row.js';
import { runJobs } from './run-jobs.js';
import type { FinishedJob } from './run-jobs.js';
import { checkKernelsSettings } from './settings.js';
import type { KernelsSettings } from './settings.js';
import { unitOf } from './tier.js';
import type { Tier } from './tier.js';
import { needTool } from './tools.js';
import { makeVariants, planJobs } from './variants.js';
import type { Variant } from './variants.js';

/**
 * Rejects with UringReplayError: what the settings, the log, a kernel's name, a missing tool or the tree are
 * refused for. A guest that fails is no rejection: it is in the report.
 */
export async function compareKernels(settings: KernelsSettings): Promise<KernelsReport> {
  checkKernelsSettings(settings);
  const say = settings.onProgress ?? ((): void => undefined);
  needTool(QEMU);
  const trace = await loadTrace(settings.file);
  const kernels = [];
  for (const text of settings.kernels) kernels.push({ text, kernel: await fetchKernel(text, { say }) });
  const { tier, reason } = await chooseTier(settings, kernels[0].kernel);
  say('making the tree');
  const arms = chooseArms({ ...settings, threads: 0 });
  const { plan, payload } = await makePayload(trace, settings, tier, tier === 'functional' ? arms.length : 1);
  const variants = makeVariants(kernels, settings.commandLines);
  const jobs = planJobs(variants, arms, tier);
  const deadlineMs = settings.deadlineSeconds * 1000;
  const started = performance.now();
  const options = { deadlineMs, onProgress: say, ...(settings.signal && { signal: settings.signal }) };
  const jobsOptions = { ...options, tier, parallel: settings.parallel };
  const finished = await runJobs(jobs, payload, jobsOptions);
  const nodes = tier === 'functional' && settings.node ? await runInNode(variants, payload, arms, options) : null;
  const seconds = (performance.now() - started) / 1000;
  const [qemu, runner] = await Promise.all([qemuVersion(), runnerDigest()]);
  const shared = { trace, plan, settings, payload, tier, qemu, runner, arms };
  const rows = variants.map((variant, i) => makeRow(shared, findingsOf(variant, finished, tier), nodes?.[i] ?? null));
  return assemble({ settings, trace, replayed: plan.ops, tier, reason, qemu, runner, rows, seconds, guests: finished.length + (nodes?.length ?? 0) });
}

async function chooseTier(settings: KernelsSettings, kernel: Parameters<typeof probeKvm>[1]): Promise<{ readonly tier: Tier; readonly reason: string }> {
  if (settings.tier !== null) return { tier: settings.tier, reason: 'asked for' };
  settings.onProgress?.('trying hardware virtualisation');
  const kvm = await probeKvm(cacheDirectory(), kernel, settings.signal);
  return kvm.works ? { tier: 'kvm', reason: kvm.detail } : { tier: 'icount', reason: `no working KVM here (${kvm.detail})` };
}

/** All that the guests of one variant found, arm by arm; refuses instruction counts that two runs disagree on. */
function findingsOf(variant: Variant, finished: readonly FinishedJob[], tier: Tier): VariantFindings {
  const own = finished.filter(({ job }) => job.variant === variant);
  const arms: { id: string; runs: ArmOutcome[] }[] = [];
  const missing: { arm: string; reason: string; console: string | null }[] = [];
  let guest: GuestOutcome | null = null;
  for (const id of new Set(own.flatMap(({ job }) => job.arms.map((arm) => arm.id)))) {
    const runs: ArmOutcome[] = [];
    let refusal: (typeof missing)[number] | null = null;
    for (const { job, outcome } of own) {
      if (!job.arms.some((arm) => arm.id === id)) continue;
      if (failed(outcome)) {
        refusal ??= { arm: id, reason: `the guest failed: ${outcome.failure}`, console: outcome.console };
        continue;
      }
      guest ??= outcome;
      const unsupported = outcome.unsupported.find((arm) => arm.id === id);
      if (unsupported !== undefined) refusal ??= { arm: id, reason: `unsupported: ${unsupported.reason}`, console: null };
      else runs.push(outcome.arms.find((arm) => arm.id === id)!);
    }
    const agreed = tier === 'icount' && refusal === null ? agreement(runs) : null;
    if (agreed?.outcome === null) refusal = { arm: id, reason: `not reproducible, so not a figure: its two runs differ in ${agreed.difference}`, console: null };
    if (refusal !== null) missing.push(refusal);
    else arms.push({ id, runs: agreed?.outcome == null ? runs : [agreed.outcome] });
  }
  return { variant, guest, arms, missing };
}

interface Assembly {
  readonly settings: KernelsSettings;
  readonly trace: Trace;
  readonly replayed: number;
  readonly tier: Tier;
  readonly reason: string;
  readonly qemu: string;
  readonly runner: string;
  readonly rows: readonly BareRow[];
  readonly seconds: number;
  readonly guests: number;
}

function assemble({ settings, trace, replayed, tier, reason, qemu, runner, rows: bare, seconds, guests }: Assembly): KernelsReport {
  const unit = unitOf(tier, settings.latencyNs);
  const rows = withNeighbours(bare);
  return {
    schema: KERNELS_SCHEMA,
    tier,
    unit,
    tierReason: reason,
    qemu,
    runner,
    trace: { file: trace.file, digest: trace.digest, calls: trace.length, replayed },
    conditions: conditionsText(settings),
    rows,
    changes: describeChanges(rows, unit),
    seconds,
    guests,
  };
}

function conditionsText({ cache, fileSystem, latencyNs, scattered, window }: KernelsSettings): string {
  const device = fileSystem === 'tmpfs' ? 'tmpfs' : `${fileSystem} on ${latencyNs > 0 ? `null_blk, ${latencyNs / 1e6} ms per request` : 'a RAM disk'}`;
  return `${cache} cache, ${device}${scattered ? ', one inode per block' : ''}, ${window} window, 1 CPU`;
}
