/**
 * The runner and its plan as they would be installed: on the storage that is measured, so that starting the one and
 * reading the other is part of the price.
 */
import { copyFileSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import path from 'node:path';
import { UringReplayError } from '../../replay/errors.js';
import { removeAtEnd } from '../../replay/leftovers.js';

export interface Kit {
  readonly runner: string;
  readonly plan: string;
  remove(): void;
}

/** Not /tmp, which is bound into the slow root directory as it is. */
const PARENT = '/var/tmp';

/** Copies of both files. Throws UR_CANNOT_WRITE. */
export function installKit(runner: string, plan: string, parent = PARENT): Kit {
  let remove = (): void => undefined;
  try {
    const dir = realpathSync(mkdtempSync(path.join(parent, 'uring-replay-')));
    remove = removeAtEnd(dir, () => { rmSync(dir, { recursive: true, force: true }); });
    const kit = { runner: path.join(dir, 'uring-warm'), plan: path.join(dir, 'start.plan'), remove };
    copyFileSync(runner, kit.runner);
    copyFileSync(plan, kit.plan);
    return kit;
  } catch (error) {
    remove();
    throw new UringReplayError('UR_CANNOT_WRITE', `the runner and the plan cannot be put into ${parent}: ${(error as Error).message}`, `Make ${parent} a directory that you may write to.`, { cause: error });
  }
}
