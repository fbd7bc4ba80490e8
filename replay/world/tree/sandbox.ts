/** The life of a sandbox: made for a replay, removed whatever happens, or kept on request. */
import { lstatSync, readdirSync, realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { UringReplayError } from '../../errors.js';
import { temporaryFolder } from '../../temporary.js';
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
  const made = temporaryFolder(SANDBOX_PREFIX, 'Set TMPDIR to a directory that you may write to, or use --sandbox DIR.');
  const release = keep ? null : removeAtEnd(made);
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

/** Sandboxes of this process that are still to be removed. */
const pending = new Set<string>();
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

function removePending(): void {
  for (const dir of pending) {
    pending.delete(dir);
    try {
      removeTree(dir);
    } catch (error) {
      process.stderr.write(`uring-replay: ${dir} could not be removed: ${error instanceof Error ? error.message : String(error)}\n`);
    }
  }
}

/** Whoever else listens to the signal decides when to end; alone, end as without a handler, after removing. */
function onSignal(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  removePending();
  process.off(signal, onSignal);
  process.kill(process.pid, signal);
}

/** Has `dir` removed when this process ends, or when the returned function is called. */
function removeAtEnd(dir: string): () => void {
  if (pending.size === 0) {
    process.on('exit', removePending);
    for (const signal of SIGNALS) process.on(signal, onSignal);
  }
  pending.add(dir);
  return () => {
    if (!pending.delete(dir)) return;
    if (pending.size === 0) {
      process.off('exit', removePending);
      for (const signal of SIGNALS) process.off(signal, onSignal);
    }
    removeTree(dir);
  };
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
