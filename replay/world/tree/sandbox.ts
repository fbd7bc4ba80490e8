/** The life of a sandbox: made for a replay, removed whatever happens, or kept on request. */
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UringReplayError } from '../../errors.js';
import { removeAtEnd } from '../../leftovers.js';
import { makeTemporary } from '../../temporary.js';
import type { TreeModel } from '../types.js';
import { buildTree } from './build.js';
import type { ContentSource } from './content.js';
import { readMarker } from './marker.js';
import type { TreeSize } from './measure.js';
import { removeTree } from './remove.js';

export const SANDBOX_PREFIX = 'uring-replay-';

export interface SandboxOptions {
  /** Use this directory: filled when it is empty or does not exist, used as it is when it holds a tree of ours. Always kept. */
  readonly dir?: string;
  /** Keep the temporary directory. */
  readonly keep?: boolean;
  /** See BuildOptions. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  readonly confined?: boolean;
  readonly content?: ContentSource | null;
}

export interface Sandbox {
  /** Absolute, without symlinks: the directory that becomes the root. */
  readonly path: string;
  /** Whether remove() leaves it. */
  readonly kept: boolean;
  /** What was built; null when an existing tree is used. */
  readonly built: TreeSize | null;
  /** Removes it, unless kept. Safe to call again. */
  remove(): void;
}

/**
 * Throws UringReplayError: UR_SANDBOX_NOT_EMPTY for a directory that holds anything but a finished tree of ours,
 * and what buildTree throws; nothing is left behind then.
 */
export async function createSandbox(tree: TreeModel, options: SandboxOptions = {}): Promise<Sandbox> {
  const { dir, keep = false, ...build } = options;
  if (dir !== undefined) return await useDirectory(tree, dir, build);
  const made = makeTemporary(SANDBOX_PREFIX, 'Set TMPDIR to a directory that you may write to, or use --sandbox DIR.');
  const release = keep ? null : removeAtEnd(made, removeTree);
  try {
    const built = await buildTree(tree, made, { ...build, keep });
    return { path: made, kept: keep, built, remove: () => release?.() };
  } catch (error) {
    if (release === null) removeTree(made);
    else release();
    throw error;
  }
}

async function useDirectory(tree: TreeModel, dir: string, options: SandboxOptions): Promise<Sandbox> {
  const remove = (): void => undefined;
  const absolute = path.resolve(dir);
  if (isFilledDirectory(absolute)) {
    const marker = readMarker(absolute);
    if (marker === null) {
      throw new UringReplayError(
        'UR_SANDBOX_NOT_EMPTY',
        `${dir} is not empty and not a tree that uring-replay built`,
        'name a directory that is empty or does not exist, or one made by `uring-replay tree LOG -o DIR`',
      );
    }
    if (!marker.complete) {
      throw new UringReplayError(
        'UR_SANDBOX_NOT_EMPTY',
        `${dir} holds a tree whose building was cut off (process ${marker.pid}, ${marker.date})`,
        `remove it (rm -rf) and try again`,
      );
    }
    return { path: realpathSync.native(absolute), kept: true, built: null, remove };
  }
  const built = await buildTree(tree, absolute, { ...options, keep: true });
  return { path: realpathSync.native(absolute), kept: true, built, remove };
}

function isFilledDirectory(dir: string): boolean {
  try {
    return lstatSync(dir).isDirectory() && readdirSync(dir).length > 0;
  } catch {
    return false; // buildTree says what is wrong with it, if anything
  }
}

/** Temporary sandboxes whose process is gone (killed by SIGKILL, power lost), not kept on purpose. */
export function staleSandboxes(parent: string = tmpdir()): string[] {
  return readdirSync(parent)
    .filter((name) => name.startsWith(SANDBOX_PREFIX))
    .map((name) => path.join(parent, name))
    .filter((dir) => {
      const marker = readMarker(dir);
      return marker !== null && !marker.keep && !isAlive(marker.pid);
    });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: alive, and somebody else's.
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
