/**
 * The sandbox behind a file system of ours with a set latency: native/latency/, started here and spoken to in
 * lines over its standard input and output. It covers the sandbox's directory in a mount namespace of its own.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { UringReplayError } from '../../replay/errors.js';
import { inNamespaceOf, inNewNamespace, type NamespaceKind } from './namespace.js';
import { Served, type ServedCount } from './served.js';
import type { PassCost, Storage, StorageConditions } from './storage.js';

/**
 * Requests that wait. Changes and writes do not, as a local file system or NFS client would buffer them. Opens make none; attributes come with the lookup, and the kernel asks for them again (getattr)
 * only because a read has moved the access time, which costs nothing on a disk.
 */
export const DELAYED = ['lookup', 'readlink', 'read', 'readdir'] as const;

export interface LatencyFsOptions {
  /** What is shown, and where: the same directory may be both. */
  readonly source: string;
  readonly mount: string;
  readonly latencyNs: number;
  readonly namespace: NamespaceKind;
  /** Changes reach the source; otherwise they fail with EROFS. */
  readonly writable?: boolean;
}

interface CountReply {
  readonly requests: Readonly<Record<string, number>>;
  readonly readBytes: number;
  readonly served: ServedCount;
}
interface DropReply {
  readonly names: number;
  readonly remembered: number;
}
interface MountedReply {
  readonly how: 'mount' | 'fusermount3';
  readonly realtime: boolean;
}
interface ErrorReply {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
}

/**
 * The names that a pass looks up do not depend on who looks first, but many of them may be asked for twice where many
 * look at once: fuse_lookup() shows an entry before it has noted for how long it holds (fs/fuse/dir.c). 662 lookups of
 * 578 names were seen, with 32 calls in flight. That all was forgotten before, drop() has made sure of already.
 */
const LOOKUPS_SHARE_MIN = 0.75;

const CLOSE_WAIT_MS = 2000;

export class LatencyFs implements Storage {
  readonly launcher: readonly string[];
  readonly exclusive = false;
  readonly #options: LatencyFsOptions;
  readonly #child: ChildProcess;
  readonly #replies: AsyncIterator<string>;
  readonly #gone: Promise<void>;
  #stderr = '';
  #how = '';
  readonly #served = new Served();

  /** Rejects with UR_NO_LATENCY: what forbids it, and the remedy. */
  static async open(options: LatencyFsOptions): Promise<LatencyFs> {
    const program = latencyFsProgram();
    if (!existsSync(program)) {
      throw new UringReplayError('UR_NOT_BUILT', `${program} is missing`, 'npm run build');
    }
    const fs = new LatencyFs(options, program);
    try {
      const mounted = (await fs.#next()) as MountedReply;
      fs.#how = describeMount(mounted, options.namespace);
      return fs;
    } catch (error) {
      await fs.close();
      throw error;
    }
  }

  private constructor(options: LatencyFsOptions, program: string) {
    this.#options = options;
    const [file, ...args] = [
      ...inNewNamespace(options.namespace), program, '--control', '--source', options.source, '--mount', options.mount,
      '--latency', `${options.latencyNs}ns`, '--delay', DELAYED.join(','), ...(options.writable === true ? ['--writable'] : []),
    ];
    // A session of its own, as the arms': Ctrl-C reaches only this process. It ends with its standard input.
    this.#child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    this.#child.stderr!.setEncoding('utf8').on('data', (text: string) => (this.#stderr += text));
    this.#child.stdin!.on('error', () => undefined);
    this.#gone = new Promise((resolve) => {
      this.#child.once('error', (error) => {
        this.#stderr += error.message;
        resolve();
      });
      this.#child.once('close', () => { resolve(); });
    });
    this.#replies = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
    this.launcher = inNamespaceOf(options.namespace, this.#child.pid ?? 0);
  }

  async drop(): Promise<void> {
    const { remembered } = (await this.#ask('drop')) as DropReply;
    if (remembered > 0) {
      throw new UringReplayError('UR_NOT_COLD', `--cache cold: ${remembered} files or directories behind the latency stay in use between passes, so the kernel keeps them`, 'End other programs that look into them, or leave --keep and --sandbox out.');
    }
    await this.#count();
  }

  async take(): Promise<PassCost> {
    const { requests, readBytes, served } = await this.#count();
    this.#served.add(served);
    return { requests: Object.fromEntries(Object.entries(requests).filter(([, n]) => n > 0)), deviceReads: null, deviceBytes: readBytes };
  }

  doubt(cost: PassCost, first: PassCost): string | null {
    const [lookups, before] = [cost.requests?.lookup ?? 0, first.requests?.lookup ?? 0];
    return lookups < LOOKUPS_SHARE_MIN * before ? `it looked ${lookups} names up, an earlier cold pass ${before}` : null;
  }

  describe(): StorageConditions {
    return {
      kind: 'latency',
      how: this.#how,
      coldness: 'before each cold pass the kernel gave back every node of the file system (FORGET), and it then asked for every name again',
      latencyNs: this.#options.latencyNs,
      delayed: DELAYED,
      servedNs: this.#served.describe(this.#options.latencyNs),
    };
  }

  async close(): Promise<void> {
    const late = setTimeout(() => this.#child.kill('SIGKILL'), CLOSE_WAIT_MS);
    this.#child.stdin!.end();
    await this.#gone;
    clearTimeout(late);
  }

  async #count(): Promise<CountReply> {
    return (await this.#ask('count')) as CountReply;
  }

  #ask(command: 'drop' | 'count'): Promise<unknown> {
    this.#child.stdin!.write(`${command}\n`);
    return this.#next();
  }

  async #next(): Promise<unknown> {
    const line = await this.#replies.next();
    if (line.done === true) {
      await this.#gone;
      const last = this.#stderr.trim().split('\n').at(-1) ?? '';
      throw new UringReplayError('UR_NO_LATENCY', `--latency: the latency file system ${last === '' ? 'has ended' : `cannot be started: ${last}`}`, REMEDY);
    }
    const reply = JSON.parse(line.value) as object;
    if ('code' in reply) {
      const { message, remedy } = reply as ErrorReply;
      throw new UringReplayError('UR_NO_LATENCY', `--latency: ${message}`, remedy === '' ? REMEDY : remedy);
    }
    return reply;
  }
}

const REMEDY = 'Run as root, or allow user namespaces (see "uring-replay doctor"); /dev/fuse must be there and open to you.';

export function latencyFsProgram(): string {
  return fileURLToPath(new URL('../../../build/Release/uring-latency-fs', import.meta.url));
}

function describeMount({ how, realtime }: MountedReply, namespace: NamespaceKind): string {
  const where = { none: '', mount: ' in a mount namespace', user: ' in a user namespace' }[namespace];
  return `FUSE by ${how === 'mount' ? 'mount(2)' : how}${where}${realtime ? ', real-time priority' : ''}`;
}
