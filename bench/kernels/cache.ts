/**
 * Kernels made ready for guests, kept below $XDG_CACHE_HOME/uring-replay/kernels:
 *
 *   pins.json                    spec -> folder: `debian:6.12` stays the same kernel until `fetch --update`
 *   <id>/kernel.json             what it is, where it came from, sha256 of every file
 *   <id>/image, <id>/*.ko        the image (unpacked where that boots) and the modules guests may need
 *
 * A folder appears whole, by a rename, or not at all, and its checksums are compared before every use.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { UringReplayError } from '../../replay/errors.js';
import { makeFolders } from '../../replay/folders.js';

export interface KernelRecord {
  /** Unique and a folder's name: debian-6.12.43+deb12-amd64, file-0123456789ab. */
  readonly id: string;
  /** The spec it was made from. */
  readonly spec: string;
  /** As `uname -r` says it, as far as known before booting. */
  readonly release: string;
  /** Debian packages with version and sha256 of the .deb, or the files it was made from. */
  readonly sources: readonly { readonly name: string; readonly version: string | null; readonly sha256: string }[];
  /** File name -> sha256. */
  readonly files: Readonly<Record<string, string>>;
  /** Module -> itself and all it depends on, in loading order; an empty list: built in. */
  readonly modules: Readonly<Record<string, readonly string[]>>;
  /** Modules that this kernel does not have. */
  readonly missing: readonly string[];
}

export interface CachedKernel {
  readonly record: KernelRecord;
  readonly image: string;
  module(name: string): string;
}

const STALE_MS = 3600 * 1000;
const PARTIAL = '.partial-';

export const CACHE_REMEDY = 'Set XDG_CACHE_HOME to a folder that you may write to.';

export function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return join(base === undefined || base === '' ? join(homedir(), '.cache') : base, 'uring-replay');
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

export class KernelCache {
  readonly dir: string;

  constructor(base = cacheDirectory()) {
    this.dir = join(base, 'kernels');
  }

  async #pins(): Promise<Partial<Record<string, string>>> {
    const text = await readFile(join(this.dir, 'pins.json'), 'utf8').catch(() => '{}');
    return JSON.parse(text) as Partial<Record<string, string>>;
  }

  async pin(spec: string, id: string): Promise<void> {
    const pins = { ...(await this.#pins()), [spec]: id };
    const partial = join(this.dir, `${PARTIAL}pins-${process.pid}`);
    await writeFile(partial, `${JSON.stringify(pins, null, 2)}\n`);
    await rename(partial, join(this.dir, 'pins.json'));
  }

  /** The kernel that a spec is pinned to, or null. Throws UR_CACHE_DAMAGED. */
  async find(spec: string): Promise<CachedKernel | null> {
    const id = (await this.#pins())[spec];
    return id === undefined ? null : this.load(id);
  }

  /** Throws UR_CACHE_DAMAGED when a file is not what it was. */
  async load(id: string): Promise<CachedKernel | null> {
    const dir = join(this.dir, id);
    const text = await readFile(join(dir, 'kernel.json'), 'utf8').catch(() => null);
    if (text === null) return null;
    const record = JSON.parse(text) as KernelRecord;
    for (const [name, expected] of Object.entries(record.files)) {
      const bytes = await readFile(join(dir, name)).catch(() => Buffer.alloc(0));
      if (sha256(bytes) !== expected) {
        throw new UringReplayError('UR_CACHE_DAMAGED', `${join(dir, name)} is not the file that was fetched (sha256 differs)`,
          `Remove ${dir} and run: uring-replay kernels fetch ${record.spec}`);
      }
    }
    return { record, image: join(dir, 'image'), module: (name) => join(dir, `${name}.ko`) };
  }

  async list(): Promise<{ readonly record: KernelRecord; readonly specs: readonly string[] }[]> {
    const pins = Object.entries(await this.#pins());
    const ids = (await readdir(this.dir).catch(() => [])).filter((name) => !name.startsWith('.') && name !== 'pins.json');
    const rows = await Promise.all(ids.sort().map(async (id) => {
      const text = await readFile(join(this.dir, id, 'kernel.json'), 'utf8').catch(() => null);
      return text === null ? [] : [{ record: JSON.parse(text) as KernelRecord, specs: pins.filter(([, to]) => to === id).map(([spec]) => spec) }];
    }));
    return rows.flat();
  }

  /** Hands `fill` an empty folder and publishes it as `<id>` when that succeeds; removes it otherwise. */
  async publish(fill: (dir: string) => Promise<KernelRecord>): Promise<CachedKernel> {
    await makeFolders(this.dir, CACHE_REMEDY);
    await this.#removeStale();
    const partial = await mkdtemp(join(this.dir, PARTIAL));
    try {
      const record = await fill(partial);
      await writeFile(join(partial, 'kernel.json'), `${JSON.stringify(record, null, 2)}\n`);
      await rm(join(this.dir, record.id), { recursive: true, force: true });
      await rename(partial, join(this.dir, record.id));
      await this.pin(record.spec, record.id);
      return (await this.load(record.id))!;
    } finally {
      await rm(partial, { recursive: true, force: true });
    }
  }

  /** What a killed fetch left behind. */
  async #removeStale(): Promise<void> {
    for (const name of await readdir(this.dir)) {
      if (!name.startsWith(PARTIAL)) continue;
      const age = Date.now() - (await stat(join(this.dir, name)).then((s) => s.mtimeMs, () => Date.now()));
      if (age > STALE_MS) await rm(join(this.dir, name), { recursive: true, force: true });
    }
  }
}
