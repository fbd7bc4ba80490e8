/** From a log to what every guest gets: program, tree, empty file system. */
import { HEADER, HEADER_WRITES } from '../../replay/plan/format.js';
import { UringReplayError } from '../../replay/errors.js';
import type { Trace } from '../../replay/trace/model.js';
import { resolve } from '../../replay/world/resolve.js';
import type { Plan } from '../../replay/world/types.js';
import { treesFor } from './guest.js';
import type { Passes, Payload } from './guest.js';
import { makeImage } from './image.js';
import type { ImageRequest } from './image.js';
import type { KernelsSettings } from './settings.js';
import type { Tier } from './tier.js';
import { packTree } from './tree.js';

/**
 * Emulation does some 20,000 calls a second, so long programs get fewer passes. The ring needs about eight
 * until io-wq's workers and its caches have settled.
 */
const CALLS_PER_GUEST = 20_000;
const WARM_UP = { min: 4, max: 20 };
const MEASURED = { min: 6, max: 15 };

/** How many passes a program of `ops` calls gets. */
function passesFor(ops: number, tier: Tier, cache: 'warm' | 'cold'): Passes {
  if (tier === 'functional') return { warmUp: 0, measured: 1 };
  // The first drop finds the tree just written, and less of it droppable than all later ones.
  if (cache === 'cold') return { warmUp: 1, measured: MEASURED.min };
  const within = ({ min, max }: typeof MEASURED): number => Math.min(Math.max(Math.round(CALLS_PER_GUEST / ops), min), max);
  return { warmUp: within(WARM_UP), measured: within(MEASURED) };
}

/** Rejects with UR_NOTHING_TO_REPLAY, UR_TREE_TOO_LARGE, UR_TOOL_MISSING. */
export async function makePayload(trace: Trace, settings: KernelsSettings, tier: Tier, armsPerGuest: number): Promise<{ readonly plan: Plan; readonly payload: Payload }> {
  const plan = resolve(trace, { mode: 'sandbox', ...(settings.pids !== null && { pids: settings.pids }) });
  if (plan.ops === 0) {
    throw new UringReplayError('UR_NOTHING_TO_REPLAY', `${trace.file}: none of its ${trace.length} calls can be replayed`, 'See "uring-replay check LOG" for the reason of each call.');
  }
  const tree = packTree(plan.tree.root);
  const { fileSystem, scattered, cache, latencyNs } = settings;
  const writes = (new DataView(plan.program.buffer, plan.program.byteOffset).getUint32(HEADER.flags, true) & HEADER_WRITES) !== 0;
  const passes = passesFor(plan.ops, tier, cache);
  const copies = treesFor(writes, passes, armsPerGuest);
  const imageRequest: ImageRequest | null = fileSystem === 'tmpfs' ? null : { fileSystem, scattered, entries: tree.entries * copies, fileBytes: tree.fileBytes * copies };
  const image = imageRequest === null ? null : await makeImage(imageRequest);
  return { plan, payload: { program: plan.program, tree: tree.data, treeBytes: tree.fileBytes, image, imageRequest, fileSystem, cache, latencyNs, scattered, writes, passes } };
}
