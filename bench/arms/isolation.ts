/**
 * How an arm process gets the sandbox as its root directory on this host. Tried, not guessed: a process
 * started exactly like an arm tries to enter, because what forbids it (capabilities, seccomp, AppArmor's
 * restriction of user namespaces, user.max_user_namespaces) cannot be told from outside.
 */
import { UringReplayError } from '../../replay/errors.js';
import { ArmProcess, type ArmStart } from './arm-process.js';

export interface Isolation {
  readonly mode: 'sandbox' | 'confined';
  readonly start: ArmStart;
  /** For the result: how the sandbox is entered, or why it is not. */
  readonly how: string;
}

/** `dir`: the sandbox. `main`: another arm entry, in tests. Rejects when the addon itself cannot be loaded. */
export async function findIsolation(dir: string, isRoot = process.getuid?.() === 0, main?: URL): Promise<Isolation> {
  const refusals: string[] = [];
  if (isRoot) {
    const refusal = await tryToEnter(dir, 'direct', main);
    if (refusal === null) return { mode: 'sandbox', start: 'direct', how: 'chroot as root' };
    refusals.push(`chroot as root: ${refusal}`);
  }
  const refusal = await tryToEnter(dir, 'unshare', main);
  if (refusal === null) return { mode: 'sandbox', start: 'unshare', how: 'chroot in a user namespace' };
  refusals.push(`chroot in a user namespace: ${refusal}`);
  return {
    mode: 'confined',
    start: 'direct',
    how: `paths put below the sandbox's directory, so they are longer than in the log (${refusals.join('; ')})`,
  };
}

/** null, or the first line of why not. */
async function tryToEnter(root: string, start: ArmStart, main: URL | undefined): Promise<string | null> {
  const arm = new ArmProcess({ id: 'isolation test', start, programFd: null, ...(main && { main }) });
  try {
    await arm.enter(root);
    return null;
  } catch (error) {
    // A missing or broken addon is no matter of isolation; every other way would end the same.
    if (error instanceof UringReplayError && error.code === 'UR_NOT_BUILT') throw error;
    return shortReason(error);
  } finally {
    await arm.kill();
  }
}

function shortReason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  // unshare(1) says its reason on stderr, which ends the notice of death.
  const last = message.split('\n').at(-1) ?? '';
  return last.replace(/^arm isolation test: (cannot start its process: )?/, '').trim();
}
