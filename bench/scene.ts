/** Where a replay takes place: which program, in which directory, entered how. */
import { tmpdir } from 'node:os';
import { UringReplayError } from '../replay/errors.js';
import type { Trace } from '../replay/trace/model.js';
import { resolve } from '../replay/world/resolve.js';
import { createSandbox, type Sandbox } from '../replay/world/tree/sandbox.js';
import { TreeProof } from '../replay/world/tree/proof.js';
import type { Plan } from '../replay/world/types.js';
import { HEADER_WRITES } from '../replay/plan/format.js';
import { ProgramView } from '../replay/plan/view.js';
import type { ArmStart } from './arm-process.js';
import { findIsolation, type Isolation } from './isolation.js';
import type { RunSettings } from './settings.js';

export interface Scene {
  readonly mode: 'sandbox' | 'confined' | 'live';
  readonly isolation: string;
  readonly start: ArmStart;
  readonly plan: Plan;
  /** What an arm makes its root; null: nothing. */
  readonly root: string | null;
  /** What the replayed paths are on, for the host description. */
  readonly dir: string;
  /** The prefix of every path in the program, to be taken off in messages. */
  readonly prefix: string;
  /** Of the tree before the first pass, for programs that change it. */
  readonly proof: TreeProof | null;
  remove(): void;
}

/** Rejects with UR_NOTHING_TO_REPLAY, and with what the sandbox throws; then nothing is left behind. */
export async function setScene(trace: Trace, settings: RunSettings): Promise<Scene> {
  const pids = settings.pids === null ? {} : { pids: settings.pids };
  if (settings.live) {
    const plan = resolve(trace, { mode: 'live', ...pids });
    refuseEmpty(trace, plan);
    const isolation = 'none: read-only against the real file system';
    return { mode: 'live', isolation, start: 'direct', plan, root: null, dir: '/', prefix: '', proof: null, remove: () => undefined };
  }
  const plan = resolve(trace, { mode: 'sandbox', ...pids });
  refuseEmpty(trace, plan);
  settings.onProgress?.('finding out how to enter a sandbox');
  const isolation = await findIsolation(tmpdir());
  settings.onProgress?.('building the file tree');
  const sandbox = await createSandbox(plan.tree, {
    ...(settings.sandboxDir !== null && { dir: settings.sandboxDir }),
    ...(settings.signal && { signal: settings.signal }),
    keep: settings.keep,
    maxBytes: settings.maxTreeBytes,
    confined: isolation.mode === 'confined',
  });
  try {
    return inSandbox(sandbox, isolation, isolation.mode === 'sandbox' ? plan : confine(trace, sandbox, pids));
  } catch (error) {
    sandbox.remove();
    throw error;
  }
}

function inSandbox(sandbox: Sandbox, { mode, how, start }: Isolation, plan: Plan): Scene {
  const confined = mode === 'confined';
  return {
    mode,
    isolation: how,
    start,
    plan,
    root: confined ? null : sandbox.path,
    dir: sandbox.path,
    prefix: confined ? sandbox.path : '',
    proof: (new ProgramView(plan.program).flags & HEADER_WRITES) === 0 ? null : new TreeProof(sandbox.path),
    remove: () => { sandbox.remove(); },
  };
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
