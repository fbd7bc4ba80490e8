/**
 * A guest with a real Node, to prove that the addon itself loads and verifies on a kernel: an ext4 image with
 * this Node, its libraries and the built kit, attached as a read-only disk. Functional tier only.
 */
import { cp, mkdir, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { temporaryFolder } from '../../replay/temporary.js';
import { parseFrames } from './frames.js';
import { deviceCommandLine, guestArchive, moduleLines, modulesFor, sceneLines } from './guest.js';
import type { GuestArm, Payload } from './guest.js';
import { consoleTail, runGuest } from './qemu.js';
import { runTool } from './tools.js';
import type { Variant } from './variants.js';

export interface NodeOutcome {
  /** `v20.19.2`, or null where it did not get that far. */
  readonly node: string | null;
  /** Divergences per arm; null: the arm failed, see `failures`. */
  readonly divergences: Readonly<Record<string, number | null>>;
  readonly failures: readonly string[];
}

const PACKAGE = fileURLToPath(new URL('../../..', import.meta.url));
const ADDON = 'build/Release/uring_replay.node';
const MAIN = 'dist/bench/kernels/node-guest-main.js';
const KIT = ['package.json', 'binding.gyp', ADDON, 'dist/replay', 'dist/bench/kernels'];
const RUN_SECONDS_MAX = 120;
const MIB = 2 ** 20;

/** Files that the dynamic linker loads for `binary`, and itself. */
async function librariesOf(binary: string): Promise<string[]> {
  const text = (await runTool('ldd', [binary], { tolerant: true })).toString('utf8');
  return [...text.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map((match) => match[1]);
}

/** The image file in `dir`. */
async function makeNodeImage(dir: string, program: Uint8Array): Promise<string> {
  const root = join(dir, 'root');
  const node = process.execPath;
  const put = async (from: string, to: string): Promise<void> => {
    await mkdir(dirname(join(root, to)), { recursive: true });
    await cp(await realpath(from), join(root, to), { recursive: true });
  };
  for (const sub of ['proc', 'dev', 'tree', 'tmp']) await mkdir(join(root, sub), { recursive: true });
  await put(node, '/node');
  for (const library of new Set([...(await librariesOf(node)), ...(await librariesOf(join(PACKAGE, ADDON)))])) await put(library, library);
  for (const part of KIT) await put(join(PACKAGE, part), join('/kit', part));
  await writeFile(join(root, 'program'), program);
  const image = join(dir, 'image');
  const megabytes = Math.ceil(((await stat(node)).size * 1.15 + program.length) / MIB) + 64;
  await runTool('mke2fs', ['-q', '-F', '-t', 'ext4', '-b', '4096', '-O', '^metadata_csum_seed,^orphan_file', '-E', 'root_owner=0:0', '-m', '0', '-d', root, image, `${megabytes}M`]);
  await rm(root, { recursive: true });
  return image;
}

/** Boots every variant with the same image, one after the other. */
export async function runInNode(
  variants: readonly Variant[], payload: Payload, arms: readonly GuestArm[],
  options: { readonly deadlineMs: number; readonly signal?: AbortSignal; readonly onProgress: (message: string) => void },
): Promise<NodeOutcome[]> {
  const folder = temporaryFolder('uring-replay-node-');
  try {
    options.onProgress('making a disk image with Node');
    const disk = await makeNodeImage(folder.path, payload.program);
    const outcomes: NodeOutcome[] = [];
    for (const variant of variants) {
      options.onProgress(`Node in a guest: ${variant.label}`);
      outcomes.push(await runOne(variant, payload, arms, disk, folder.path, options));
    }
    return outcomes;
  } finally {
    folder.remove();
  }
}

async function runOne(
  variant: Variant, payload: Payload, arms: readonly GuestArm[], disk: string, dir: string,
  options: { readonly deadlineMs: number; readonly signal?: AbortSignal },
): Promise<NodeOutcome> {
  const { kernel } = variant;
  const diskModules = modulesFor(kernel, ['virtio_pci', 'virtio_blk', 'ext4']);
  // A tree per arm where arms change theirs.
  const scene = sceneLines(kernel, payload, payload.writes ? arms.length : 1, '/node/tree');
  const command = (arm: GuestArm, i: number): string =>
    ['run', i, RUN_SECONDS_MAX, '/node', '/node', join('/kit', MAIN), '/program', payload.writes ? `/tree/${i}` : '/tree', JSON.stringify(arm.options)].join('\t');
  const script = [
    ...moduleLines(diskModules, payload), 'mount\text4\t/dev/vda\t/node\tro', 'mount\tproc\tnone\t/node/proc', 'mount\tdevtmpfs\tnone\t/node/dev',
    ...scene.lines, ...arms.map(command),
  ].join('\n');
  const modules = [...new Set([...diskModules, ...scene.modules])];
  const initrd = join(dir, 'initrd');
  await writeFile(initrd, await guestArchive(kernel, { script: `${script}\n`, modules }, payload));
  const end = await runGuest({ kernel: kernel.image, initrd, disk }, {
    tier: 'functional', memoryMiB: 1024 + Math.ceil((2.2 * (payload.imageRequest?.fileBytes ?? 0)) / MIB),
    commandLine: [deviceCommandLine(payload), variant.commandLine].filter((part) => part !== '').join(' '), deadlineMs: options.deadlineMs, ...(options.signal && { signal: options.signal }),
  });
  return readNodeOutcome(end.output, arms, consoleTail(end.console, 3));
}

function readNodeOutcome(output: Buffer, arms: readonly GuestArm[], console: string): NodeOutcome {
  const parsed = parseFrames(output);
  if (!parsed.ok) return { node: null, divergences: {}, failures: [`${parsed.reason}; the console ends: ${console}`] };
  const text = (name: string): string | undefined => parsed.frames.find((frame) => frame.name === name)?.payload.toString('utf8').trim();
  const failure = text('failure');
  if (failure !== undefined) return { node: null, divergences: {}, failures: [failure] };
  let node: string | null = null;
  const divergences: Record<string, number | null> = {};
  const failures: string[] = [];
  for (const [i, arm] of arms.entries()) {
    const frame = parsed.frames.find(({ name }) => name === `${i}.out`);
    divergences[arm.id] = null;
    if (frame?.status !== 0) {
      failures.push(`${arm.id}: ${text(`${i}.err`)?.split('\n').find((line) => line.includes('Error')) ?? `status ${frame?.status ?? 'unknown'}`}`);
      continue;
    }
    const answer = JSON.parse(frame.payload.toString('utf8')) as { readonly node: string; readonly divergences: number };
    node = answer.node;
    divergences[arm.id] = answer.divergences;
  }
  return { node, divergences, failures };
}
