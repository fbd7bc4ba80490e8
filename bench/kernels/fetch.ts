/** From a `--kernel` word to a kernel in the cache. */
import { readFile, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { UringReplayError } from '../../replay/errors.js';
import { KernelCache, cacheDirectory, sha256 } from './cache.js';
import type { CachedKernel, KernelRecord } from './cache.js';
import { unpackBzImage } from './image-format.js';
import { collectModules } from './modules.js';
import { KernelArchive, matchKernel } from './packages.js';
import { parseKernelSpec } from './spec.js';
import type { KernelSpec } from './spec.js';
import { runTool } from './tools.js';

/** All that a guest of any kind may load; one that a kernel lacks is said when it is needed. */
const GUEST_MODULES = ['ext4', 'xfs', 'btrfs', 'brd', 'null_blk', 'virtio_pci', 'virtio_blk'] as const;

type Sources = KernelRecord['sources'];
type SayProgress = (message: string) => void;

/** Writes image and modules into `dir`; the record's files and modules. */
async function makeReady(
  dir: string, image: string, modulesDir: string | null, known: Pick<KernelRecord, 'id' | 'spec' | 'release' | 'sources'>,
): Promise<KernelRecord> {
  const packed = await readFile(image);
  const scratch = join(dir, 'payload');
  const bytes = (await unpackBzImage(packed, scratch)) ?? packed;
  await rm(scratch, { force: true });
  const files: Record<string, string> = { image: sha256(bytes) };
  await writeFile(join(dir, 'image'), bytes);
  const modules: Record<string, string[]> = {};
  const missing: string[] = [];
  for (const root of GUEST_MODULES) {
    if (modulesDir === null) {
      modules[root] = [];
      continue;
    }
    const found = await collectModules(modulesDir, [root]);
    missing.push(...found.missing);
    modules[root] = found.modules.map((module) => module.name);
    for (const module of found.modules) {
      files[`${module.name}.ko`] = sha256(module.data);
      await writeFile(join(dir, `${module.name}.ko`), module.data);
    }
  }
  return { ...known, files, modules, missing };
}

/** The image and the module folder of unpacked kernel packages; the folder moved from /lib to /usr/lib with 6.18. */
async function findInPackages(root: string): Promise<{ readonly image: string; readonly modules: string; readonly release: string }> {
  for (const lib of [join(root, 'lib', 'modules'), join(root, 'usr', 'lib', 'modules')]) {
    for (const release of await readdir(lib).catch(() => [])) {
      const places = [join(root, 'boot', `vmlinuz-${release}`), join(lib, release, 'vmlinuz')];
      for (const image of places) {
        if (await readFile(image).then(() => true, () => false)) return { image, modules: join(lib, release), release };
      }
    }
  }
  throw new UringReplayError('UR_BAD_KERNEL', 'the packages hold no kernel image with its modules',
    'From 7.0 on image and modules are packages of their own; name all of them: --kernel ./linux-image.deb,./linux-binary.deb,./linux-modules.deb');
}

async function unpackPackages(files: readonly string[], to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  for (const file of files) await runTool('dpkg-deb', ['-x', file, to]);
}

async function fromPackages(
  dir: string, files: readonly string[], known: Pick<KernelRecord, 'id' | 'spec' | 'sources'>,
): Promise<KernelRecord> {
  const root = join(dir, 'unpacked');
  await unpackPackages(files, root);
  const found = await findInPackages(root);
  const record = await makeReady(dir, found.image, found.modules, { ...known, release: found.release });
  await rm(root, { recursive: true });
  return record;
}

async function sourcesOf(files: readonly string[]): Promise<Sources> {
  return Promise.all(files.map(async (file) => ({ name: basename(file), version: null, sha256: sha256(await readFile(file)) })));
}

async function fetchDebian(cache: KernelCache, base: string, spec: KernelSpec & { kind: 'debian' }, say: SayProgress): Promise<CachedKernel> {
  const archive = await KernelArchive.open(base);
  const kernels = await archive.kernels();
  const kernel = matchKernel(kernels, spec.version, spec.flavour);
  if (kernel === null) {
    const series = [...new Set(kernels.map((k) => k.release.split('.').slice(0, 2).join('.')))];
    throw new UringReplayError('UR_NO_SUCH_KERNEL', `no kernel ${spec.text} in the archive; it has ${series.join(', ')}`, 'See all of them: uring-replay kernels list');
  }
  const id = `debian-${kernel.name.slice('linux-image-'.length)}`;
  return cache.publish(async (dir) => {
    say(`fetching ${kernel.name}`);
    const debs = join(dir, 'debs');
    await mkdir(debs);
    const packages = await archive.download(kernel, debs);
    for (const { file, name, sha256: expected } of packages) {
      if (sha256(await readFile(file)) !== expected) throw new UringReplayError('UR_BAD_DOWNLOAD', `${name} arrived damaged (sha256 differs from the archive's index)`, 'Fetch it again.');
    }
    say(`unpacking ${kernel.name}`);
    const sources = packages.map(({ name, version, sha256: digest }) => ({ name, version, sha256: digest }));
    const record = await fromPackages(dir, packages.map((p) => p.file), { id, spec: spec.text, sources });
    await rm(debs, { recursive: true });
    return record;
  });
}

async function fromFiles(cache: KernelCache, spec: Exclude<KernelSpec, { kind: 'debian' }>): Promise<CachedKernel> {
  const files = spec.kind === 'packages' ? spec.files : [spec.image];
  const sources = await sourcesOf(files);
  const modules = spec.kind === 'image' ? spec.modules : null;
  const id = `file-${sha256(Buffer.from(JSON.stringify([sources.map((s) => s.sha256), modules]))).slice(0, 12)}`;
  const known = { id, spec: spec.text, sources };
  return cache.publish(async (dir) =>
    spec.kind === 'packages' ? fromPackages(dir, files, known) : makeReady(dir, spec.image, modules, { ...known, release: modules === null ? 'unknown' : basename(modules) }));
}

/**
 * The kernel for a `--kernel` word, from the cache where it is there. `update`: fetch the newest that fits,
 * whatever the pin says. Throws UringReplayError with the cause and what to do; leaves nothing half-built.
 */
export async function fetchKernel(text: string, options: { readonly update?: boolean; readonly say?: SayProgress } = {}): Promise<CachedKernel> {
  const base = cacheDirectory();
  const cache = new KernelCache(base);
  const spec = parseKernelSpec(text);
  // Files may have changed since; a Debian version stays pinned.
  if (spec.kind !== 'debian') return fromFiles(cache, spec);
  const cached = options.update === true ? null : await cache.find(text);
  return cached ?? fetchDebian(cache, base, spec, options.say ?? (() => undefined));
}
