/** What a guest is told to do: the script of its first process and the archive it boots from. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { EngineOptions } from '../../replay/engine.js';
import { UringReplayError } from '../../replay/errors.js';
import { sha256 } from './cache.js';
import type { CachedKernel } from './cache.js';
import { cpioArchive } from './cpio.js';
import type { CpioEntry } from './cpio.js';
import { isDynamic, loadedPart } from './elf.js';
import { deviceBytes } from './image.js';
import type { FileSystem, ImageRequest } from './image.js';
import type { Tier } from './tier.js';

/** Everything that is the same for all guests of a comparison. */
export interface Payload {
  readonly program: Uint8Array;
  readonly tree: Buffer;
  /** What the files of one tree take. */
  readonly treeBytes: number;
  /** null: tmpfs. */
  readonly image: Buffer | null;
  readonly imageRequest: ImageRequest | null;
  readonly fileSystem: FileSystem;
  readonly cache: 'warm' | 'cold';
  readonly latencyNs: number;
  readonly scattered: boolean;
  /** The program creates, changes or removes: every pass needs a tree of its own. */
  readonly writes: boolean;
  readonly passes: Passes;
}

export interface Passes {
  readonly warmUp: number;
  readonly measured: number;
}

export interface GuestArm {
  readonly id: string;
  readonly options: EngineOptions;
}

const ROOT = '/tree';
const MIB = 2 ** 20;
/** Guest time that the kernel's start-up work needs to run out. Idling costs nothing with icount, and real time otherwise. */
const SETTLE_SECONDS: Readonly<Record<Tier, number>> = { kvm: 3, icount: 15, functional: 0 };
const RUN_SECONDS_MAX = 600;
const BINARIES = { init: 'uring-guest-init', runner: 'uring-runner' } as const;

/** The runner's options for an engine's. */
function runnerArguments(options: EngineOptions): string[] {
  const args = ['--engine', options.engine];
  if (options.engine === 'serial') return args;
  args.push('--order', options.order ?? 'trace', '--batch', String(options.batch ?? 0), '--window', options.window ?? 'sliding');
  args.push('--setup', options.setup ?? 'auto', '--workers', String(options.workers ?? 0));
  if (options.links === false) args.push('--no-links');
  if (options.direct === false) args.push('--no-direct');
  return args;
}

function usesNullBlk(payload: Payload): boolean {
  return payload.latencyNs > 0;
}

function deviceModules(payload: Payload): string[] {
  return payload.imageRequest === null ? [] : [payload.imageRequest.fileSystem, usesNullBlk(payload) ? 'null_blk' : 'brd'];
}

/** The modules of `roots` that are not built in, in loading order. Throws UR_MODULE_MISSING. */
export function modulesFor(kernel: CachedKernel, roots: readonly string[]): string[] {
  const { modules, missing, spec } = kernel.record;
  for (const root of roots) {
    if (missing.includes(root)) {
      throw new UringReplayError('UR_MODULE_MISSING', `the kernel ${spec} has no module ${root}`, 'Choose another kernel (Debian\'s plain ones have all that is needed), or another --fs.');
    }
  }
  return [...new Set(roots.flatMap((root) => modules[root] ?? []))];
}

export function moduleLines(modules: readonly string[], payload: Payload): string[] {
  const parameters: Readonly<Record<string, string>> = { brd: `rd_nr=1 rd_size=${brdKib(payload)}`, null_blk: 'nr_devices=0' };
  return modules.map((name) => ['module', `/modules/${name}.ko`, ...(name in parameters ? [parameters[name]] : [])].join('\t'));
}

function brdKib(payload: Payload): number {
  return payload.imageRequest === null ? 0 : deviceBytes(payload.imageRequest) / 1024;
}

/** Parameters for brd and null_blk linked into the kernel; modules take theirs when loaded. */
export function deviceCommandLine(payload: Payload): string {
  return payload.imageRequest === null ? '' : `brd.rd_nr=1 brd.rd_size=${brdKib(payload)} null_blk.nr_devices=0`;
}

/** Timer mode: each request completes after the latency, many at a time; it emulates latency, not a rate. */
function nullBlkLines(payload: Payload): string[] {
  const dir = '/sys/kernel/config/nullb/nullb0';
  const settings = { size: brdKib(payload) / 1024, blocksize: 4096, memory_backed: 1, queue_mode: 2, irqmode: 2, completion_nsec: payload.latencyNs, power: 1 };
  return ['mount\tconfigfs\tnone\t/sys/kernel/config', `mkdir\t${dir}`, ...Object.entries(settings).map(([key, value]) => `write\t${dir}/${key}\t${value}`)];
}

function treeLines(payload: Payload, copies: number, root: string): string[] {
  const lines = copies === 1 ? [`tree\t/tree.list\t${root}`] : Array.from({ length: copies }, (_, i) => [`mkdir\t${root}/${i}`, `tree\t/tree.list\t${root}/${i}`]).flat();
  return payload.imageRequest === null ? lines : [...lines, 'sync'];
}

/** The tree's file system at `root`, filled. */
export function sceneLines(kernel: CachedKernel, payload: Payload, copies: number, root: string): { readonly modules: string[]; readonly lines: string[] } {
  const modules = modulesFor(kernel, deviceModules(payload));
  const { imageRequest } = payload;
  if (imageRequest === null) return { modules, lines: [`mount\ttmpfs\tnone\t${root}`, ...treeLines(payload, copies, root)] };
  const device = usesNullBlk(payload) ? '/dev/nullb0' : '/dev/ram0';
  const options = imageRequest.fileSystem === 'ext4' && payload.scattered ? '\tinode_readahead_blks=0' : '';
  return {
    modules,
    lines: [
      ...moduleLines(modules, payload), ...(usesNullBlk(payload) ? nullBlkLines(payload) : []), `image\t/image\t${device}`,
      `mount\t${imageRequest.fileSystem}\t${device}\t${root}${options}`, ...treeLines(payload, copies, root),
    ],
  };
}

/** Trees that a guest needs: one, or one per pass (and one to count in) of every arm where passes change theirs. */
export function treesFor(writes: boolean, passes: Passes, arms: number): number {
  return writes ? (passes.warmUp + passes.measured + 1) * arms : 1;
}

/** `run` lines of the arm with this index; frames are named `<index>.<n>`. */
function armLines(index: number, arm: GuestArm, payload: Payload): string[] {
  const { warmUp, measured } = payload.passes;
  const run = (n: number, passes: number, count: boolean, root: string): string =>
    ['run', `${index}.${n}`, RUN_SECONDS_MAX, '/', '/runner', '/program', ...runnerArguments(arm.options), '--passes', passes, '--root', root, ...(count ? ['--count'] : [])].join('\t');
  if (payload.cache === 'warm' && !payload.writes) return [run(0, warmUp + measured, true, ROOT)];
  // A process per pass: each finds its cache, or its tree, as no pass has touched it; counting is one more.
  const timed = warmUp + measured;
  return Array.from({ length: timed + 1 }, (_, n) => [
    ...(payload.cache === 'cold' ? ['sync', 'write\t/proc/sys/vm/drop_caches\t3', 'settle\t1'] : []),
    run(n, n === timed ? 0 : 1, n === timed, payload.writes ? `${ROOT}/${index * (timed + 1) + n}` : ROOT),
  ]).flat();
}

export interface GuestPlan {
  readonly script: string;
  readonly modules: readonly string[];
  readonly memoryMiB: number;
}

/** Probe, tree, arms one after the other: frames `probe.out`, `<index of the arm>.<n>.out` and what is read of /proc and /sys. */
export function planGuest(kernel: CachedKernel, payload: Payload, arms: readonly GuestArm[], tier: Tier): GuestPlan {
  const copies = treesFor(payload.writes, payload.passes, arms.length);
  const { modules, lines } = sceneLines(kernel, payload, copies, ROOT);
  const script = [
    ...lines,
    `settle\t${SETTLE_SECONDS[tier]}`,
    ...arms.flatMap((arm, index) => armLines(index, arm, payload)),
    'run\tprobe\t60\t/\t/runner\t--probe',
    'read\tvulnerabilities\t/sys/devices/system/cpu/vulnerabilities',
    'read\tcpuinfo\t/proc/cpuinfo',
  ];
  // Once on the device, once in the page cache.
  const treeMiB = ((payload.imageRequest?.fileBytes ?? payload.treeBytes * copies) * 2.2) / MIB;
  return { script: `${script.join('\n')}\n`, modules, memoryMiB: 512 + Math.ceil(treeMiB / 64) * 64 };
}

/** A file of the build's folder. Throws UR_NO_RUNNER when the native part is not built, or not statically. */
async function readBinary(name: string): Promise<Buffer> {
  const file = fileURLToPath(new URL(`../../../build/Release/${name}`, import.meta.url));
  const data = await readFile(file).catch(() => null);
  if (data === null) throw new UringReplayError('UR_NO_RUNNER', `${file} is not there`, 'Build the native part: npm run build:native');
  if (isDynamic(data)) {
    throw new UringReplayError('UR_NO_RUNNER', `${name} is linked dynamically, so it can't run in a guest that has no libraries`,
      'Install the static C and C++ libraries (Fedora: dnf install glibc-static libstdc++-static) and liburing\'s archive (LIBURING=fetched), then: npm run build:native');
  }
  return loadedPart(data);
}

/** sha256 of the runner as guests get it: figures are comparable exactly only where it is the same. */
export async function runnerDigest(): Promise<string> {
  return sha256(await readBinary(BINARIES.runner));
}

function directory(path: string): CpioEntry {
  return { path, type: 'dir', mode: 0o755 };
}

function file(path: string, data: Uint8Array, mode = 0o644): CpioEntry {
  return { path, type: 'file', mode, data };
}

/** The archive: programs, modules, script, and the payload if there is one. */
export async function guestArchive(kernel: CachedKernel, plan: Pick<GuestPlan, 'script' | 'modules'>, payload: Payload | null): Promise<Buffer> {
  const [init, runner] = await Promise.all([readBinary(BINARIES.init), readBinary(BINARIES.runner)]);
  const modules = await Promise.all(plan.modules.map(async (name) => file(`modules/${name}.ko`, await readFile(kernel.module(name)))));
  return cpioArchive([
    ...['dev', 'proc', 'sys', 'tree', 'node', 'modules'].map(directory),
    file('init', init, 0o755), file('runner', runner, 0o755), file('script', Buffer.from(plan.script)),
    ...modules,
    ...(payload === null ? [] : [file('program', payload.program), file('tree.list', payload.tree), ...(payload.image === null ? [] : [file('image', payload.image)])]),
  ]);
}
