/** Where a replay takes place: which program, in which directory, entered how. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { UringReplayError } from '../replay/errors.js';
import type { Trace } from '../replay/trace/model.js';
import { resolve } from '../replay/world/resolve.js';
import { createSandbox, type Sandbox } from '../replay/world/tree/sandbox.js';
import { TreeProof } from '../replay/world/tree/proof.js';
import type { Plan } from '../replay/world/types.js';
import { HEADER_WRITES } from '../replay/plan/format.js';
import { ProgramView } from '../replay/plan/view.js';
import type { ArmStart } from './arms/arm-process.js';
import { openStorage } from './conditions/open.js';
import { schedulingLauncher } from './conditions/scheduling.js';
import type { Storage } from './conditions/storage.js';
import { findIsolation, type Isolation } from './arms/isolation.js';
import type { RunSettings } from './settings.js';
import { openSnapshot, type ContentCount } from './snapshot/open.js';

export interface Scene {
  readonly mode: 'sandbox' | 'confined' | 'live';
  readonly isolation: string;
  readonly start: ArmStart;
  /** Starts an arm where the storage is to be seen, on the CPUs and with the niceness asked for. */
  readonly launcher: readonly string[];
  /** null: the directory as it is, warm. */
  readonly storage: Storage | null;
  readonly plan: Plan;
  /** sha256 of the program with its paths as in the log, wherever it is replayed. */
  readonly programDigest: string;
  /** What an arm makes its root; null: nothing. */
  readonly root: string | null;
  /** What the replayed paths are on, for the host description. */
  readonly dir: string;
  /** The prefix of every path in the program, to be taken off in messages. */
  readonly prefix: string;
  /** Of the tree before the first pass, for programs that change it. */
  readonly proof: TreeProof | null;
  /** What the files of the tree hold; absent where all of it is generated, or was there already. */
  readonly content?: ContentCount;
  remove(): Promise<void>;
}

/** Rejects with UR_NOTHING_TO_REPLAY, and with what the sandbox throws; then nothing is left behind. */
export async function setScene(trace: Trace, settings: RunSettings): Promise<Scene> {
  const pids = settings.pids === null ? {} : { pids: settings.pids };
  if (settings.live) {
    const plan = resolve(trace, { mode: 'live', ...pids });
    refuseEmpty(trace, plan);
    const isolation = 'none: read-only against the real file system';
    const remove = (): Promise<void> => Promise.resolve();
    const scene: Scene = { mode: 'live', isolation, start: 'direct', launcher: [], storage: null, plan, programDigest: programDigestOf(plan), root: null, dir: '/', prefix: '', proof: null, remove };
    return await withConditions(scene, settings);
  }
  const plan = resolve(trace, { mode: 'sandbox', ...pids });
  refuseEmpty(trace, plan);
  settings.onProgress?.('finding out how to enter a sandbox');
  const isolation = await findIsolation(tmpdir());
  settings.onProgress?.('building the file tree');
  const snapshot = openSnapshot(settings.file, trace.digest);
  const build = createSandbox(plan.tree, {
    ...(settings.sandboxDir !== null && { dir: settings.sandboxDir }),
    ...(settings.signal && { signal: settings.signal }),
    keep: settings.keep,
    maxBytes: settings.maxTreeBytes,
    confined: isolation.mode === 'confined',
    content: snapshot,
  });
  const sandbox = await build.finally(() => snapshot?.close());
  const content = sandbox.built === null ? undefined : snapshot?.count;
  try {
    const scene = inSandbox(sandbox, isolation, isolation.mode === 'sandbox' ? plan : confine(trace, sandbox, pids), programDigestOf(plan));
    return await withConditions({ ...scene, ...(content && { content }) }, settings);
  } catch (error) {
    sandbox.remove();
    throw error;
  }
}

function inSandbox(sandbox: Sandbox, { mode, how, start }: Isolation, plan: Plan, programDigest: string): Scene {
  const confined = mode === 'confined';
  return {
    mode,
    isolation: how,
    start,
    launcher: [],
    storage: null,
    plan,
    programDigest,
    root: confined ? null : sandbox.path,
    dir: sandbox.path,
    prefix: confined ? sandbox.path : '',
    proof: writes(plan.program) ? new TreeProof(sandbox.path) : null,
    remove: () => {
      sandbox.remove();
      return Promise.resolve();
    },
  };
}

/** The scene on the storage asked for, its arms started as asked for. */
async function withConditions(scene: Scene, settings: RunSettings): Promise<Scene> {
  const scheduling = await schedulingLauncher(settings);
  if (settings.cache !== 'warm' || settings.latencyNs !== null) settings.onProgress?.('preparing the storage');
  const storage = await openStorage({
    cache: settings.cache,
    latencyNs: settings.latencyNs,
    dir: scene.mode === 'live' ? null : scene.dir,
    start: scene.start,
    writable: writes(scene.plan.program),
  });
  if (storage === null) return { ...scene, launcher: scheduling };
  return {
    ...scene,
    // In the storage's own user namespace an arm is root already.
    start: settings.latencyNs === null ? scene.start : 'direct',
    launcher: [...scheduling, ...storage.launcher],
    storage,
    remove: async () => {
      await storage.close();
      await scene.remove();
    },
  };
}

export function programDigestOf({ program }: Plan): string {
  return createHash('sha256').update(program).digest('hex');
}

function writes(program: Uint8Array): boolean {
  return (new ProgramView(program).flags & HEADER_WRITES) !== 0;
}

/** The same calls with every path below the sandbox's directory, which has to be there first. */
function confine(trace: Trace, sandbox: Sandbox, pids: { readonly pids?: readonly number[] }): Plan {
  return resolve(trace, { mode: 'confined', root: Buffer.from(sandbox.path), ...pids });
}

function refuseEmpty(trace: Trace, plan: Plan): void {
  if (plan.ops > 0) return;
  const reasons = [...plan.ledger].sort((a, b) => b.count - a.count).slice(0, 3);
  const why = reasons.map(({ syscall, count, reason }) => `${count} ${syscall} (${reason})`).join(', ');
  throw new UringReplayError(
    'UR_NOTHING_TO_REPLAY',
    `${trace.file}: none of its ${trace.length} calls can be replayed${why === '' ? '' : `: ${why}`}`,
    'See "uring-replay check LOG" for the reason of each call; a log of file calls is needed.',
  );
}
