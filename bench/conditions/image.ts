/**
 * The sandbox on an ext4 image of its own, mounted anew for every cold pass: what was cached of it goes with the
 * unmount, and nothing else on the machine is disturbed. Needs root.
 *
 * Laid out so that each stat costs a device read: inodes as large as a block (mke2fs -I 4096), and no
 * readahead of the inode table (inode_readahead_blks=0). Direct I/O from loop device to image keeps the image's
 * blocks out of the page cache of the file system below.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { closeSync, existsSync, openSync, readFileSync, statfsSync, truncateSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { UringReplayError } from '../../replay/errors.js';
import { temporaryFolder } from '../../replay/temporary.js';
import { findProgram } from '../find-program.js';
import { doubtReads, readsBetween, readsOf, type DeviceReads } from './device.js';
import { inNamespaceOf, inNewNamespace } from './namespace.js';
import type { PassCost, Storage, StorageConditions } from './storage.js';

const run = promisify(execFile);

const BLOCK_BYTES = 4096;
/** For the file system's own tables, and to spare. */
const SLACK_BYTES = 64 * 2 ** 20;
const SLACK_INODES = 1024;
/** TMPFS_MAGIC, RAMFS_MAGIC (linux/magic.h). */
const MEMORY_FILE_SYSTEMS = [0x01021994, 0x858458f6];
const OUTPUT_BYTES_MAX = 2 ** 20;

export interface ImageOptions {
  /** The tree to copy; the image is mounted over it, seen only by processes started by `launcher`. */
  readonly dir: string;
  /** The replay changes files. */
  readonly writable: boolean;
}

interface Mounted {
  readonly device: string;
  readonly before: DeviceReads;
}

export class ImageStorage implements Storage {
  readonly launcher: readonly string[];
  readonly exclusive = true;
  readonly #options: ImageOptions;
  /** Of the image, which has no name any more. */
  readonly #fd: number;
  /** Lives as long as this: the mount namespace is its own. */
  readonly #holder: ChildProcess;
  /** The image's reads reach a disk: direct I/O, and not onto a file system in memory. */
  #reachesDisk = false;
  #mounted: Mounted | null = null;
  #closed = false;

  /** Rejects with UR_NO_COLD_CACHE and what is missing. */
  static async open(options: ImageOptions): Promise<ImageStorage> {
    for (const program of ['mke2fs', 'debugfs', 'losetup', 'mount', 'umount', 'unshare', 'nsenter']) {
      if (findProgram(program, systemPath()) === null) throw refusal(`${program} is not installed`);
    }
    const fd = await makeImage(options.dir);
    const [file, ...args] = [...inNewNamespace('mount'), 'cat'];
    const holder = spawn(file, args, { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    holder.stdin.on('error', () => undefined);
    try {
      await new Promise((resolve, reject) => holder.once('spawn', resolve).once('error', reject));
      const storage = new ImageStorage(options, fd, holder);
      await storage.#whenUnshared();
      await storage.drop();
      return storage;
    } catch (error) {
      holder.kill('SIGKILL');
      closeSync(fd);
      throw error instanceof UringReplayError ? error : refusal(firstLine(error), error);
    }
  }

  private constructor(options: ImageOptions, fd: number, holder: ChildProcess) {
    this.#options = options;
    this.#fd = fd;
    this.#holder = holder;
    this.launcher = inNamespaceOf('mount', holder.pid!);
  }

  async drop(): Promise<void> {
    await this.#unmount();
    const { dir, writable } = this.#options;
    const image = `/proc/${process.pid}/fd/${this.#fd}`;
    const loop = ['losetup', '--find', '--show', '--sector-size', String(BLOCK_BYTES)];
    if (!writable) loop.push('--read-only');
    const device = (await this.#inside(...loop, image)).trim();
    try {
      // Refused where the file system below has no O_DIRECT.
      const direct = await this.#inside('losetup', '--direct-io=on', device).then(() => true, () => false);
      this.#reachesDisk = direct && !isInMemory(image);
      const options = ['nosuid', 'nodev', 'inode_readahead_blks=0', ...(writable ? [] : ['ro'])].join(',');
      await this.#inside('mount', '-t', 'ext4', '-o', options, device, dir);
    } finally {
      // The kernel frees the device at the unmount, or now if the mount failed (drivers/block/loop.c, autoclear).
      await this.#inside('losetup', '--detach', device);
    }
    this.#mounted = { device: path.basename(device), before: readsNow(path.basename(device)) };
  }

  take(): Promise<PassCost> {
    if (this.#mounted === null) throw new Error('not mounted');
    const { device, before } = this.#mounted;
    const after = readsNow(device);
    const { reads, bytes } = readsBetween(before, after);
    this.#mounted = { device, before: after };
    return Promise.resolve({ requests: null, deviceReads: reads, deviceBytes: bytes });
  }

  doubt(cost: PassCost, first: PassCost): string | null {
    return doubtReads(cost.deviceReads, first.deviceReads);
  }

  describe(): StorageConditions {
    const disk = this.#reachesDisk ? 'direct I/O to the disk' : 'its blocks in memory, so that its reads cost no disk';
    return {
      kind: 'image',
      how: `ext4 image with a block for each inode on a loop device, ${disk}`,
      coldness: 'unmounted and mounted anew before each cold pass; its device then read at least half as often as in the first',
      latencyNs: null,
      delayed: [],
      servedNs: null,
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    const gone = new Promise((resolve) => this.#holder.once('close', resolve));
    // Errors leave the mount to the end of the namespace, which comes with its last process.
    await this.#unmount().catch(() => undefined);
    this.#holder.kill('SIGKILL');
    await gone;
    closeSync(this.#fd);
  }

  async #unmount(): Promise<void> {
    if (this.#mounted === null) return;
    this.#mounted = null;
    await this.#inside('umount', this.#options.dir);
  }

  async #inside(...command: readonly string[]): Promise<string> {
    const [file, ...args] = [...this.launcher, ...command];
    return (await run(file, args, { maxBuffer: OUTPUT_BYTES_MAX, env: systemEnvironment() })).stdout;
  }

  /** Until unshare(1) has made the namespace: before, nsenter would enter the machine's own. */
  async #whenUnshared(): Promise<void> {
    const own = (await run('readlink', ['/proc/self/ns/mnt'])).stdout;
    const deadline = Date.now() + 5000;
    while ((await run('readlink', [`/proc/${this.#holder.pid!}/ns/mnt`])).stdout === own) {
      if (this.#holder.exitCode !== null || Date.now() > deadline) throw refusal('unshare --mount is not permitted');
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  }
}

function readsNow(name: string): DeviceReads {
  return readsOf([readFileSync(`/sys/block/${name}/dev`, 'latin1').trim()]);
}

/** A descriptor of the image. The file has no name any more, so that nothing is left behind. */
async function makeImage(dir: string): Promise<number> {
  const { bytes, inodes } = await sizeOf(dir);
  const folder = temporaryFolder('uring-replay-image-');
  try {
    const image = path.join(folder.path, 'image');
    closeSync(openSync(image, 'wx', 0o600));
    truncateSync(image, Math.ceil((bytes + inodes * 2 * BLOCK_BYTES + SLACK_BYTES) / BLOCK_BYTES) * BLOCK_BYTES);
    // No journal: the image is thrown away. lazy_itable_init: nothing is written for inodes that are not there.
    await run(
      'mke2fs',
      [
        '-q', '-F', '-t', 'ext4', '-b', String(BLOCK_BYTES), '-I', String(BLOCK_BYTES), '-N', String(inodes + SLACK_INODES), '-m', '0',
        '-O', '^has_journal,^resize_inode', '-E', 'lazy_itable_init=1,nodiscard', '-d', dir, image,
      ],
      { maxBuffer: OUTPUT_BYTES_MAX, env: systemEnvironment() },
    );
    // The root's listing is part of what is replayed.
    if (!existsSync(path.join(dir, 'lost+found'))) await run('debugfs', ['-w', '-R', 'rmdir lost+found', image], { env: systemEnvironment() });
    await run('sync', ['-f', image]);
    return openSync(image, 'r+');
  } catch (error) {
    throw refusal(firstLine(error), error);
  } finally {
    folder.remove();
  }
}

/** What the files hold, in bytes, and how many files, directories and links there are. du knows hard links. */
async function sizeOf(dir: string): Promise<{ readonly bytes: number; readonly inodes: number }> {
  const sum = async (...options: readonly string[]): Promise<number> => Number.parseInt((await run('du', ['-s', ...options, '--', dir])).stdout, 10);
  return { bytes: await sum('--apparent-size', '--block-size=1'), inodes: await sum('--inodes') };
}

/** What a failed program wrote first on its standard error. */
function firstLine(error: unknown): string {
  const { stderr, message } = error as Error & { stderr?: string };
  const text = (stderr ?? '').trim();
  return (text === '' ? message : text).split('\n')[0];
}

function isInMemory(file: string): boolean {
  return MEMORY_FILE_SYSTEMS.includes(statfsSync(file).type);
}

function refusal(reason: string, cause?: unknown): UringReplayError {
  return new UringReplayError(
    'UR_NO_COLD_CACHE',
    `--cache cold: an image of its own cannot be mounted: ${reason}`,
    'Run as root with e2fsprogs and util-linux installed, or add --latency 1ms, which needs no privilege.',
    { cause },
  );
}

/** mke2fs and losetup are where not everybody's PATH leads. */
function systemEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, PATH: systemPath() };
}

function systemPath(): string {
  return [process.env.PATH ?? '', '/usr/sbin', '/sbin'].join(path.delimiter);
}
